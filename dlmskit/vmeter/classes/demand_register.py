"""Demand register (class 5): averages of the demand organ."""

from __future__ import annotations

from collections.abc import Callable

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.exceptions import FirmwareModelError
from dlmskit.vmeter.behaviour import Asked, Behaviour, stamp
from dlmskit.vmeter.classes.register import REGISTER
from dlmskit.vmeter.demand import Average, Demand, counts
from dlmskit.vmeter.quantities import wrapped
from dlmskit.vmeter.stated import stated


def demand_of(asked: Asked) -> Demand | None:
    """The demand behind an object, None for one that the model only states."""
    return asked.firmware.demands.get(asked.row.name)


def shown(asked: Asked, demand: Demand, average: Average | None) -> Data:
    """An average in the type and scaler of the object. Raises `FirmwareModelError` for one without an integer type."""
    row = asked.row
    if row.type is None or (row.unit is not None and row.unit != demand.quantity.unit):
        raise FirmwareModelError(f"{row.name} needs an integer type and the unit {demand.quantity.unit.name}")
    return data.of(row.type, wrapped(counts(average, demand.quantity, row.scaler), row.type))


def _read(name: str, of: Callable[[Asked, Demand], Data]) -> Callable[[Asked], Data]:
    def read(asked: Asked) -> Data:
        demand = demand_of(asked)
        return stated(asked.row, name) if demand is None else of(asked, demand)

    return read


def _reset(asked: Asked, parameters: Data | None) -> None:
    demand = demand_of(asked)
    if demand is not None:
        demand.reset()


def _next_period(asked: Asked, parameters: Data | None) -> None:
    demand = demand_of(asked)
    if demand is not None:
        demand.happen(asked.firmware.clock.physical)


def _capture_time(asked: Asked, demand: Demand) -> Data:
    return stamp(asked, asked.at.reading if demand.average is None else demand.average.reading)


_READ: dict[str, Callable[[Asked, Demand], Data]] = {
    "current_average_value": lambda asked, demand: shown(asked, demand, demand.current),
    "last_average_value": lambda asked, demand: shown(asked, demand, demand.average),
    "capture_time": _capture_time,
    "start_time_current": lambda asked, demand: stamp(asked, demand.started),
}
DEMAND_REGISTER = Behaviour(
    read={
        "scaler_unit": REGISTER.read["scaler_unit"],
        **{name: _read(name, of) for name, of in _READ.items()},
    },
    invoke={"reset": _reset, "next_period": _next_period},
)
