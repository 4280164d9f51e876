"""The supply switch of interface class 70, Disconnect control: a state machine held as one table.

Transitions keep the letters of the class's state diagram::

    a  remote_reconnect    disconnected            -> connected
    b  remote_disconnect   connected               -> disconnected
    c  remote_disconnect   ready_for_reconnection  -> disconnected
    d  remote_reconnect    disconnected            -> ready_for_reconnection
    e  manual reconnect    ready_for_reconnection  -> connected
    f  manual disconnect   connected               -> ready_for_reconnection
    g  local disconnect    connected               -> ready_for_reconnection
    h  local reconnect     ready_for_reconnection  -> connected

The control mode says which letters exist. In modes 2 and 4 a remote reconnect energises at once; in 1, 3, 5 and 6 the
consumer has to press a button. Source: Blue Book, Disconnect control (class_id 70, version 0). Which letters a mode has
agrees with what Gurux.DLMS.Python says of modes 0 to 6; between which states a letter leads has no witness.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Any

from dlmskit.vmeter.agenda import Organ


class ControlState(IntEnum):
    """Attribute 3, control_state."""

    DISCONNECTED = 0
    CONNECTED = 1
    READY_FOR_RECONNECTION = 2


class Trigger(Enum):
    """What may move the switch: two methods, the consumer's button, and the meter's own functions (a limiter)."""

    REMOTE_DISCONNECT = "remote_disconnect"
    REMOTE_RECONNECT = "remote_reconnect"
    MANUAL_DISCONNECT = "manual_disconnect"
    MANUAL_RECONNECT = "manual_reconnect"
    LOCAL_DISCONNECT = "local_disconnect"
    LOCAL_RECONNECT = "local_reconnect"


LOCAL = {Trigger.REMOTE_DISCONNECT: Trigger.LOCAL_DISCONNECT, Trigger.REMOTE_RECONNECT: Trigger.LOCAL_RECONNECT}
"""what a method of the object is when the meter itself invokes it to guard the supply"""
_OFF, _ON, _READY = ControlState.DISCONNECTED, ControlState.CONNECTED, ControlState.READY_FOR_RECONNECTION

TRANSITIONS: dict[str, tuple[Trigger, ControlState, ControlState]] = {
    "a": (Trigger.REMOTE_RECONNECT, _OFF, _ON),
    "b": (Trigger.REMOTE_DISCONNECT, _ON, _OFF),
    "c": (Trigger.REMOTE_DISCONNECT, _READY, _OFF),
    "d": (Trigger.REMOTE_RECONNECT, _OFF, _READY),
    "e": (Trigger.MANUAL_RECONNECT, _READY, _ON),
    "f": (Trigger.MANUAL_DISCONNECT, _ON, _READY),
    "g": (Trigger.LOCAL_DISCONNECT, _ON, _READY),
    "h": (Trigger.LOCAL_RECONNECT, _READY, _ON),
}

MODES: dict[int, str] = {0: "", 1: "bcfgde", 2: "bcfgae", 3: "bcgde", 4: "bcgae", 5: "bcfgdeh", 6: "bcgdeh"}
"""control_mode: the transitions that it allows; in mode 0 the switch is always connected"""


class SupplySwitch(Organ):
    """One disconnect control: `state` and `mode` as the object shows them, `closed` as the relay stands."""

    def __init__(self, mode: int, state: ControlState = ControlState.CONNECTED) -> None:
        self._mode = mode
        self.state = state if MODES[mode] else ControlState.CONNECTED

    def save(self) -> Any:
        return [self._mode, int(self.state)]

    def load(self, state: Any) -> None:
        self._mode, self.state = state[0], ControlState(state[1])

    @property
    def mode(self) -> int:
        """Attribute 4, control_mode. Setting 0 connects; an unknown mode raises `KeyError`."""
        return self._mode

    @mode.setter
    def mode(self, mode: int) -> None:
        if not MODES[mode]:
            self.state = ControlState.CONNECTED
        self._mode = mode

    @property
    def closed(self) -> bool:
        """Attribute 2, output_state: whether the premises are supplied."""
        return self.state is ControlState.CONNECTED

    def offers(self, trigger: Trigger) -> bool:
        """Whether the control mode knows this trigger in any state."""
        return any(TRANSITIONS[letter][0] is trigger for letter in MODES[self._mode])

    def apply(self, trigger: Trigger) -> bool:
        """Follow the mode's transition for this trigger from the present state; False where there is none."""
        for letter in MODES[self._mode]:
            on, origin, target = TRANSITIONS[letter]
            if on is trigger and origin is self.state:
                self.state = target
                return True
        return False
