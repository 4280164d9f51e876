"""Data (class 1) and registers (3, 4, 5): values measured, known to the firmware, or fixed."""

from __future__ import annotations

from collections.abc import Callable

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.vmeter.behaviour import Asked, Behaviour, constant, stamp, stated
from dlmskit.vmeter.quantities import counts, measured_by, wrapped

NO_UNIT = 255

TOLD: dict[str, Callable[[Asked], int | str | bytes | None]] = {
    "logical_device_name": lambda asked: asked.firmware.identity.logical_device_name,
    "serial_number": lambda asked: asked.firmware.identity.serial_number,
    "profile_status": lambda asked: int(asked.at.status),
    "firmware_version": lambda asked: asked.firmware.active_image,
    "invocation_counter": lambda asked: asked.firmware.last_counter,
}
"""roles whose value is the firmware's own knowledge; for None the model's word stands"""


def _value(asked: Asked) -> Data:
    row = asked.row
    measured = measured_by(row)
    if measured is not None and row.type is not None:
        return data.of(row.type, wrapped(counts(measured, asked.at.truth, row.scaler), row.type))
    told = TOLD[row.name](asked) if row.name in TOLD else None
    return constant(row.type, told) if told is not None else stated(row, "value")


def _scaler_unit(asked: Asked) -> Data:
    unit = NO_UNIT if asked.row.unit is None else int(asked.row.unit)
    return data.structure(data.integer(asked.row.scaler), data.enum(unit))


DATA = Behaviour(read={"value": _value})
REGISTER = Behaviour(read={"value": _value, "scaler_unit": _scaler_unit})
EXTENDED_REGISTER = Behaviour(
    read={
        **REGISTER.read,
        "status": lambda asked: data.unsigned(int(asked.at.status)),
        "capture_time": lambda asked: stamp(asked, asked.at.reading),
    }
)
DEMAND_REGISTER = Behaviour(read={"scaler_unit": _scaler_unit})
