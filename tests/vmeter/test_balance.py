"""Nothing gets lost: over seeds, loads, calendars, outages and commands energy adds up to the last unit."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlmskit.codec import data
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.metrology import WHOLE
from dlmskit.vmeter.quantities import MEASURED, RATES

from .rigs import DAY, START, act, days_of, get, meter_of, model_of, put, rows_of, stamp

LOADS = ("prosumer", "household", "household-solar", "shop", "solar", "empty")
RUN = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

switches = st.lists(
    st.tuples(st.integers(0, 23), st.sampled_from((0, 15, 30, 59)), st.integers(1, 2)),
    max_size=5,
    unique_by=lambda e: e[:2],
)
calendars = st.tuples(switches, switches)
commands = st.sampled_from(("disconnect", "reconnect", "back", "forward", "mask", "calendar", "down", "up", "nothing"))
histories = st.lists(st.tuples(st.integers(1, 4 * DAY), commands, calendars), min_size=1, max_size=8)


def do(meter: VirtualMeter, command: str, calendar: tuple[Any, Any]) -> None:
    clock = meter.firmware.clock
    match command:
        case "disconnect":
            act(meter, "disconnect_control", 1)
        case "reconnect":
            act(meter, "disconnect_control", 2)
        case "back" | "forward":
            by = timedelta(minutes=-50 if command == "back" else 50)
            put(meter, "clock", 2, stamp(clock.local(clock.reading) + by))
        case "mask":
            put(meter, "register_activation", 4, data.octet_string(b"1"))
        case "calendar":
            put(meter, "activity_calendar", 9, days_of((1, calendar[0]), (2, calendar[1])))
            put(meter, "activity_calendar", 8, data.Data(meter_week(meter)))
            act(meter, "activity_calendar", 1)
        case "down" | "up":
            meter.firmware.power(command == "up")


def meter_week(meter: VirtualMeter) -> bytes:
    row = meter.model.object("activity_calendar")
    for name, number in (("season_profile", 7), ("calendar_name", 6)):
        put(meter, "activity_calendar", number, meter.firmware.setting(row, f"{name}_active"))
    return meter.firmware.setting(row, "week_profile_table_active").to_bytes()


def amounts(meter: VirtualMeter) -> dict[str, int]:
    truth = meter.firmware.present().truth
    return {role: each.of(truth) for role, each in MEASURED.items() if "energy" in role}


def check(found: dict[str, int], start: dict[str, int]) -> None:
    for flow in ("import", "export"):
        rates = [found[f"energy_{flow}_tariff_{rate}"] for rate in RATES]
        assert sum(rates) == found[f"energy_{flow}_total"]
        assert sum(found[f"energy_{flow}_l{phase}"] for phase in (1, 2, 3)) == found[f"energy_{flow}_total"] * WHOLE
    assert found["energy_import_total"] + found["energy_export_total"] == found["energy_absolute_total"]
    quadrants = [found[f"reactive_energy_q{each}_total"] for each in (1, 2, 3, 4)]
    assert quadrants[0] + quadrants[1] == found["reactive_energy_import_total"]
    assert quadrants[2] + quadrants[3] == found["reactive_energy_export_total"]
    assert all(found[role] >= start[role] for role in found)


@RUN
@given(st.integers(-(2**40), 2**40), st.sampled_from(LOADS), st.sampled_from(("steady", "usual", "poor")), histories)
def test_rates_phases_and_quadrants_add_up(seed: int, load: str, grid: str, history: list[Any]) -> None:
    meter, now = meter_of(model_of(load=load, grid=grid), seed=seed), 0.0
    last = amounts(meter)
    for span, command, calendar in history:
        now += span
        meter.advance(now)
        do(meter, command, calendar)
        found = amounts(meter)
        check(found, last)
        last = found


@RUN
@given(st.integers(0, 2**32), st.sampled_from(LOADS), st.sampled_from(("usual", "poor")), histories)
def test_intervals_of_the_profile_add_up_to_the_registers(seed: int, load: str, grid: str, history: list[Any]) -> None:
    meter, now = meter_of(model_of(load=load, grid=grid), seed=seed), 0.0
    before = [get(meter, "energy_import_total"), get(meter, "energy_export_total")]
    act_rows = len(meter.firmware.profiles["load_profile"])
    meter.firmware.profiles["load_profile"].clear()
    assert act_rows == 2880
    for span, command, calendar in history:
        now += span
        meter.advance(now)
        do(meter, command, calendar)
    after = [get(meter, "energy_import_total"), get(meter, "energy_export_total")]
    rows = rows_of(meter, "load_profile")
    for column in (0, 1):
        readings = [before[column], *(row[2 + column] for row in rows), after[column]]
        assert readings == sorted(readings)
        assert sum(late - early for early, late in pairwise(readings)) == after[column] - before[column]


@RUN
@given(st.integers(0, 2**32), st.sampled_from(("household-solar", "prosumer")), histories)
def test_a_long_advance_equals_many_short_ones(seed: int, load: str, history: list[Any]) -> None:
    """The same commands at the same moments, with time passing in one step or in many between them."""
    model = model_of(load=load, grid="poor", drift=40)
    states = []
    for steps in (1, 7):
        meter, now = meter_of(model, seed=seed), 0.0
        for span, command, calendar in history:
            for step in range(1, steps + 1):
                meter.advance(now + span * step / steps)
            now += span
            do(meter, command, calendar)
        states.append(meter.firmware.save())
    assert states[0] == states[1]


@pytest.mark.parametrize("load", LOADS)
def test_a_meter_with_another_load_measures_something_else(load: str) -> None:
    meter = meter_of(model_of(load=load))
    before = meter.firmware.present().truth
    meter.advance(7 * DAY)
    after = meter.firmware.present().truth
    used, fed = (
        (late.total - early.total) // 3_600_000
        for early, late in ((before.energy_import, after.energy_import), (before.energy_export, after.energy_export))
    )
    low, high, exports = {
        "prosumer": (30_000, 250_000, True),
        "household": (30_000, 250_000, False),
        "household-solar": (20_000, 250_000, True),
        "shop": (100_000, 900_000, False),
        "solar": (100, 20_000, True),
        "empty": (0, 1_000, False),
    }[load]
    assert low <= used <= high
    assert (fed > 1_000) is exports


def test_a_working_day_is_not_a_sunday_and_winter_not_summer() -> None:
    def week(start: datetime) -> list[int]:
        meter, days = meter_of(model_of(load="household-solar"), start=start), []
        for day in range(1, 8):
            before = meter.firmware.present().truth.energy
            meter.advance(day * DAY)
            days.append(sum(meter.firmware.present().truth.energy[2:]) - sum(before[2:]))
        return days

    winter, summer = (week(START.replace(month=month, hour=0)) for month in (1, 7))
    assert sum(summer) > 2 * sum(winter)
