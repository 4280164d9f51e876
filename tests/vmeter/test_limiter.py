"""Limiters: durations, local triggers of the switch by control mode, emergencies, and what a limit costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmskit.codec import data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.exceptions import DataAccessError
from dlmskit.obis import Obis
from dlmskit.vmeter.agenda import Agenda
from dlmskit.vmeter.clock import MINUTE
from dlmskit.vmeter.disconnect import ControlState
from dlmskit.vmeter.meter import VirtualMeter

from .rigs import act, encoded, get, meter_of, model_of, put, stamp

EVENING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MINUTES = 60.0
OFF, ON, READY = ControlState.DISCONNECTED, ControlState.CONNECTED, ControlState.READY_FOR_RECONNECTION
NONE = 0xFFFFFFFF


def limit(meter: VirtualMeter, watts: int, *, over: int = 60, under: int = 60) -> None:
    put(meter, "limiter", 6, data.double_long_unsigned(over))
    put(meter, "limiter", 7, data.double_long_unsigned(under))
    put(meter, "limiter", 4, data.double_long_unsigned(watts))


def emergency(meter: VirtualMeter, begin: datetime, seconds: int, group: int = 7) -> None:
    profile = {
        "emergency_profile_id": group,
        "emergency_activation_time": CosemDateTime.from_datetime(begin),
        "emergency_duration": seconds,
    }
    put(meter, "limiter", 8, encoded(71, "emergency_profile", profile))


def meter_in(mode: int, **more: Any) -> VirtualMeter:
    meter = meter_of(model_of(load="household"), start=EVENING, **more)
    put(meter, "disconnect_control", 4, data.enum(mode))
    return meter


def power_by_minute(seed: int, minutes: int) -> list[int]:
    """The power that is drawn in each minute from the start when nothing limits it."""
    meter = meter_of(model_of(load="household"), start=EVENING, seed=seed)
    found = []
    for minute in range(minutes):
        meter.advance(minute * MINUTES)
        found.append(get(meter, "power_import"))
    return found


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 50), watts=st.integers(100, 3500), over=st.integers(0, 600))
def test_the_switch_opens_when_the_load_was_above_for_as_long_as_it_may(seed: int, watts: int, over: int) -> None:
    powers = power_by_minute(seed, 480)
    meter = meter_in(3, seed=seed)
    limit(meter, watts, over=over)
    opened = begun = None
    for minute, power in enumerate(powers[1:], 1):  # the first look is at the next minute
        if power <= watts:
            begun = None
            continue
        begun = minute if begun is None else begun
        stays = next((n for n in range(minute, 480) if powers[n] <= watts), 480)
        if (stays - begun) * 60 > over or (over == 0):
            opened = begun * 60 + over
            break
    for second in (opened - 1, opened) if opened is not None else (479 * 60,):
        meter.advance(float(second))
        assert get(meter, "disconnect_control", 3) == (READY if second == opened else ON)


@pytest.mark.parametrize(("mode", "after"), [(0, ON), (1, READY), (2, READY), (3, READY), (4, READY), (5, ON), (6, ON)])
def test_what_a_limiter_does_is_local_in_every_control_mode(mode: int, after: ControlState) -> None:
    meter, told = meter_in(mode), list[str]()
    meter.firmware.events.listeners.append(told.append)
    limit(meter, 50, over=120, under=300)
    meter.advance(2 * MINUTES + 59)
    assert get(meter, "disconnect_control", 3) == ON
    meter.advance(3 * MINUTES)
    assert get(meter, "disconnect_control", 3) == (READY if mode else ON)
    assert told.count("supply-local-disconnect") == bool(mode)
    meter.advance(8 * MINUTES + 59)
    assert get(meter, "disconnect_control", 3) == (READY if mode else ON)
    meter.advance(9 * MINUTES)
    assert get(meter, "disconnect_control", 3) == after
    assert told.count("supply-local-reconnect") == (mode in (5, 6))
    if after is READY:
        assert meter.firmware.press_button()
        assert get(meter, "disconnect_control", 2) is True


@pytest.mark.parametrize("mode", [1, 3, 5, 6])
def test_arming_leaves_it_to_the_consumer_to_close(mode: int) -> None:
    meter = meter_in(mode)
    act(meter, "disconnect_control", 1)
    meter.firmware.press_button()
    assert get(meter, "disconnect_control", 3) == OFF
    act(meter, "disconnect_control", 2)
    assert (get(meter, "disconnect_control", 2), get(meter, "disconnect_control", 3)) == (False, READY)
    meter.firmware.press_button()
    assert get(meter, "disconnect_control", 3) == ON
    assert meter.firmware.press_button() == (mode in (1, 5))
    assert get(meter, "disconnect_control", 3) == (READY if mode in (1, 5) else ON)


def test_a_schedule_that_disconnects_is_remote() -> None:
    meter = meter_in(5)
    act(meter, "disconnect_scripts", 1, data.long_unsigned(1))
    assert get(meter, "disconnect_control", 3) == OFF


def test_an_emergency_has_its_own_threshold_for_its_duration() -> None:
    meter = meter_in(6)
    put(meter, "limiter", 5, data.double_long_unsigned(20))
    put(meter, "limiter", 9, encoded(71, "emergency_profile_group_id_list", [7]))
    emergency(meter, EVENING + timedelta(minutes=30), 1800)
    seen = []
    for minute in (29, 30, 59, 60):
        meter.advance(minute * MINUTES)
        seen.append((get(meter, "limiter", 10), get(meter, "limiter", 3)))
    assert seen == [(False, NONE), (True, 20), (True, 20), (False, NONE)]
    meter.advance(90 * MINUTES)
    assert get(meter, "disconnect_control", 3) == ON


def test_an_emergency_of_another_group_does_not_concern_the_meter() -> None:
    meter = meter_in(6)
    put(meter, "limiter", 5, data.double_long_unsigned(20))
    emergency(meter, EVENING, 1800, group=8)
    assert get(meter, "limiter", 10) is False
    put(meter, "limiter", 9, encoded(71, "emergency_profile_group_id_list", [7, 8]))
    assert get(meter, "limiter", 10) is True
    put(meter, "clock", 2, stamp(EVENING + timedelta(hours=2)))
    assert (get(meter, "limiter", 10), get(meter, "limiter", 3)) == (False, NONE)


def test_what_is_no_threshold_is_refused() -> None:
    meter = meter_in(6)
    for value in (data.long_unsigned(5), data.octet_string(b"1"), data.null_data()):
        with pytest.raises(DataAccessError, match="type-unmatched"):
            put(meter, "limiter", 4, value)
    with pytest.raises(DataAccessError, match="type-unmatched"):
        put(meter, "limiter", 6, data.unsigned(5))
    with pytest.raises(DataAccessError, match="read-write-denied"):
        put(meter, "limiter", 3, data.double_long_unsigned(5))


def test_other_things_than_power_are_watched_and_what_is_no_number_is_not() -> None:
    def watch(meter: VirtualMeter, class_id: int, code: str, attribute: int) -> None:
        aim = {"class_id": class_id, "logical_name": Obis.parse(code), "attribute_index": attribute}
        put(meter, "limiter", 2, encoded(71, "monitored_value", aim))

    meter = meter_in(6)
    limit(meter, 0, over=0)
    watch(meter, 8, "0-0:1.0.0", 2)
    meter.advance(10 * MINUTES)
    assert get(meter, "disconnect_control", 3) == ON
    watch(meter, 5, "1-0:1.4.0", 2)
    meter.advance(15 * MINUTES)  # the first whole period begins
    assert get(meter, "disconnect_control", 3) == ON
    meter.advance(16 * MINUTES)
    assert get(meter, "disconnect_control", 3) == READY


def test_a_state_that_is_saved_goes_on() -> None:
    left, right = meter_in(6), meter_in(6)
    limit(left, 50, over=600)
    left.advance(5 * MINUTES)
    right.firmware.load(left.firmware.save())
    for meter, begin in ((left, 5), (right, 0)):
        meter.advance(0 if begin == 0 else 5 * MINUTES)
        meter.advance((10.9 - (5 - begin)) * MINUTES)
        assert get(meter, "disconnect_control", 3) == ON
        meter.advance((11 - (5 - begin)) * MINUTES)
        assert get(meter, "disconnect_control", 3) == READY


def test_an_outage_is_not_counted_and_costs_nothing() -> None:
    meter = meter_in(6)
    limit(meter, 50, over=600)
    meter.advance(5 * MINUTES)
    meter.firmware.power(False)
    limiter, now = meter.firmware.organs["limiter"], meter.firmware.clock.physical
    assert limiter.next_due(now + 60 * MINUTE) == now + 61 * MINUTE
    meter.advance(65 * MINUTES)
    meter.firmware.power(True)
    meter.advance(75.9 * MINUTES)
    assert get(meter, "disconnect_control", 3) == ON
    meter.advance(76 * MINUTES)
    assert get(meter, "disconnect_control", 3) == READY


def test_a_limit_that_cannot_be_reached_costs_nothing() -> None:
    meter = meter_of(model_of(load="household"), start=EVENING)
    agenda: Agenda = meter.firmware.agenda
    limiter = meter.firmware.organs["limiter"]
    assert limiter in agenda
    assert limiter.next_due(meter.firmware.clock.physical) is None
    limit(meter, 1000)
    assert limiter.next_due(meter.firmware.clock.physical) == meter.firmware.clock.physical + MINUTE
