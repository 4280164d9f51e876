"""Reading, writing and invoking by name: the behaviour of a class first, then what the model states."""

from __future__ import annotations

from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.exceptions import ActionError, DataAccessError
from dlmskit.vmeter.behaviour import Asked, Behaviour, logical_name, stated
from dlmskit.vmeter.classes import profile_generic
from dlmskit.vmeter.classes.association import ASSOCIATION_LN
from dlmskit.vmeter.classes.clock import CLOCK
from dlmskit.vmeter.classes.disconnect_control import DISCONNECT_CONTROL
from dlmskit.vmeter.classes.image_transfer import IMAGE_TRANSFER
from dlmskit.vmeter.classes.register import DATA, DEMAND_REGISTER, EXTENDED_REGISTER, REGISTER
from dlmskit.vmeter.classes.sap_assignment import SAP_ASSIGNMENT
from dlmskit.vmeter.classes.security_setup import SECURITY_SETUP


def read(asked: Asked, name: str) -> Data:
    """An attribute by name. Raises `DataAccessError` where the meter has no such attribute."""
    if name == "logical_name":
        return logical_name(asked.row)
    written = asked.firmware.written.get((asked.row.name, name))
    if written is not None:
        return written
    found = _behaviour(asked).read.get(name)
    return found(asked) if found is not None else stated(asked.row, name)


def write(asked: Asked, name: str, value: Data) -> None:
    """Write an attribute by name; one without behaviour keeps a value of its own type, of any where it has none.

    Raises `DataAccessError`.
    """
    found = _behaviour(asked).write.get(name)
    if found is not None:
        found(asked, value)
    elif read(asked, name).tag not in (value.tag, DataType.NULL_DATA):
        raise DataAccessError("type-unmatched", f"{asked.row.name} {name}")
    else:
        asked.firmware.written[asked.row.name, name] = value


def invoke(asked: Asked, name: str, parameters: Data | None) -> Data | None:
    """Invoke a method by name; what it gives back. Raises `ActionError` where the meter cannot do it."""
    found = _behaviour(asked).invoke.get(name)
    if found is None:
        raise ActionError("object-undefined", f"{asked.row.name} {name}")
    return found(asked, parameters)


BEHAVIOURS: dict[int, Behaviour] = {
    1: DATA,
    3: REGISTER,
    4: EXTENDED_REGISTER,
    5: DEMAND_REGISTER,
    7: profile_generic.behaviour(read),
    8: CLOCK,
    15: ASSOCIATION_LN,
    18: IMAGE_TRANSFER,
    17: SAP_ASSIGNMENT,
    64: SECURITY_SETUP,
    70: DISCONNECT_CONTROL,
}
"""by class_id"""
_NOTHING = Behaviour()


def _behaviour(asked: Asked) -> Behaviour:
    return BEHAVIOURS.get(asked.row.class_id or 0, _NOTHING)
