"""The simulated clock: physical time that the host advances, and the meter's own reading of it, which may be set wrong.

Instants are integer milliseconds since 1970-01-01T00:00:00Z. Physical time drives the metrology; the reading (physical
time plus an offset, and the drift of its crystal) is what the meter shows, stamps profile entries with and captures by.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem import time
from dlmskit.cosem.time import TimeRules
from dlmskit.exceptions import FirmwareModelError, NotRepresentable

SECOND = 1000
MINUTE = 60 * SECOND
MILLION = 1_000_000
END = 4_102_444_800_000
"""where simulated time stops: 2100-01-01T00:00:00Z"""
DAYLIGHT_SAVING = 0x80
"""clock status bit 7"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ERA = datetime(2020, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def instant(moment: datetime) -> int:
    """An aware datetime as an instant, truncated to the millisecond. Raises `FirmwareModelError` for a naive one."""
    if moment.utcoffset() is None:
        raise FirmwareModelError("a virtual meter needs times with a zone, found a naive datetime")
    return (moment - _EPOCH) // _MILLISECOND


def moment(at: int) -> datetime:
    """An instant as an aware datetime in UTC."""
    return _EPOCH + at * _MILLISECOND


def zone_of(rules: TimeRules) -> tzinfo:
    """The zone that a meter's clock shows by the model's time rules; without daylight saving where they say so.

    Raises `FirmwareModelError` for a zone that this system does not know.
    """
    if rules.policy == "utc":
        return UTC
    try:
        zone = time.zone_of(rules)
    except NotRepresentable as error:
        raise FirmwareModelError(f"the model's clock cannot run: {error}") from None
    return timezone(time.standard_offset(ERA, zone)) if rules.policy == "standard-time-all-year" else zone


class MeterClock:
    """Physical time and the meter's reading of it.

    `physical` and `reading` are instants; `zone` is where the meter stands; `reversed_deviation` is the model's
    deviation sign; `drift` is in parts per million, fast when positive; `adjusted` counts how often the reading was
    moved. The reading was right at the start.
    """

    def __init__(
        self, start: datetime, *, zone: tzinfo = UTC, reversed_deviation: bool = False, drift: int = 0
    ) -> None:
        self.physical = instant(start)
        self.offset = 0
        self.drift = drift
        self.zone = zone
        self.reversed_deviation = reversed_deviation
        self.adjusted = 0
        self.preset: tuple[int, ...] = ()
        """a reading to go to, and between which readings that may be done; empty for none"""
        self._start = self._since = self.physical
        self._host: float | None = None

    @property
    def reading(self) -> int:
        """What the meter believes, as an instant."""
        return self.reading_at(self.physical)

    def reading_at(self, physical: int) -> int:
        """What the meter believes at a physical instant, the clock left alone meanwhile."""
        return physical + self.offset + (physical - self._since) * self.drift // MILLION

    def physical_at(self, reading: int) -> int:
        """The first physical instant at which the meter believes to have reached a reading."""
        if not self.drift:
            return reading - self.offset
        ahead = reading - self.offset - self._since
        physical = self._since + ahead * MILLION // (MILLION + self.drift) - 2
        while self.reading_at(physical) < reading:
            physical += 1
        return physical

    def elapse(self, now: float) -> int:
        """Physical time for the host's monotonic `now` in seconds, up to `END`; never goes back.

        The first call fixes the base.
        """
        if self._host is None:
            self._host = now
        return min(max(self.physical, self._start + int((now - self._host) * SECOND)), END)

    def set(self, reading: int) -> int:
        """Move the reading to this instant; gives the shift in milliseconds."""
        shift = reading - self.reading
        self.offset, self._since = reading - self.physical, self.physical
        self.adjusted += shift != 0
        return shift

    def save(self) -> list[Any]:
        """What does not follow from physical time."""
        return [self.physical, self.offset, self._since, self.adjusted, list(self.preset)]

    def load(self, state: list[Any]) -> None:
        """Go on from what was saved; the host's time begins anew."""
        self.physical, self.offset, self._since, self.adjusted, preset = state
        self.preset = tuple(preset)
        self.rebase()

    def rebase(self) -> None:
        """The host's time begins anew from here."""
        self._start, self._host = self.physical, None

    def pretend(self, physical: int, reading: int) -> None:
        """Be at a moment that was, as long as nothing but the clock is asked."""
        self.physical = self._since = physical
        self.offset = reading - physical

    def local(self, reading: int) -> datetime:
        """A reading in the meter's zone."""
        return moment(reading).astimezone(self.zone)

    def daylight_saving(self, reading: int) -> bool:
        """Whether daylight saving is in force at a reading."""
        local = self.local(reading)
        return (local.utcoffset() or timedelta(0)) > _standard_offset(local.year, self.zone)

    def cosem(self, reading: int) -> CosemDateTime:
        """A reading as the meter sends it: local time, deviation in the model's sign, daylight saving in the status."""
        status = DAYLIGHT_SAVING if self.daylight_saving(reading) else 0
        return CosemDateTime.from_datetime(
            self.local(reading), reversed_deviation=self.reversed_deviation, status=status
        )

    def from_cosem(self, value: CosemDateTime) -> int:
        """The instant of a written date-time; without a deviation it is local time of the zone.

        Raises what `CosemDateTime.to_datetime` raises for wildcards.
        """
        return instant(value.to_datetime(reversed_deviation=self.reversed_deviation, zone=self.zone))


@lru_cache(1024)
def _standard_offset(year: int, zone: tzinfo) -> timedelta:
    return time.standard_offset(datetime(year, 1, 1), zone)


def to_nearest(reading: int, step: int) -> int:
    """The multiple of `step` milliseconds nearest to a reading; the later one when it is half way."""
    return (reading + step // 2) // step * step
