"""Data (class 1) and Register (class 3): values measured, known to the firmware, or fixed."""

from __future__ import annotations

from collections.abc import Callable

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.cosem.time import to_seconds
from dlmskit.enums import DataType
from dlmskit.model.device import ModelObject
from dlmskit.vmeter.behaviour import Asked, Behaviour
from dlmskit.vmeter.clock import moment
from dlmskit.vmeter.metrology import PHASES
from dlmskit.vmeter.profile import EntryStatus
from dlmskit.vmeter.quantities import counts, measured_by, wrapped
from dlmskit.vmeter.stated import constant, stated

NO_UNIT = 255
_STATUS_WORD = "profile_status"
_TEXTS = (DataType.OCTET_STRING, DataType.VISIBLE_STRING, DataType.UTF8_STRING)

TOLD: dict[str, Callable[[Asked], int | str | bytes | None]] = {
    "logical_device_name": lambda asked: asked.firmware.identity.logical_device_name,
    "serial_number": lambda asked: asked.firmware.identity.serial_number,
    "active_tariff": lambda asked: _tariff(asked),
    "power_failures": lambda asked: _count(asked, "outage"),
    "long_power_failures": lambda asked: _count(asked, "long_outage"),
    **{
        f"voltage_{kind}s_l{phase}": lambda asked, name=f"{kind}_l{phase}": _count(asked, name)  # type: ignore[misc]
        for kind in ("sag", "swell")
        for phase in PHASES
    },
    "firmware_version": lambda asked: asked.firmware.active_image,
    "clock_seconds": lambda asked: to_seconds(moment(asked.at.reading)),
    "invocation_counter": lambda asked: asked.firmware.last_counter,
}
"""roles whose value is the firmware's own knowledge; for None the model's word stands"""


def _value(asked: Asked) -> Data:
    row = asked.row
    measured = measured_by(row)
    if measured is not None and row.type is not None:
        return data.of(row.type, wrapped(counts(measured, asked.at.truth, row.scaler), row.type))
    told = _told(asked)
    return constant(row.type, told) if told is not None else stated(row, "value")


def _told(asked: Asked) -> int | str | bytes | None:
    """What the firmware knows that is no quantity: status words, and roles in `TOLD`."""
    name = asked.row.name
    if name.startswith(_STATUS_WORD):
        return status_word(asked.at.status, asked.row)
    return TOLD[name](asked) if name in TOLD else None


def status_word(status: EntryStatus, row: ModelObject) -> int:
    """The conditions of an entry in the bits that the model gives them, else in those of `EntryStatus`."""
    if not row.bits:
        return int(status)
    names = ((flag, (flag.name or "").lower().replace("_", "-")) for flag in EntryStatus)
    return sum(1 << row.bits[name] for flag, name in names if flag in status and name in row.bits)


def _tariff(asked: Asked) -> int | str:
    """A number, or four digits of text."""
    number = asked.firmware.tariffs.active
    return f"{number:04}" if asked.row.type in _TEXTS else number


def _count(asked: Asked, name: str) -> int:
    return 0 if asked.at.past is not None else asked.firmware.grid.counts.get(name, 0)


def _scaler_unit(asked: Asked) -> Data:
    unit = NO_UNIT if asked.row.unit is None else int(asked.row.unit)
    told = asked.row.attributes.get("scaler_unit")
    scaler = asked.row.scaler if told is None or told.scaler is None else told.scaler
    return data.structure(data.integer(scaler), data.enum(unit))


DATA = Behaviour(read={"value": _value})
REGISTER = Behaviour(read={"value": _value, "scaler_unit": _scaler_unit})
