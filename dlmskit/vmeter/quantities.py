"""Which role of a model shows which measured quantity, and how the truth becomes a register's integer.

A register shows the truth in its own resolution, truncated and never rounded up, and starts again at zero when its type
or its digits are full.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dlmskit.cosem.units import Unit
from dlmskit.enums import DataType
from dlmskit.exceptions import FirmwareModelError
from dlmskit.model.device import ModelObject
from dlmskit.vmeter.metrology import WATT_HOUR, Truth


class Measured(msgspec.Struct, frozen=True):
    """A quantity of the truth: how to get it, its unit, and how many of its counts make one of that unit."""

    of: Callable[[Truth], int]
    unit: Unit
    per_unit: int


MEASURED: dict[str, Measured] = {
    "energy_import_total": Measured(lambda truth: truth.energy_import.total, Unit.WATT_HOUR, WATT_HOUR),
    "energy_import_tariff_1": Measured(lambda truth: truth.energy_import.tariff_1, Unit.WATT_HOUR, WATT_HOUR),
    "energy_import_tariff_2": Measured(lambda truth: truth.energy_import.tariff_2, Unit.WATT_HOUR, WATT_HOUR),
    "energy_export_total": Measured(lambda truth: truth.energy_export.total, Unit.WATT_HOUR, WATT_HOUR),
    "energy_export_tariff_1": Measured(lambda truth: truth.energy_export.tariff_1, Unit.WATT_HOUR, WATT_HOUR),
    "energy_export_tariff_2": Measured(lambda truth: truth.energy_export.tariff_2, Unit.WATT_HOUR, WATT_HOUR),
    "power_import": Measured(lambda truth: truth.power_import, Unit.WATT, 1),
    "power_export": Measured(lambda truth: truth.power_export, Unit.WATT, 1),
    "voltage_l1": Measured(lambda truth: truth.voltage, Unit.VOLT, 1000),
    "current_l1": Measured(lambda truth: truth.current, Unit.AMPERE, 1000),
    "frequency": Measured(lambda truth: truth.frequency, Unit.HERTZ, 1000),
}

_BITS = {
    DataType.INTEGER: 7,
    DataType.UNSIGNED: 8,
    DataType.LONG: 15,
    DataType.LONG_UNSIGNED: 16,
    DataType.DOUBLE_LONG: 31,
    DataType.DOUBLE_LONG_UNSIGNED: 32,
    DataType.LONG64: 63,
    DataType.LONG64_UNSIGNED: 64,
}


def counts(measured: Measured, truth: Truth, scaler: int) -> int:
    """The whole counts of ``10 ** scaler`` units that a quantity amounts to."""
    amount = measured.of(truth)
    finer, coarser = 10 ** max(-scaler, 0), 10 ** max(scaler, 0)
    return amount * int(finer) // (measured.per_unit * int(coarser))


def wrapped(raw: int, tag: DataType) -> int:
    """A never negative count in a register of this type, from zero again when it is full."""
    return raw % (1 << _BITS[tag])


def measured_by(row: ModelObject) -> Measured | None:
    """The quantity behind a role, None for a role that measures nothing.

    Raises `FirmwareModelError` where the row's unit or type cannot show it.
    """
    measured = MEASURED.get(row.name)
    if measured is None:
        return None
    if row.unit is not None and row.unit != measured.unit:
        raise FirmwareModelError(f"{row.name} is measured in {measured.unit.name}, its row says {row.unit.name}")
    if row.class_id is not None and row.type not in _BITS:
        raise FirmwareModelError(f"{row.name} needs an integer type, its row says {row.type}")
    return measured
