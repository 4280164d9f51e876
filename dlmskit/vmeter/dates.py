"""Dates and times of schedules and calendars, with their wildcards, in the meter's zone.

Months FE and FD are those in which daylight saving begins and ends, days FE and FD the last and the second last of the
month. Source: Blue Book, date and time formats.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from dlmskit.codec.date_time import (
    DAYLIGHT_SAVING_BEGIN,
    DAYLIGHT_SAVING_END,
    LAST_DAY_OF_MONTH,
    SECOND_LAST_DAY_OF_MONTH,
    CosemDate,
    CosemDateTime,
    CosemTime,
)
from dlmskit.vmeter.clock import instant

LONGEST_SEARCH = 4 * 366 + 1
"""days within which every pattern that means any day has one"""
_WHOLE_DAY = range(24)
_WHOLE_HOUR = range(60)


def matches(pattern: CosemDate | CosemDateTime, day: date, zone: tzinfo) -> bool:
    """Whether a date is one that a pattern means."""
    return (
        pattern.year in (None, day.year)
        and _month(pattern.month, day.year, zone) in (None, day.month)
        and _day(pattern.day, day) in (None, day.day)
        and pattern.day_of_week in (None, 0, day.isoweekday())
    )


def first_of(pattern: CosemDate | CosemDateTime, year: int, zone: tzinfo) -> date | None:
    """The first date in a year that a pattern without regard to its weekday means; None where the year is another."""
    if pattern.year not in (None, year):
        return None
    month = _month(pattern.month, year, zone) or 1
    return date(year, month, min(_day(pattern.day, date(year, month, 1)) or 1, monthrange(year, month)[1]))


def times(pattern: CosemTime) -> list[tuple[int, int, int]]:
    """Hours, minutes and seconds that a time with wildcards means; a wildcard in the seconds is second 0."""
    hours = _WHOLE_DAY if pattern.hour is None else (pattern.hour,)
    minutes = _WHOLE_HOUR if pattern.minute is None else (pattern.minute,)
    return [(hour, minute, pattern.second or 0) for hour in hours for minute in minutes]


def reading_of(day: date, hour: int, minute: int, second: int, zone: tzinfo) -> int:
    """The instant of a local time; of two in the doubled hour the first."""
    return instant(datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone))


def changes(zone: tzinfo, year: int) -> tuple[int, ...]:
    """The instants in a year at which the zone's offset changes."""
    return _changes(zone, year)


@lru_cache(1024)
def _changes(zone: tzinfo, year: int) -> tuple[int, ...]:
    day, found = datetime(year, 1, 1, tzinfo=zone), []
    while day.year == year:
        following = day + timedelta(days=1)
        if day.utcoffset() != following.utcoffset():
            begin, end = instant(day), instant(following)
            late = following.utcoffset()
            while end - begin > 1:
                middle = (begin + end) // 2
                if _offset(middle, zone) == late:
                    end = middle
                else:
                    begin = middle
            found.append(end)
        day = following
    return tuple(found)


def _offset(at: int, zone: tzinfo) -> timedelta | None:
    return datetime.fromtimestamp(at / 1000, zone).utcoffset()


def _month(month: int | None, year: int, zone: tzinfo) -> int | None:
    if month not in (DAYLIGHT_SAVING_BEGIN, DAYLIGHT_SAVING_END):
        return month
    found = [datetime.fromtimestamp(at / 1000, zone) for at in changes(zone, year)]
    wanted = [local.month for local in found if bool(local.dst()) is (month == DAYLIGHT_SAVING_BEGIN)]
    return wanted[0] if wanted else 0


def _day(day: int | None, of: date) -> int | None:
    last = monthrange(of.year, of.month)[1]
    return {LAST_DAY_OF_MONTH: last, SECOND_LAST_DAY_OF_MONTH: last - 1}.get(day or 0, day)
