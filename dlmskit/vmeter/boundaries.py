"""Boundaries on the meter's clock, numbered: every so many seconds, every day, every month.

A boundary is a reading, an instant in milliseconds as `MeterClock` counts them. Days and months begin at midnight of
the meter's zone, shorter periods are counted from midnight in standard time. Only the order of numbers means something.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import Protocol

from dlmskit.cosem.time import standard_offset
from dlmskit.vmeter.clock import ERA, SECOND, instant, moment

DAY = 86_400 * SECOND
_MILLISECOND = timedelta(milliseconds=1)


class Boundaries(Protocol):
    """An endless series of readings."""

    def number(self, reading: int) -> int:
        """The number of the last boundary at or before a reading."""

    def reading(self, number: int) -> int:
        """Where a boundary lies."""


class Every:
    """Every `period` milliseconds."""

    def __init__(self, period: int, zone: tzinfo) -> None:
        self._period = period
        self._phase = standard_offset(ERA, zone) // _MILLISECOND % period

    def number(self, reading: int) -> int:
        return (reading + self._phase) // self._period

    def reading(self, number: int) -> int:
        return number * self._period - self._phase


class Days:
    """Midnight of every `step`-th day."""

    def __init__(self, zone: tzinfo, step: int = 1) -> None:
        self._zone = zone
        self._step = step

    def number(self, reading: int) -> int:
        return moment(reading).astimezone(self._zone).toordinal() // self._step

    def reading(self, number: int) -> int:
        return midnight(date.fromordinal(number * self._step), self._zone)


class Months:
    """Midnight on the `day`-th of every month, 1 to 28."""

    def __init__(self, zone: tzinfo, day: int = 1) -> None:
        self._zone = zone
        self._day = day

    def number(self, reading: int) -> int:
        local = moment(reading).astimezone(self._zone)
        return local.year * 12 + local.month - 1 - (local.day < self._day)

    def reading(self, number: int) -> int:
        year, month = divmod(number, 12)
        return midnight(date(year, month + 1, self._day), self._zone)


def midnight(day: date, zone: tzinfo) -> int:
    """The instant at which a local day begins."""
    return instant(datetime(day.year, day.month, day.day, tzinfo=zone))


def boundaries(period: int, zone: tzinfo) -> Boundaries:
    """Those of a capture period in milliseconds: whole days follow the calendar."""
    days, rest = divmod(period, DAY)
    return Days(zone, days) if days and not rest else Every(period, zone)
