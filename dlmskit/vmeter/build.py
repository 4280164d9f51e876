"""From a model to a meter, and from a meter to a port: the stack of its dialect for one more line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from dlmskit.codec.iec21 import Identification
from dlmskit.codec.iec21.rates import character_of
from dlmskit.exceptions import FirmwareModelError
from dlmskit.link.base import Link
from dlmskit.link.iec21.link import Iec21Link
from dlmskit.link.wrapper import WrapperLink
from dlmskit.model.device import Connection, DeviceModel
from dlmskit.security.credentials import Credentials
from dlmskit.security.keys import KeySet
from dlmskit.security.suite import suite_of
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.iec21.meter import Iec21MeterSession
from dlmskit.stack.associations import CosemMeterStack
from dlmskit.stack.build import dlt645_meter_stack, meter_link, mode_e_meter_link
from dlmskit.stack.meter import MeterStack
from dlmskit.store.counters import Counters
from dlmskit.store.journal import Journal
from dlmskit.vmeter import defaults
from dlmskit.vmeter.dlt645 import IdentifierMeter
from dlmskit.vmeter.faults import Chance
from dlmskit.vmeter.faulty_answers import FaultySession
from dlmskit.vmeter.faulty_line import FaultyPort
from dlmskit.vmeter.iec21 import PROGRAMMING, RegisterMeter
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.port import MeterPort, Port

AnyMeter = VirtualMeter | RegisterMeter | IdentifierMeter
CosemLink = Literal["hdlc", "wrapper", "udp", "mode-e"]
"""``udp`` is the wrapper in datagrams, ``mode-e`` a sign-on by IEC 62056-21 and then HDLC"""
MODE_E_RATE = "5"
"""9600 baud"""
Random = Callable[[int], bytes]


def meter_of(
    model: DeviceModel,
    *,
    seed: int = defaults.SEED,
    start: datetime | None = None,
    keys: Mapping[str, KeySet] | None = None,
    pairs: Credentials | None = None,
    counters: Counters | None = None,
    suite: int | None = None,
    journal: Journal | None = None,
) -> AnyMeter:
    """A virtual meter of any model that has a connection.

    `keys` are by association name, `pairs` for HLS 7, `counters` outlive the meter, with a `journal` all of its state
    does; `suite` goes before the model's. `start` None is the model's own start, where it has one, else host time.
    Raises `FirmwareModelError` where the model cannot be simulated.
    """
    start = start or model.simulation.start or datetime.now(UTC)
    if suite is not None:
        model = in_suite(model, suite)
    password = (keys or {}).get(PROGRAMMING)
    match connection_of(model).link:
        case "iec21":
            return RegisterMeter(model, seed=seed, start=start, keys=password, journal=journal)
        case "dlt645":
            return IdentifierMeter(model, seed=seed, start=start, keys=password)
    return VirtualMeter(model, seed=seed, start=start, keys=keys, pairs=pairs, counters=counters, journal=journal)


def in_suite(model: DeviceModel, suite: int) -> DeviceModel:
    """The same model with all its associations in another security suite. Raises `SecurityError` for an unknown one."""
    number = suite_of(suite).value
    rows = (msgspec.structs.replace(row, suite=number) for row in model.associations)
    return msgspec.structs.replace(model, associations=tuple(rows))


def connection_of(model: DeviceModel) -> Connection:
    """How a model is reached. Raises `FirmwareModelError` for one that only labels pushes."""
    if model.connection is None:
        raise FirmwareModelError(f"model {model.id} has no [connection]: it only labels pushes")
    return model.connection


def port_of(
    meter: AnyMeter,
    random: Random,
    *,
    link: CosemLink | None = None,
    speed: float = 1.0,
    chance: Chance | None = None,
    address: int | None = None,
) -> Port:
    """One more line into a meter. `link` serves a COSEM model over another link than its own; `chance` lets it fail.

    `address` is that of one of many COSEM meters on a line: its SAP, or over HDLC its physical device address.

    Raises `FirmwareModelError` for a link on a meter that is not COSEM, and for an absurd speed.
    """
    if isinstance(meter, VirtualMeter):
        port = MeterPort(meter, _cosem_stack(meter, random, link, chance, address), keeper=meter, speed=speed)
    elif link is not None:
        own = "IEC 62056-21" if isinstance(meter, RegisterMeter) else "DL/T 645"
        raise FirmwareModelError(f"model {meter.model.id} speaks {own} and cannot be served over {link}")
    elif isinstance(meter, RegisterMeter):
        port = MeterPort(meter, _register_stack(meter), speed=speed)
    else:
        settings = msgspec.structs.replace(meter.settings, address=meter.address)
        port = MeterPort(meter, dlt645_meter_stack(settings, meter), speed=speed)
    return port if chance is None else FaultyPort(port, meter.firmware, chance)


def _cosem_stack(
    meter: VirtualMeter, random: Random, link: CosemLink | None, chance: Chance | None, address: int | None
) -> CosemMeterStack:
    def session() -> CosemServerSession:
        if chance is not None:
            return FaultySession(meter, random, chance)
        return CosemServerSession(meter, random, guard=meter.guard)

    return CosemMeterStack(_cosem_link(meter, link, address), session)


def _cosem_link(meter: VirtualMeter, link: CosemLink | None, address: int | None) -> Link:
    connection, server_sap = connection_of(meter.model), min(meter.firmware.devices, default=1)
    link = link or ("hdlc" if connection.link == "hdlc" else "wrapper")
    if link == "mode-e":
        return mode_e_meter_link(
            connection, Identification(meter.model.maker or "XXX", MODE_E_RATE, "", "2"), server_sap
        )
    if link == "hdlc":
        if address is not None:
            hdlc = msgspec.structs.replace(connection.hdlc, server_lower=address, address_octets=4)
            connection = msgspec.structs.replace(connection, hdlc=hdlc)
        return meter_link(msgspec.structs.replace(connection, link="hdlc"), server_sap)
    return WrapperLink(server_sap if address is None else address, None, "meter", datagrams=link == "udp")


def _register_stack(meter: RegisterMeter) -> MeterStack[Iec21MeterSession]:
    settings = meter.settings
    identification = Identification(
        meter.model.maker or "XXX", character_of(settings.baud), settings.identification, settings.enhanced
    )
    link = Iec21Link("meter", initial_baud=settings.initial_baud, line_format=settings.format)
    return MeterStack(link, Iec21MeterSession(meter, identification, address=settings.address))
