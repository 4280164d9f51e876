"""Extended register (class 4): a value with its status and time; a maximum of demand, or what is measured now."""

from __future__ import annotations

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.exceptions import ActionError
from dlmskit.vmeter.behaviour import Asked, Behaviour, stamp
from dlmskit.vmeter.classes.demand_register import demand_of, shown
from dlmskit.vmeter.classes.register import REGISTER


def _value(asked: Asked) -> Data:
    demand = demand_of(asked)
    if demand is None:
        return REGISTER.read["value"](asked)
    return shown(asked, demand, demand.maximum(asked.row.name, asked.at.past))


def _capture_time(asked: Asked) -> Data:
    demand = demand_of(asked)
    highest = demand.maximum(asked.row.name, asked.at.past) if demand is not None else None
    return stamp(asked, asked.at.reading if highest is None else highest.reading)


def _reset(asked: Asked, parameters: Data | None) -> None:
    """Begin a maximum anew; energy cannot be reset."""
    demand = demand_of(asked)
    if demand is None:
        raise ActionError("read-write-denied", f"{asked.row.name} is no maximum")
    demand.reset_maximum(asked.row.name)


EXTENDED_REGISTER = Behaviour(
    read={
        **REGISTER.read,
        "value": _value,
        "status": lambda asked: data.unsigned(int(asked.at.status)),
        "capture_time": _capture_time,
    },
    invoke={"reset": _reset},
)
