"""Demand averages, their maximum with its time, and billing by schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dlmskit.codec import data
from dlmskit.codec.date_time import CosemDate, CosemTime
from dlmskit.exceptions import FirmwareModelError
from dlmskit.model.device import AttributeRow, CaptureColumn
from dlmskit.vmeter.meter import VirtualMeter

from .rigs import DAY, act, get, meter_of, model_of, moment_of, put, rows_of, stamp, times_of

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
START = datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
QUARTER = 900


def quarters(meter: VirtualMeter, first: int, count: int) -> list[int]:
    """Watts averaged over quarters of an hour of the clock from 10:15 on."""
    energies = []
    for number in range(first, first + count + 1):
        at = (START.replace(minute=0) + timedelta(seconds=number * QUARTER)).timestamp() * 1000
        energies.append(meter.firmware.metrology.flowed(int(at)))
    return [(sum(late[:2]) - sum(early[:2])) // (QUARTER * 1000) for early, late in pairwise(energies)]


def test_the_last_average_is_that_of_the_last_whole_period_of_the_clock() -> None:
    meter = meter_of(start=START)
    for number in range(2, 40):
        meter.advance(number * QUARTER - 300 + 100)
        expected = quarters(meter, 1, number - 1)
        assert get(meter, "demand_import", 3) == expected[-1]
        assert get(meter, "demand_import_max") == max(expected)
    when = START.replace(minute=15) + timedelta(seconds=(expected.index(max(expected)) + 1) * QUARTER)
    assert moment_of(get(meter, "demand_import_max", 5)) == when
    assert moment_of(get(meter, "demand_import", 6)) == START.replace(minute=0) + timedelta(seconds=39 * QUARTER)
    assert get(meter, "demand_import", 7) == get(meter, "demand_import", 6)


def test_the_present_average_grows_through_its_period() -> None:
    meter = meter_of(start=START)
    meter.advance(600)  # 10:15
    before = get(meter, "demand_import", 2)
    meter.advance(600 + 450)
    half = get(meter, "demand_import", 2)
    meter.advance(600 + 899)
    late = get(meter, "demand_import", 2)
    meter.advance(600 + 900)
    assert before == 0 <= half <= late
    assert abs(get(meter, "demand_import", 3) - late) <= max(late // 100, 2)


def test_a_sliding_window_is_the_mean_of_its_periods() -> None:
    sliding = {"period": AttributeRow(value=300), "number_of_periods": AttributeRow(value=3)}
    meter = meter_of(model_of(rows={"demand_import": {"attributes": sliding}}), start=START)
    evening = 600 + 32 * QUARTER
    meter.advance(evening)
    assert get(meter, "demand_import", 3) == quarters(meter, 32, 1)[0] > 0
    meter.advance(evening + 300)
    assert get(meter, "demand_import", 3) != quarters(meter, 32, 1)[0]


def test_a_reset_begins_the_maximum_anew() -> None:
    meter = meter_of(start=START)
    meter.advance(DAY)
    assert get(meter, "demand_import_max") > 0
    act(meter, "demand_import_max", 1)
    assert get(meter, "demand_import_max") == 0
    assert moment_of(get(meter, "demand_import_max", 5)) == START + timedelta(days=1)


def test_a_maximum_of_a_rate_counts_only_while_that_runs() -> None:
    model = model_of()
    row = msgspec.structs.replace(
        model.object("demand_import_max"),
        name="demand_import_max_tariff_1",
        obis=model.object("demand_import_max").obis,
    )
    rows = tuple(row if each.name == "demand_import_max" else each for each in model.objects)
    profile = {"billing_profile": {"capture": (CaptureColumn("clock"),)}}
    model = msgspec.structs.replace(model, objects=rows)
    changed = tuple(msgspec.structs.replace(each, **profile.get(each.name, {})) for each in model.objects)
    meter = meter_of(msgspec.structs.replace(model, objects=changed), start=START)
    meter.advance(DAY)
    assert get(meter, "demand_import_max_tariff_1") == 0
    put(meter, "register_activation", 4, data.octet_string(b"1"))
    assert meter.firmware.tariffs.rates is not None


def test_months_are_billed_at_midnight_and_the_maximum_begins_anew() -> None:
    meter = meter_of(start=START)
    past = rows_of(meter, "billing_profile")
    assert len(past) == 13
    meter.advance(100 * DAY)
    rows = rows_of(meter, "billing_profile")
    assert rows[:9] == past[4:]
    stamps = [moment_of(row[0]).astimezone(AMSTERDAM) for row in rows]
    assert all((each.day, each.hour, each.minute) == (1, 0, 0) for each in stamps)
    assert [each.month for each in stamps] == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3][-13:]
    for row, (early, late) in zip(rows[1:], pairwise(stamps), strict=True):
        assert early < moment_of(row[6]) <= late
        assert row[5] > 0
    energies = [row[1:5] for row in rows]
    assert all(late >= early for before, after in pairwise(energies) for early, late in zip(before, after, strict=True))
    for total, low, normal, _ in energies:
        assert 0 <= total - low - normal <= 1


def test_a_schedule_is_written_and_what_was_missed_is_done_once() -> None:
    meter = meter_of(start=START)
    meter.firmware.profiles["billing_profile"].clear()
    every = (CosemDate(None, None, None, None), CosemTime(12, 0, 0, 0))
    put(meter, "billing_schedule", 4, times_of(every))
    meter.advance(3 * DAY)
    assert [moment_of(row[0]).astimezone(AMSTERDAM).hour for row in rows_of(meter, "billing_profile")] == [12] * 3
    meter.firmware.power(False)
    meter.advance(5 * DAY + 3600)
    assert len(rows_of(meter, "billing_profile")) == 3
    meter.firmware.power(True)
    assert len(rows_of(meter, "billing_profile")) == 4
    put(meter, "clock", 2, stamp(START + timedelta(days=6, hours=5)))
    assert len(rows_of(meter, "billing_profile")) == 5
    meter.advance(6 * DAY)
    assert len(rows_of(meter, "billing_profile")) == 6


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (CosemDate(None, None, 0xFE, None), ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"]),
        (CosemDate(None, None, 0xFD, None), ["2026-11-29", "2026-12-30", "2027-01-30", "2027-02-27"]),
        (CosemDate(None, None, None, 1), ["2026-11-23", "2026-11-30", "2026-12-07", "2026-12-14"]),
        (CosemDate(2026, 12, 24, None), ["2026-12-24"]),
        (CosemDate(2020, 1, 1, None), []),
        (CosemDate(None, 0xFE, 0xFE, 7), []),
        (CosemDate(None, 0xFE, 31, None), ["2027-03-31"]),
    ],
)
def test_dates_of_schedules_have_wildcards(date: CosemDate, expected: list[str]) -> None:
    meter = meter_of(model_of(rows={"billing_profile": {"entries": 500}}), start=START)
    meter.firmware.profiles["billing_profile"].clear()
    put(meter, "billing_schedule", 4, times_of((date, CosemTime(1, 30, 0, 0))))
    meter.advance(140 * DAY)
    found = [str(moment_of(row[0]).astimezone(AMSTERDAM).date()) for row in rows_of(meter, "billing_profile")]
    assert found[: len(expected)] == expected
    assert bool(found) is bool(expected)


def test_a_demand_of_nothing_is_refused() -> None:
    model = model_of()
    rows = tuple(
        msgspec.structs.replace(row, name="demand_warmth") if row.name == "demand_import" else row
        for row in model.objects
    )
    with pytest.raises(FirmwareModelError, match="demand_warmth"):
        meter_of(msgspec.structs.replace(model, objects=rows))
