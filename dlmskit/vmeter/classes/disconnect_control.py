"""Disconnect control (class 70) in front of the supply switch. A method that the control mode lacks is denied; one that
finds the switch where it would put it succeeds and changes nothing."""

from __future__ import annotations

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.exceptions import ActionError, DataAccessError
from dlmskit.vmeter.behaviour import Asked, Behaviour, Invoke
from dlmskit.vmeter.disconnect import Trigger


def _set_mode(asked: Asked, value: Data) -> None:
    if value.tag is not DataType.ENUM:
        raise DataAccessError("type-unmatched", "control_mode wants an enum")
    if not asked.firmware.set_control_mode(value.value):
        raise DataAccessError("other-reason", "control_mode is 0 to 6")


def _operate(trigger: Trigger) -> Invoke:
    def operate(asked: Asked, parameters: Data | None) -> None:
        if not asked.firmware.operate(trigger):
            raise ActionError("read-write-denied", f"{trigger.value} in this control mode")

    return operate


DISCONNECT_CONTROL = Behaviour(
    read={
        "output_state": lambda asked: data.boolean(asked.firmware.switch.closed),
        "control_state": lambda asked: data.enum(asked.firmware.switch.state),
        "control_mode": lambda asked: data.enum(asked.firmware.switch.mode),
    },
    write={"control_mode": _set_mode},
    invoke={
        "remote_disconnect": _operate(Trigger.REMOTE_DISCONNECT),
        "remote_reconnect": _operate(Trigger.REMOTE_RECONNECT),
    },
)
