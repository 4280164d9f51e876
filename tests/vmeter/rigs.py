"""Virtual meters for tests: models with changes, what an association does to them, calendars as octets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from dlmskit.apdu.descriptors import AttributeDescriptor, MethodDescriptor
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.cosem import typed
from dlmskit.cosem.classes import interface_class
from dlmskit.model import registry
from dlmskit.model.device import DeviceModel
from dlmskit.obis import Obis
from dlmskit.vmeter.meter import VirtualMeter

START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)
MANAGEMENT = 1
DAY = 86_400
TARIFF_SCRIPTS = Obis.parse("0-0:10.0.100")


def model_of(name: str = "generic", *, rows: dict[str, dict[str, Any]] | None = None, **simulation: Any) -> DeviceModel:
    """A built-in model with objects changed by role, and with another simulation."""
    model, changes = registry.load(name), rows or {}
    objects = tuple(msgspec.structs.replace(row, **changes.get(row.name, {})) for row in model.objects)
    simulated = msgspec.structs.replace(model.simulation, **simulation)
    return msgspec.structs.replace(model, objects=objects, simulation=simulated)


def meter_of(model: DeviceModel | None = None, *, seed: int = 1, start: datetime = START) -> VirtualMeter:
    """A meter at its start."""
    found = VirtualMeter(model or model_of(), seed=seed, start=start)
    found.advance(0)
    return found


def get(meter: VirtualMeter, role: str, attribute: int = 2) -> Any:
    """An attribute as plain Python."""
    row = meter.model.object(role)
    assert row.class_id is not None
    assert row.obis is not None
    return meter.get(MANAGEMENT, AttributeDescriptor(row.class_id, row.obis, attribute), None).value


def put(meter: VirtualMeter, role: str, attribute: int, value: Data) -> None:
    """Write an attribute."""
    row = meter.model.object(role)
    assert row.class_id is not None
    assert row.obis is not None
    meter.set(MANAGEMENT, AttributeDescriptor(row.class_id, row.obis, attribute), value)


def act(meter: VirtualMeter, role: str, method: int, value: Data | None = None) -> None:
    """Invoke a method."""
    row = meter.model.object(role)
    assert row.class_id is not None
    assert row.obis is not None
    meter.action(MANAGEMENT, MethodDescriptor(row.class_id, row.obis, method), value or data.integer(0))


def encoded(class_id: int, attribute: str, value: Any) -> Data:
    """A value in the declared form of an attribute."""
    declared = interface_class(class_id, 0).attribute(attribute)
    assert declared is not None
    return typed.to_data(declared.form, value)


def days_of(*days: tuple[int, Sequence[tuple[int, int, int]]]) -> Data:
    """A day profile table: each day by its number with hour, minute and script of its switches."""
    return encoded(
        20,
        "day_profile_table_passive",
        [
            {
                "day_id": number,
                "day_schedule": [
                    {
                        "start_time": CosemTime(hour, minute, 0, 0),
                        "script_logical_name": TARIFF_SCRIPTS,
                        "script_selector": script,
                    }
                    for hour, minute, script in switches
                ],
            }
            for number, switches in days
        ],
    )


def stamp(moment: datetime) -> Data:
    """An aware moment as an octet-string."""
    return data.octet_string(CosemDateTime.from_datetime(moment).to_bytes())


def times_of(*entries: tuple[CosemDate, CosemTime]) -> Data:
    """The execution times of a schedule."""
    return encoded(22, "execution_time", [{"time": time, "date": date} for date, time in entries])


def rows_of(meter: VirtualMeter, role: str) -> list[list[Any]]:
    """The rows of a profile."""
    return [Data(row.octets).value for row in meter.firmware.profiles[role]]


def moment_of(octets: bytes) -> datetime:
    """A stamp in a row."""
    return CosemDateTime.from_bytes(octets).to_datetime()
