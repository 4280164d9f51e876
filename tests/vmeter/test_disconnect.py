"""The switch follows the class's state diagram in every control mode."""

from __future__ import annotations

import pytest

from dlmskit.vmeter.disconnect import MODES, TRANSITIONS, ControlState, SupplySwitch, Trigger

OFF, ON, READY = ControlState.DISCONNECTED, ControlState.CONNECTED, ControlState.READY_FOR_RECONNECTION

# what a remote command and a button do by mode, written out apart from the table
REMOTE_RECONNECT_FROM_OFF = {1: READY, 2: ON, 3: READY, 4: ON, 5: READY, 6: READY}
BUTTON_OFF = {1: READY, 2: READY, 3: ON, 4: ON, 5: READY, 6: ON}
LOCAL_BACK_ON = {1: READY, 2: READY, 3: READY, 4: READY, 5: ON, 6: ON}


@pytest.mark.parametrize("mode", range(1, 7))
def test_each_mode_moves_as_its_control_mode_says(mode: int) -> None:
    def after(state: ControlState, trigger: Trigger) -> ControlState:
        switch = SupplySwitch(mode, state)
        switch.apply(trigger)
        return switch.state

    assert after(ON, Trigger.REMOTE_DISCONNECT) is OFF
    assert after(READY, Trigger.REMOTE_DISCONNECT) is OFF
    assert after(OFF, Trigger.REMOTE_RECONNECT) is REMOTE_RECONNECT_FROM_OFF[mode]
    assert after(READY, Trigger.MANUAL_RECONNECT) is ON
    assert after(ON, Trigger.MANUAL_DISCONNECT) is BUTTON_OFF[mode]
    assert after(ON, Trigger.LOCAL_DISCONNECT) is READY
    assert after(READY, Trigger.LOCAL_RECONNECT) is LOCAL_BACK_ON[mode]


@pytest.mark.parametrize("mode", range(7))
@pytest.mark.parametrize("trigger", Trigger)
@pytest.mark.parametrize("state", ControlState)
def test_only_listed_transitions_move_the_switch(mode: int, trigger: Trigger, state: ControlState) -> None:
    switch = SupplySwitch(mode, state)
    before = switch.state
    allowed = {row[1:] for letter, row in TRANSITIONS.items() if letter in MODES[mode] and row[0] is trigger}
    moved = switch.apply(trigger)
    assert moved == ((before, switch.state) in allowed)
    assert moved or switch.state is before
    assert switch.closed == (switch.state is ON)
    assert switch.offers(trigger) or not moved


def test_a_consumer_cannot_undo_a_remote_disconnect() -> None:
    for mode in range(1, 7):
        switch = SupplySwitch(mode)
        switch.apply(Trigger.REMOTE_DISCONNECT)
        for trigger in (Trigger.MANUAL_RECONNECT, Trigger.LOCAL_RECONNECT):
            assert not switch.apply(trigger)
            assert switch.state is OFF


def test_mode_0_is_always_connected() -> None:
    switch = SupplySwitch(0, OFF)
    assert switch.closed
    assert not switch.apply(Trigger.REMOTE_DISCONNECT)
    switch = SupplySwitch(1, OFF)
    switch.mode = 0
    assert switch.closed


def test_an_unknown_mode_changes_nothing() -> None:
    switch = SupplySwitch(4, OFF)
    with pytest.raises(KeyError):
        switch.mode = 7
    assert (switch.mode, switch.state) == (4, OFF)
