"""Rates by calendar, special day, script and mask; passive calendars at their time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dlmskit.codec import data
from dlmskit.codec.date_time import CosemDate
from dlmskit.exceptions import ActionError, DataAccessError
from dlmskit.vmeter.meter import VirtualMeter

from .rigs import DAY, act, days_of, encoded, get, meter_of, put, stamp

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY = datetime(2026, 11, 23, tzinfo=AMSTERDAM)


def rates_by_hour(meter: VirtualMeter, hours: int) -> list[int]:
    """The rate that runs in the middle of each hour from the start on."""
    found = []
    for hour in range(hours):
        meter.advance(hour * 3600.0 + 1800)
        found.append(meter.firmware.tariffs.active)
    return found


def test_the_calendar_of_the_model_switches_at_local_time() -> None:
    working, free = [1] * 7 + [2] * 16 + [1], [1] * 24
    assert rates_by_hour(meter_of(start=MONDAY), 7 * 24) == working * 5 + free * 2
    # the clocks change in the night to the 25th of October, a Sunday of 25 hours
    saturday = datetime(2026, 10, 24, tzinfo=AMSTERDAM)
    assert rates_by_hour(meter_of(start=saturday), 24 + 25 + 24) == free + [1] * 25 + working


def test_what_runs_at_the_start_is_what_the_calendar_says() -> None:
    for hour, rate in ((6, 1), (7, 2), (22, 2), (23, 1)):
        assert meter_of(start=MONDAY.replace(hour=hour, minute=30)).firmware.tariffs.active == rate
    noon = meter_of(start=MONDAY.replace(hour=12))
    assert get(noon, "active_tariff") == b"0002"
    assert get(noon, "register_activation", 4) == b"2"


def test_special_days_go_before_the_week() -> None:
    christmas = datetime(2026, 12, 25, tzinfo=AMSTERDAM)
    assert christmas.weekday() < 5
    assert rates_by_hour(meter_of(start=christmas), 24) == [1] * 24
    meter = meter_of(start=MONDAY)
    entry = encoded(11, "entries", [{"index": 7, "specialday_date": CosemDate(2026, 11, 24, None), "day_id": 2}])
    act(meter, "special_days", 1, data.Data(entry.to_bytes()[2:]))
    assert rates_by_hour(meter, 48)[24:] == [1] * 24
    act(meter, "special_days", 2, data.long_unsigned(7))
    assert [each["index"] for each in meter.firmware.meaning(meter.model.object("special_days"), "entries")] == [1, 2]
    with pytest.raises(ActionError, match="other-reason"):
        act(meter, "special_days", 2, data.long_unsigned(7))


def make_passive(meter: VirtualMeter) -> None:
    """Every day 06:00 rate 2, 09:00 rate 1."""
    row = meter.model.object("activity_calendar")
    put(meter, "activity_calendar", 6, data.octet_string(b"NEW"))
    put(meter, "activity_calendar", 7, meter.firmware.setting(row, "season_profile_active"))
    put(meter, "activity_calendar", 8, meter.firmware.setting(row, "week_profile_table_active"))
    put(meter, "activity_calendar", 9, days_of((1, [(6, 0, 2), (9, 0, 1)]), (2, [(6, 0, 2), (9, 0, 1)])))


def test_a_passive_calendar_is_activated_at_its_time_by_the_meter() -> None:
    meter = meter_of(start=MONDAY)
    make_passive(meter)
    put(meter, "activity_calendar", 10, stamp(MONDAY + timedelta(days=1, hours=8)))
    old, new = [1] * 7 + [2] * 16 + [1], [1] * 6 + [2] * 3 + [1] * 15
    assert rates_by_hour(meter, 72) == old + [1] * 7 + [2] + new[8:] + new
    assert get(meter, "activity_calendar", 2) == b"NEW"
    assert get(meter, "activity_calendar", 5) == get(meter, "activity_calendar", 9)


@pytest.mark.parametrize("now", [stamp(MONDAY - timedelta(days=1)), data.octet_string(bytes(9) + b"\x80\x00\xff")])
def test_a_passive_calendar_of_the_past_or_of_zeros_is_activated_at_once(now: data.Data) -> None:
    meter = meter_of(start=MONDAY.replace(hour=12))
    make_passive(meter)
    assert meter.firmware.tariffs.active == 2
    put(meter, "activity_calendar", 10, now)
    meter.advance(1)
    assert (get(meter, "activity_calendar", 2), meter.firmware.tariffs.active) == (b"NEW", 1)


def test_a_passive_calendar_waits_for_its_command() -> None:
    meter = meter_of(start=MONDAY.replace(hour=12))
    make_passive(meter)
    meter.advance(3 * DAY)
    assert get(meter, "activity_calendar", 2) == b"1"
    act(meter, "activity_calendar", 1)
    assert (get(meter, "activity_calendar", 2), meter.firmware.tariffs.active) == (b"NEW", 1)


def test_a_clock_that_is_set_into_another_rate_switches_at_once() -> None:
    meter = meter_of(start=MONDAY.replace(hour=22, minute=50))
    assert meter.firmware.tariffs.active == 2
    put(meter, "clock", 2, stamp(MONDAY.replace(hour=23, minute=5)))
    assert meter.firmware.tariffs.active == 1
    put(meter, "clock", 2, stamp(MONDAY.replace(hour=22, minute=5)))
    assert meter.firmware.tariffs.active == 2


def test_power_that_comes_back_finds_the_rate_of_the_time() -> None:
    meter = meter_of(start=MONDAY.replace(hour=22, minute=50))
    meter.firmware.power(False)
    meter.advance(3600)
    assert meter.firmware.tariffs.active == 2
    meter.firmware.power(True)
    assert meter.firmware.tariffs.active == 1


def test_registers_of_a_rate_run_only_then() -> None:
    meter = meter_of(start=MONDAY)
    roles = ("energy_import_tariff_1", "energy_import_tariff_2")
    for hour, runs in ((2, 0), (8, 1), (20, 1), (23.5, 0)):
        meter.advance(hour * 3600.0)
        before = [get(meter, role) for role in roles]
        meter.advance(hour * 3600.0 + 1500)
        grown = [get(meter, role) - early for role, early in zip(roles, before, strict=True)]
        assert grown[runs] > 0 == grown[1 - runs]


def test_masks_are_written_added_and_deleted() -> None:
    meter = meter_of(start=MONDAY)
    put(meter, "register_activation", 4, data.octet_string(b"2"))
    assert meter.firmware.tariffs.active == 2
    with pytest.raises(DataAccessError, match="other-reason"):
        put(meter, "register_activation", 4, data.octet_string(b"9"))
    mask = data.structure(data.octet_string(b"9"), data.array(data.unsigned(2), data.unsigned(3)))
    act(meter, "register_activation", 2, mask)
    put(meter, "register_activation", 4, data.octet_string(b"9"))
    assert meter.firmware.tariffs.rates is not None
    assert meter.firmware.tariffs.rates.running == {"energy_import_tariff_2", "energy_export_tariff_1"}
    act(meter, "register_activation", 3, data.octet_string(b"9"))
    with pytest.raises(ActionError, match="other-reason"):
        act(meter, "register_activation", 3, data.octet_string(b"9"))


def test_scripts_are_executed_by_their_number() -> None:
    meter = meter_of(start=MONDAY)
    act(meter, "tariff_scripts", 1, data.long_unsigned(2))
    assert meter.firmware.tariffs.active == 2
    with pytest.raises(ActionError, match="other-reason"):
        act(meter, "tariff_scripts", 1, data.long_unsigned(3))
    with pytest.raises(ActionError, match="type-unmatched"):
        act(meter, "tariff_scripts", 1, data.unsigned(1))


@pytest.mark.parametrize("octets", ["1100", "01010200", "010102030901310905FFFF0101FF090131"])
def test_tables_that_are_none_are_refused(octets: str) -> None:
    meter = meter_of(start=MONDAY)
    with pytest.raises(DataAccessError, match="type-unmatched"):
        put(meter, "activity_calendar", 7, data.Data(bytes.fromhex(octets)))


def test_an_empty_calendar_leaves_the_rate_that_runs() -> None:
    meter = meter_of(start=MONDAY.replace(hour=12))
    act(meter, "activity_calendar", 1)
    meter.advance(2 * DAY)
    assert meter.firmware.tariffs.active == 2
    assert (
        meter.firmware.present().reading == int((MONDAY.replace(hour=12)).astimezone(UTC).timestamp() + 2 * DAY) * 1000
    )
