"""Instants and stamps, at both deviation signs and around daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.time import TimeRules, from_limit, from_stamp, to_limit, to_stamp
from dlmskit.exceptions import NotRepresentable

ZONE = "Europe/Amsterdam"
RULES = {
    "standard sign": TimeRules(zone=ZONE),
    "reversed sign": TimeRules("reversed", ZONE),
    "standard time all year": TimeRules(zone=ZONE, policy="standard-time-all-year"),
    "local": TimeRules(zone=ZONE, policy="local"),
    "utc": TimeRules(zone=ZONE, policy="utc"),
    "range in utc": TimeRules(zone=ZONE, range_in="utc"),
    "no zone": TimeRules(),
}
SUMMER = datetime(2026, 7, 1, 12, 30, 15, 250_000, tzinfo=UTC)

# octets written by hand: year, month, day, weekday, hour, minute, second, hundredths, deviation, status
STAMPS = {
    "standard sign": "07EA 07 01 03 0E 1E 0F 19 FF88 80",
    "reversed sign": "07EA 07 01 03 0E 1E 0F 19 0078 80",
    "standard time all year": "07EA 07 01 03 0D 1E 0F 19 8000 00",
    "local": "07EA 07 01 03 0E 1E 0F 19 8000 80",
    "utc": "07EA 07 01 03 0C 1E 0F 19 8000 00",
    "no zone": "07EA 07 01 03 0C 1E 0F 19 0000 00",
}


@pytest.mark.parametrize("name", STAMPS)
def test_a_summer_instant_in_every_rule(name: str) -> None:
    stamp = to_stamp(SUMMER, RULES[name])
    assert stamp.to_bytes() == bytes.fromhex(STAMPS[name])
    assert from_stamp(stamp, RULES[name]) == SUMMER


def test_limits_are_written_in_the_time_that_the_meter_wants() -> None:
    assert to_limit(SUMMER, RULES["range in utc"]).to_bytes() == bytes.fromhex("07EA 07 01 03 0C 1E 0F 19 0000 00")
    assert to_limit(SUMMER, RULES["reversed sign"]).to_bytes() == bytes.fromhex(STAMPS["reversed sign"])
    foreign = CosemDateTime(2026, 7, 1, None, 12, 30, 15, 25)
    assert from_limit(foreign, RULES["range in utc"]) == SUMMER


instants = st.integers(0, 50 * 366 * 86_400 * 100).map(
    lambda hundredths: datetime(2001, 1, 1, tzinfo=UTC) + timedelta(milliseconds=10 * hundredths)
)
around_changes = st.tuples(
    st.sampled_from([datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]),
    st.integers(-3 * 3600, 3 * 3600),
).map(lambda pair: pair[0] + timedelta(seconds=pair[1]))


@given(instants | around_changes, st.sampled_from(sorted(RULES)))
def test_every_instant_comes_back(moment: datetime, name: str) -> None:
    stamp = CosemDateTime.from_bytes(to_stamp(moment, RULES[name]).to_bytes())
    assert from_stamp(stamp, RULES[name]) == moment
    assert from_stamp(stamp, RULES[name]).tzinfo is UTC
    assert from_limit(to_limit(moment, RULES[name]), RULES[name]) == moment


def test_the_doubled_hour_is_told_apart_by_the_daylight_saving_bit() -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    stamps = [to_stamp(moment, RULES["local"]) for moment in (first, second)]
    assert [(stamp.hour, stamp.status) for stamp in stamps] == [(2, 0x80), (2, 0)]
    assert [from_stamp(stamp, RULES["local"]) for stamp in stamps] == [first, second]


def local(hour: int, month: int, day: int, status: int | None) -> CosemDateTime:
    return CosemDateTime(2026, month, day, None, hour, 30, 0, 0, None, status)


def test_a_local_time_that_is_not_or_is_twice_is_no_instant() -> None:
    with pytest.raises(NotRepresentable, match="twice"):
        from_stamp(local(2, 10, 25, None), RULES["local"])
    for status in (0, 0x80, None):
        with pytest.raises(NotRepresentable, match="never"):
            from_stamp(local(2, 3, 29, status), RULES["local"])
    assert from_stamp(local(3, 10, 25, None), RULES["local"]) == datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
    assert from_stamp(local(1, 3, 29, None), RULES["local"]) == datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


def test_irish_winter_is_no_daylight_saving_time() -> None:
    """The time zone database may call Irish summer the standard time, with winter an hour less."""
    dublin = TimeRules(zone="Europe/Dublin")
    winter, summer = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    assert [to_stamp(moment, dublin).status for moment in (winter, summer)] == [0, 0x80]
    rules = msgspec.structs.replace(dublin, policy="standard-time-all-year")
    assert [to_stamp(moment, rules).hour for moment in (winter, summer)] == [0, 0]
    doubled = [local(1, 10, 25, status) for status in (0x80, 0)]
    rules = msgspec.structs.replace(dublin, policy="local")
    assert [from_stamp(stamp, rules).hour for stamp in doubled] == [0, 1]


@pytest.mark.parametrize("name", sorted(RULES))
@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_instants_at_the_ends_of_the_calendar_are_refused(name: str, text: str) -> None:
    with pytest.raises(NotRepresentable, match="no date-time form"):
        to_stamp(datetime.fromisoformat(text), RULES[name])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"hour": None}, "leaves a field open"),
        ({"year": None}, "leaves a field open"),
        ({"day": 0xFE}, "no day"),
        ({"month": 2, "day": 30}, "no day"),
        ({"status": 0x01}, "invalid"),
        ({"deviation": None}, "no deviation"),
    ],
)
def test_what_is_no_single_instant_is_refused(change: dict[str, int | None], told: str) -> None:
    stamp = msgspec.structs.replace(to_stamp(SUMMER, RULES["standard sign"]), **change)
    with pytest.raises(NotRepresentable, match=told):
        from_stamp(stamp, RULES["standard sign"])


def test_an_unknown_zone_and_a_year_without_a_form_are_refused() -> None:
    with pytest.raises(NotRepresentable, match="Mars"):
        to_stamp(SUMMER, TimeRules(zone="Mars/Olympus"))
    with pytest.raises(NotRepresentable):
        from_stamp(CosemDateTime(1, 1, 1, None, 0, 0, 0, 0, -120, 0), RULES["standard sign"])
