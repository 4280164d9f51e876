"""Other makers' clients against our meter, live: what the recordings of tests/vmeter do not have.

The meter is a virtual one that may be asked for every service; the clients run in their own Python.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dlmskit.apdu.descriptors import MethodDescriptor
from dlmskit.codec.data import Data
from dlmskit.codec.iec21 import Identification
from dlmskit.enums import Conformance, DataType
from dlmskit.exceptions import ActionError, TransportClosed
from dlmskit.link.base import Link
from dlmskit.link.gateway import GatewayLink
from dlmskit.link.hdlc import HdlcAddress, HdlcParameters, HdlcServerLink
from dlmskit.link.iec21.mode_e_meter import ModeEMeterLink
from dlmskit.link.wrapper import WrapperLink
from dlmskit.model import registry
from dlmskit.model.device import ModelObject
from dlmskit.obis import Obis
from dlmskit.security.profile import AadForm, GeneralProfile
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.cosem.settings import SERVER_CONFORMANCE, ServerAssociation
from dlmskit.stack.meter import MeterStack
from dlmskit.transport import udp
from dlmskit.vmeter.host import HOST, MeterHost
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.port import MeterPort

FOREIGN_CLIENT = Path(__file__).with_name("foreign_client.py")
GATEWAY_CLIENT = Path(__file__).with_name("gateway_client.py")
START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)
CLOCK = Obis(0, 0, 1, 0, 0)
MEMO = ModelObject(
    name="memo",
    source="this test",
    confidence="fictional",
    class_id=1,
    obis=Obis(0, 0, 96, 1, 9),
    type=DataType.OCTET_STRING,
    value="0x00",
    access="rw",
)
BLOCKS = (
    Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
    | Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE
    | Conformance.BLOCK_TRANSFER_WITH_ACTION
)

Changes = dict[str, dict[str, Any]]
"""of rows of the model, by name"""


class Echoing(VirtualMeter):
    """A generic meter that grants `conformance`, whose clock gives back what its first method was given."""

    def __init__(self, conformance: Conformance, octets: int, aad: AadForm, changes: Changes) -> None:
        model = registry.load("generic")
        rows = (msgspec.structs.replace(row, **changes.get(row.name, {})) for row in (*model.objects, MEMO))
        super().__init__(msgspec.structs.replace(model, objects=tuple(rows)), start=START)
        rules = {"conformance": conformance, "max_receive_pdu_size": octets, "general_profile": GeneralProfile(aad)}
        self._rules = rules

    def association(self, client_sap: int) -> ServerAssociation | None:
        found = super().association(client_sap)
        return None if found is None else msgspec.structs.replace(found, **self._rules)

    def action(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> Data | None:
        if method.instance_id != CLOCK:
            raise ActionError("object-undefined", str(method.instance_id))
        return parameters


def wrapper() -> Link:
    return WrapperLink(1, None, "meter")


def hdlc(window: int = 1) -> Link:
    return HdlcServerLink(HdlcAddress(1), HdlcParameters(window_tx=window, window_rx=window))


def mode_e() -> Link:
    return ModeEMeterLink(hdlc(), Identification("DKT", "5", "PEERMETER", "2"))


def lines(
    link: Callable[[], Link],
    conformance: Conformance = SERVER_CONFORMANCE,
    octets: int = 1024,
    aad: AadForm = AadForm.HEADER,
    changes: Changes | None = None,
) -> Callable[[], MeterPort]:
    """Lines into one fresh meter."""
    meter = Echoing(conformance, octets, aad, changes or {})

    def connect() -> MeterPort:
        session = CosemServerSession(meter, os.urandom, guard=meter.guard)
        return MeterPort(meter, MeterStack(link(), session), keeper=meter)

    return connect


@contextmanager
def hosted(connect: Callable[[], MeterPort], on: str = "tcp") -> Iterator[dict[str, Any]]:
    """The meter on a port of this machine; where, in the words of the client."""
    host = MeterHost(connect)
    place = {"port": host.open_pty()} if on == "pty" else {"host": HOST, "port": host.listen()}
    with host:
        yield place


@contextmanager
def datagrams(connect: Callable[[], MeterPort]) -> Iterator[dict[str, Any]]:
    """The meter behind a UDP socket, for one client."""
    listener = udp.listen()
    port = connect()
    port.open(time.monotonic())

    def serve() -> None:
        while True:
            try:
                data, sender = listener.receive()
            except TransportClosed:
                return
            port.receive(data, time.monotonic())
            if answer := port.data_to_send():
                listener.send(answer, sender)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield {"host": HOST, "port": listener.port}
    finally:
        listener.close()
        thread.join()


def asked(script: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the peer's client found."""
    done = subprocess.run(
        [os.environ["DLMSKIT_PEER_PYTHON"], str(script), json.dumps(wanted)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


LONG, SHORT = "block by block " * 20, "in one piece"
NOT_THERE = "OBJECT_UNDEFINED"
READS = {"objects": True, "profile": 40, "list": ["\0", NOT_THERE]}
WRITES = {"memo": LONG, "action": LONG, "set list": ["SUCCESS", NOT_THERE], "action list": [SHORT, NOT_THERE]}
LIST_BLOCKS = {"set list in blocks": ["SUCCESS", NOT_THERE]}
ACCESS = {"access": [["SUCCESS", None], ["SUCCESS", SHORT], ["SUCCESS", LONG], [NOT_THERE, None]]}
FRAMINGS = {"wrapper": (wrapper, {}), "hdlc": (hdlc, {"hdlc": True})}


@pytest.fixture(params=[False, True], ids=["plain", "ciphered"])
def association(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {"ciphered": request.param, "client_sap": 1 if request.param else 17}


def session(place: dict[str, Any], association: dict[str, Any], steps: dict[str, Any], **more: Any) -> None:
    """One session of the peer, which must find what `steps` say."""
    login = {"client_sap": association["client_sap"]}
    if not association["ciphered"]:
        login |= {"mechanism": 1, "password": "12345678"}
    arguments = place | login | more.pop("arguments", {})
    wanted = {"how": "tcp", "ciphered": association["ciphered"], "arguments": arguments, "steps": list(steps), **more}
    assert asked(FOREIGN_CLIENT, wanted) == steps


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("protection", ["glo", "general-glo", "general-ciphering", "dedicated"])
def test_every_protection(framing: str, protection: str) -> None:
    link, arguments = FRAMINGS[framing]
    how = {"use_dedicated_key": True} if protection == "dedicated" else {"protection": protection}
    with hosted(lines(link, aad=AadForm.PLAIN)) as place:
        session(place, {"ciphered": True, "client_sap": 1}, READS | WRITES, arguments=arguments | how)


BOTH = ("authenticated-request", "encrypted-request", "authenticated-response", "encrypted-response")
MODES = {0: [6, True, True, 1, True], 1: [6, True, True, 2, True], 2: [6, True, True, 2, True]}


@pytest.mark.parametrize("version", range(4))
def test_access_modes_of_every_version(version: int, association: dict[str, Any]) -> None:
    """That client reads what the rights want, and gets what they let it get."""
    changes: Changes = {
        "association_current": {"version": version},
        "memo": {"protection": BOTH},
        "clock": {"methods": {"adjust_to_quarter": "x"}, "method_protection": {"adjust_to_quarter": BOTH}},
    }
    modes = MODES.get(version, [3 | 0x6C, True, True, 1 | 0x6C, True])
    found = "\0" if association["ciphered"] else "ServiceError: "
    with hosted(lines(wrapper, changes=changes)) as place:
        login = {"client_sap": association["client_sap"]}
        if not association["ciphered"]:
            login |= {"mechanism": 1, "password": "12345678"}
        wanted = {"how": "tcp", "ciphered": association["ciphered"], "arguments": place | login}
        heard = asked(FOREIGN_CLIENT, wanted | {"steps": ["rights", "read memo"]})
    assert heard["rights"] == modes
    assert heard["read memo"].startswith(found)
    assert association["ciphered"] or heard["read memo"].endswith("READ_WRITE_DENIED")


def test_general_ciphering_with_its_header() -> None:
    how = {"protection": "general-ciphering"}
    with hosted(lines(wrapper)) as place:
        management = {"ciphered": True, "client_sap": 1}
        session(place, management, READS | WRITES, arguments=how, general_aad="with-header")


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("octets", [80, 128])
def test_service_blocks(framing: str, octets: int, association: dict[str, Any]) -> None:
    link, arguments = FRAMINGS[framing]
    conformance = SERVER_CONFORMANCE & ~Conformance.GENERAL_BLOCK_TRANSFER
    with hosted(lines(link, conformance, octets)) as place:
        steps = READS | WRITES | LIST_BLOCKS
        session(place, association, steps, arguments=arguments | {"max_receive_pdu_size": octets})


# over HDLC this client does not poll for the blocks of a window
@pytest.mark.parametrize(("framing", "window"), [("wrapper", 1), ("wrapper", 4), ("hdlc", 1)])
def test_general_block_transfer(framing: str, window: int, association: dict[str, Any]) -> None:
    link, arguments = FRAMINGS[framing]
    how = {"max_receive_pdu_size": 128, "propose_gbt": True, "gbt_window": window, "propose_access": True}
    with hosted(lines(link, SERVER_CONFORMANCE & ~BLOCKS, 128)) as place:
        session(place, association, READS | WRITES | ACCESS, arguments=arguments | how)


@pytest.mark.parametrize("framing", FRAMINGS)
def test_access(framing: str, association: dict[str, Any]) -> None:
    link, arguments = FRAMINGS[framing]
    with hosted(lines(link)) as place:
        session(place, association, ACCESS, arguments=arguments | {"propose_access": True})


def test_datagrams(association: dict[str, Any]) -> None:
    with datagrams(lines(lambda: WrapperLink(1, None, "meter", datagrams=True))) as place:
        session(place, association, READS | WRITES, how="udp")


@pytest.mark.parametrize(("octets", "physical"), [(2, 17), (4, 17), (4, 9029)])
def test_hdlc_addresses(octets: int, physical: int, association: dict[str, Any]) -> None:
    with hosted(lines(hdlc)) as place:
        how = {"hdlc": True, "address_size": octets, "server_physical": physical}
        session(place, association, READS, arguments=how)


@pytest.mark.parametrize("window", [3, 7])
def test_an_hdlc_window(window: int, association: dict[str, Any]) -> None:
    parameters = {"window_tx": window, "window_rx": window}
    with hosted(lines(lambda: hdlc(window))) as place:
        session(place, association, READS | WRITES, arguments={"hdlc": True}, parameters=parameters)


def test_a_serial_line(association: dict[str, Any]) -> None:
    with hosted(lines(hdlc), on="pty") as place:
        session(place, association, READS | WRITES, how="serial")


def test_mode_e(association: dict[str, Any]) -> None:
    with hosted(lines(mode_e), on="pty") as place:
        session(place, association, READS | WRITES, how="optical")


@pytest.mark.parametrize("octets", [128, 0xFFFF])
@pytest.mark.parametrize("address", ["0102", "4b4d31"])
def test_a_gateway(address: str, octets: int) -> None:
    device = bytes.fromhex(address)
    with hosted(lines(lambda: GatewayLink(wrapper(), 1, device, "meter"))) as place:
        found = asked(GATEWAY_CLIENT, {**place, "network_id": 1, "address": address, "octets": octets})
    assert found == {"clock": "11/21/26 10:07:30", "scaler": 1.0, "profile": 40}
