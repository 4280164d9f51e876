"""The clock: physical time from the host, a reading that may be wrong, and both deviation signs on the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.time import TimeRules
from dlmskit.exceptions import FirmwareModelError
from dlmskit.vmeter.clock import MINUTE, SECOND, MeterClock, instant, moment, to_nearest, zone_of

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SUMMER = datetime(2026, 7, 1, 10, 30, 15, tzinfo=UTC)
WINTER = datetime(2026, 11, 21, 10, 30, 15, tzinfo=UTC)


def test_time_advances_with_the_host_from_its_first_call_and_never_back() -> None:
    clock = MeterClock(WINTER)
    for now, seconds in ((5000.25, 0), (5010.25, 10), (5009.0, 10), (5011.5, 11.25)):
        clock.physical = clock.elapse(now)
        assert moment(clock.physical).timestamp() == WINTER.timestamp() + seconds


def test_setting_moves_the_reading_and_leaves_physical_time_alone() -> None:
    clock = MeterClock(WINTER)
    physical = clock.physical
    assert clock.set(instant(WINTER) + 90 * SECOND) == 90 * SECOND
    assert (clock.physical, clock.reading, clock.adjusted) == (physical, physical + 90 * SECOND, 1)
    clock.set(clock.reading)
    assert clock.adjusted == 1


@pytest.mark.parametrize(
    ("at", "reversed_deviation", "octets"),
    [
        # local time in Amsterdam with UTC+2 in summer (deviation -120 = FF88 by the standard), UTC+1 in winter
        (SUMMER, False, "07EA0701030C1E0F00FF8880"),
        (SUMMER, True, "07EA0701030C1E0F00007880"),
        (WINTER, False, "07EA0B15060B1E0F00FFC400"),
        (WINTER, True, "07EA0B15060B1E0F00003C00"),
    ],
)
def test_the_sign_of_the_deviation_is_the_models(at: datetime, reversed_deviation: bool, octets: str) -> None:
    clock = MeterClock(at, zone=AMSTERDAM, reversed_deviation=reversed_deviation)
    assert clock.cosem(clock.reading).to_bytes().hex().upper() == octets
    assert clock.from_cosem(CosemDateTime.from_bytes(bytes.fromhex(octets))) == instant(at)


def test_daylight_saving_shows_in_the_status_at_the_very_second() -> None:
    clock = MeterClock(WINTER, zone=AMSTERDAM)
    change = instant(datetime(2026, 10, 25, 1, 0, tzinfo=UTC))
    before, after = clock.cosem(change - SECOND), clock.cosem(change)
    assert (before.hour, before.deviation, before.status) == (2, -120, 0x80)
    assert (after.hour, after.deviation, after.status) == (2, -60, 0)


def test_a_written_time_without_deviation_is_local() -> None:
    clock = MeterClock(SUMMER, zone=AMSTERDAM)
    unspecified = bytes.fromhex("07EA0701030C1E0F00800000")
    assert clock.from_cosem(CosemDateTime.from_bytes(unspecified)) == instant(SUMMER)


def test_adjusting_goes_to_the_nearest() -> None:
    quarter = 15 * MINUTE
    noon = instant(datetime(2026, 7, 1, 12, tzinfo=UTC))
    assert to_nearest(noon + quarter // 2 - 1, quarter) == noon
    assert to_nearest(noon + quarter // 2, quarter) == noon + quarter


def test_what_cannot_be_simulated_is_refused_by_name() -> None:
    with pytest.raises(FirmwareModelError, match="naive"):
        MeterClock(datetime(2026, 1, 1))
    with pytest.raises(FirmwareModelError, match="Nowhere/City"):
        zone_of(TimeRules(zone="Nowhere/City"))


def test_the_zone_follows_the_time_rules() -> None:
    assert zone_of(TimeRules()) is UTC
    assert zone_of(TimeRules(zone="Europe/Amsterdam", policy="utc")) is UTC
    assert zone_of(TimeRules(zone="Europe/Amsterdam")) == AMSTERDAM
    rules = TimeRules(zone="Europe/Amsterdam", policy="standard-time-all-year")
    always_winter = MeterClock(SUMMER, zone=zone_of(rules))
    assert always_winter.cosem(always_winter.reading).deviation == -60
    assert not always_winter.daylight_saving(always_winter.reading)
