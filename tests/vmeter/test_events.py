"""Events in logs and alarm registers, clock changes, outages: what a meter tells of what happened to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dlmskit.client import Client
from dlmskit.codec import data
from dlmskit.connecting import plan as connection_plan
from dlmskit.exceptions import ActionError, DataAccessError
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import port_of
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.profile import EntryStatus
from dlmskit.vmeter.sim import SimTransport

from .rigs import DAY, START, act, get, meter_of, model_of, moment_of, put, rows_of, stamp

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def codes(meter: VirtualMeter) -> list[int]:
    return [row[1] for row in rows_of(meter, "event_log")]


def test_setting_the_clock_is_logged_with_the_old_and_the_new_time() -> None:
    meter = meter_of()
    put(meter, "clock", 2, stamp(START + timedelta(minutes=20)))
    rows = rows_of(meter, "event_log")
    assert [(moment_of(row[0]), row[1]) for row in rows] == [(START, 4), (START + timedelta(minutes=20), 5)]
    assert get(meter, "event_code") == 5


def test_the_client_reads_events_with_their_meaning() -> None:
    meter = meter_of()
    put(meter, "clock", 2, stamp(START + timedelta(minutes=20)))
    meter.firmware.power(False)
    meter.advance(60)
    meter.firmware.power(True)
    wanted = connection_plan("sim:generic", association="reader", keys=defaults.keys(), timeout=1.0)
    line = SimTransport(port_of(meter, lambda octets: bytes(octets), speed=0))
    with Client(line, wanted.stack, keys=wanted.keys, counters=wanted.counters, model=wanted.model) as client:
        found = client.events()
    assert [event.label for event in found] == [
        "clock adjusted, old time",
        "clock adjusted, new time",
        "power down",
        "power up",
    ]


def test_alarms_are_set_through_the_filter_and_cleared_by_writing() -> None:
    meter = meter_of()
    meter.firmware.event("replace-battery")
    meter.firmware.event("strong-dc-field")
    assert get(meter, "alarm_register") == 0x8002
    with pytest.raises(DataAccessError, match="type-unmatched"):
        put(meter, "alarm_register", 2, data.unsigned(0))
    put(meter, "alarm_register", 2, data.double_long_unsigned(0))
    assert (get(meter, "alarm_register"), codes(meter)) == (0, [7, 11])
    put(meter, "alarm_filter", 2, data.double_long_unsigned(0x8000))
    meter.firmware.event("replace-battery")
    meter.firmware.event("strong-dc-field")
    assert get(meter, "alarm_register") == 0x8000


def test_whoever_listens_is_told() -> None:
    meter, heard = meter_of(), list[str]()
    meter.firmware.events.listeners.append(heard.append)
    act(meter, "disconnect_control", 1)
    act(meter, "disconnect_control", 1)
    act(meter, "disconnect_control", 2)
    assert heard == ["supply-remote-disconnect", "supply-remote-reconnect"]


def test_a_log_that_is_cleared_begins_with_that() -> None:
    meter = meter_of()
    meter.firmware.event("replace-battery")
    act(meter, "event_log", 1)
    assert codes(meter) == [255]
    act(meter, "billing_profile", 1)
    assert codes(meter) == [255]


def test_daylight_saving_is_logged_and_both_hours_are_captured() -> None:
    saturday = datetime(2026, 10, 24, 12, tzinfo=AMSTERDAM)
    meter = meter_of(start=saturday)
    meter.firmware.profiles["load_profile"].clear()
    meter.advance(DAY)
    assert [(str(moment_of(row[0]).astimezone(UTC)), row[1]) for row in rows_of(meter, "event_log")] == [
        ("2026-10-25 01:00:00+00:00", 3)
    ]
    rows = rows_of(meter, "load_profile")
    twice = [row for row in rows if row[0][5] == 2]  # the local hour
    assert [row[0][6] for row in twice] == [0, 15, 30, 45] * 2
    assert [bool(row[1] & EntryStatus.DAYLIGHT_SAVING) for row in twice] == [True] * 4 + [False] * 4
    assert [row[0][11] for row in twice] == [0x80] * 4 + [0] * 4
    spans = {late - early for early, late in pairwise(moment_of(row[0]) for row in rows)}
    assert spans == {timedelta(minutes=15)}


def test_in_spring_an_hour_does_not_exist() -> None:
    meter = meter_of(start=datetime(2026, 3, 28, 12, tzinfo=AMSTERDAM))
    meter.firmware.profiles["load_profile"].clear()
    meter.advance(DAY)
    assert {row[0][5] for row in rows_of(meter, "load_profile")} == set(range(24)) - {2}


def test_the_layout_of_the_status_word_is_the_models() -> None:
    bits = {"power-down": 0, "clock-adjusted": 6, "daylight-saving": 4}
    model = model_of(rows={"profile_status": {"bits": bits}})
    meter = meter_of(model, start=datetime(2026, 7, 1, 12, tzinfo=UTC))
    put(meter, "clock", 2, stamp(datetime(2026, 7, 1, 12, 20, tzinfo=UTC)))
    meter.firmware.power(False)
    meter.advance(120)
    meter.firmware.power(True)
    meter.advance(1800)
    assert [row[1] for row in rows_of(meter, "load_profile")[-2:]] == [0b1010001, 0b0010000]


def test_an_outage_leaves_a_gap_that_the_next_row_tells_of() -> None:
    meter = meter_of()
    meter.advance(3600)
    before, rows = get(meter, "energy_import_total"), len(rows_of(meter, "event_log"))
    meter.firmware.profiles["load_profile"].clear()
    meter.firmware.power(False)
    assert meter.firmware.present().truth.power == (0, 0, 0, 0)
    meter.advance(3600 + 7200)
    meter.firmware.event("replace-battery")
    assert rows_of(meter, "load_profile") == []
    assert get(meter, "energy_import_total") == before
    meter.firmware.power(True)
    meter.firmware.power(True)
    assert codes(meter)[rows:] == [1, 2]
    stamps = [moment_of(row[0]) for row in rows_of(meter, "event_log")]
    assert stamps[-1] - stamps[-2] == timedelta(hours=2)
    meter.advance(3600 + 7200 + 1800)
    first, second = rows_of(meter, "load_profile")
    assert (first[1], second[1]) == (EntryStatus.POWER_DOWN, 0)


def test_a_poor_network_is_seeded_and_counted() -> None:
    def lived(seed: int) -> tuple[dict[str, int], list[int]]:
        meter = meter_of(model_of(grid="poor"), seed=seed)
        meter.advance(60 * DAY)
        return meter.firmware.grid.counts, codes(meter)

    counts, logged = lived(3)
    assert (counts, logged) == lived(3)
    assert counts != lived(4)[0]
    assert 14 <= counts["outage"] <= 16
    assert sum(count for name, count in counts.items() if name.startswith("sag")) >= 25
    assert logged.count(1) == logged.count(2) == counts["outage"]
    steady = meter_of()
    steady.advance(60 * DAY)
    assert steady.firmware.grid.counts == {}


def test_a_sag_shows_in_the_voltage_of_its_phase() -> None:
    meter, lowest = meter_of(model_of(grid="poor")), 230_000
    noted: list[str] = []
    meter.firmware.events.listeners.append(noted.append)

    def look(name: str) -> None:
        nonlocal lowest
        if name.startswith("voltage-sag-l"):
            lowest = min(lowest, meter.firmware.present().truth.voltage_of(int(name[-1])))

    meter.firmware.events.listeners.append(look)
    meter.advance(30 * DAY)
    assert 100_000 < lowest < 205_000
    begun = [name for name in noted if name.startswith(("voltage-sag-l", "voltage-swell-l"))]
    ended = [name for name in noted if "-end-" in name]
    assert 0 <= len(begun) - len(ended) <= 1


def test_a_clock_that_drifts_is_synchronised() -> None:
    rights = dict.fromkeys(
        (
            "adjust_to_quarter",
            "adjust_to_measuring_period",
            "adjust_to_minute",
            "adjust_to_preset_time",
            "preset_adjusting_time",
        ),
        "x",
    )
    meter = meter_of(model_of(rows={"clock": {"methods": rights}}, drift=100))

    def late() -> float:
        return (meter.firmware.clock.reading - meter.firmware.clock.physical) / 1000

    meter.advance(DAY)
    assert late() == pytest.approx(8.64, abs=0.002)
    for method, step in ((1, 900), (2, 900), (3, 60)):
        act(meter, "clock", method)
        assert meter.firmware.clock.reading % (step * 1000) == 0
    wanted = START + timedelta(days=1, seconds=30)
    preset = [stamp(wanted), stamp(wanted - timedelta(hours=1)), stamp(wanted + timedelta(hours=1))]
    with pytest.raises(ActionError, match="other-reason"):
        act(meter, "clock", 4)
    act(meter, "clock", 5, data.structure(*preset))
    act(meter, "clock", 4)
    assert moment_of(get(meter, "clock")) == wanted
    act(meter, "clock", 5, data.structure(preset[0], preset[2], preset[2]))
    with pytest.raises(ActionError, match="other-reason"):
        act(meter, "clock", 4)


def test_events_of_a_model_without_tables_go_nowhere() -> None:
    meter = meter_of(msgspec.structs.replace(model_of(), event_tables=()))
    put(meter, "clock", 2, stamp(START + timedelta(minutes=20)))
    assert rows_of(meter, "event_log") == []
