"""Reading, writing and invoking by name: the behaviour of a class first, then what the model states."""

from __future__ import annotations

from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.exceptions import ActionError, DataAccessError
from dlmskit.vmeter.behaviour import Asked, Behaviour, attribute_of
from dlmskit.vmeter.classes import profile_generic, script_table
from dlmskit.vmeter.classes.activity_calendar import ACTIVITY_CALENDAR, SPECIAL_DAYS_TABLE
from dlmskit.vmeter.classes.association import ASSOCIATION_LN
from dlmskit.vmeter.classes.clock import CLOCK
from dlmskit.vmeter.classes.communication import HDLC_SETUP, TCP_UDP_SETUP
from dlmskit.vmeter.classes.demand_register import DEMAND_REGISTER
from dlmskit.vmeter.classes.disconnect_control import DISCONNECT_CONTROL
from dlmskit.vmeter.classes.extended_register import EXTENDED_REGISTER
from dlmskit.vmeter.classes.image_transfer import IMAGE_TRANSFER
from dlmskit.vmeter.classes.limiter import LIMITER
from dlmskit.vmeter.classes.push_setup import PUSH_SETUP
from dlmskit.vmeter.classes.register import DATA, REGISTER
from dlmskit.vmeter.classes.register_activation import REGISTER_ACTIVATION
from dlmskit.vmeter.classes.sap_assignment import SAP_ASSIGNMENT
from dlmskit.vmeter.classes.security_setup import SECURITY_SETUP
from dlmskit.vmeter.stated import logical_name, stated


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
        return
    if asked.row.class_id in _FORMED:
        attribute_of(asked, name, value)
    elif read(asked, name).tag not in (value.tag, DataType.NULL_DATA):
        raise DataAccessError("type-unmatched", f"{asked.row.name} {name}")
    asked.firmware.written[asked.row.name, name] = value
    asked.firmware.changed(asked.row.name, name)


def invoke(asked: Asked, name: str, parameters: Data | None) -> Data | None:
    """Invoke a method by name; what it gives back. Raises `ActionError` where the meter cannot do it."""
    found = _behaviour(asked).invoke.get(name)
    if found is None:
        raise ActionError("object-undefined", f"{asked.row.name} {name}")
    return found(asked, parameters)


def run_script(asked: Asked, selector: int) -> bool:
    """Carry out a script of a Script table object; False where it has none of this number."""
    return script_table.run(asked, selector, write, invoke)


_FORMED = {5, 6, 9, 11, 20, 22, 40, 71}
"""classes whose attributes the firmware goes by: what is written must be of the declared form"""
BEHAVIOURS: dict[int, Behaviour] = {
    1: DATA,
    3: REGISTER,
    4: EXTENDED_REGISTER,
    5: DEMAND_REGISTER,
    6: REGISTER_ACTIVATION,
    7: profile_generic.behaviour(read),
    8: CLOCK,
    9: script_table.behaviour(write, invoke),
    11: SPECIAL_DAYS_TABLE,
    15: ASSOCIATION_LN,
    18: IMAGE_TRANSFER,
    17: SAP_ASSIGNMENT,
    20: ACTIVITY_CALENDAR,
    23: HDLC_SETUP,
    40: PUSH_SETUP,
    41: TCP_UDP_SETUP,
    64: SECURITY_SETUP,
    70: DISCONNECT_CONTROL,
    71: LIMITER,
}
"""by class_id"""
_NOTHING = Behaviour()


def _behaviour(asked: Asked) -> Behaviour:
    return BEHAVIOURS.get(asked.row.class_id or 0, _NOTHING)
