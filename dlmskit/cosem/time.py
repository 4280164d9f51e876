"""Instants and stamps of a meter, by what is known about its time.

People and the market speak of aware datetimes; a meter writes local time, a deviation in one sign or the other, or
nothing but local time. Source: Blue Book, date and time formats; the signs are the model's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from dlmskit.codec.date_time import STATUS_DAYLIGHT_SAVING, STATUS_INVALID, CosemDateTime
from dlmskit.exceptions import DecodeError, EncodeError, NotRepresentable
from dlmskit.obis import Obis


class TimeRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[time]`: how stamps of this meter are to be read and written.

    `policy` says what a stamp without a deviation means: refuse it, standard time of `zone` all the year, the civil
    time of `zone`, or UTC.
    """

    deviation_sign: Literal["standard", "reversed"] = "standard"
    zone: str | None = None
    policy: Literal["deviation", "standard-time-all-year", "local", "utc"] = "deviation"
    range_in: Literal["local", "utc"] = "local"
    """in which time the limits of a profile range selector are written"""
    seconds: Obis | None = None
    """the Data object that counts seconds since 2000 in UTC and stamps profiles in place of a clock"""

    @property
    def reversed_deviation(self) -> bool:
        return self.deviation_sign == "reversed"


def zone_of(rules: TimeRules) -> tzinfo:
    """The meter's civil time zone, UTC where the model names none. Raises `NotRepresentable` for an unknown name."""
    if rules.zone is None:
        return UTC
    try:
        return ZoneInfo(rules.zone)
    except (KeyError, ValueError, OSError):
        raise NotRepresentable(f"this system knows no time zone {rules.zone}") from None


def standard_offset(near: datetime, zone: tzinfo) -> timedelta:
    """What `zone` is ahead of UTC without daylight saving, in the year of `near`.

    The lesser offset of January and July: for some zones the database calls winter time the exception.
    """
    offsets = (datetime(near.year, month, 1, tzinfo=zone).utcoffset() for month in (1, 7))
    return min(offset or timedelta(0) for offset in offsets)


def to_stamp(moment: datetime, rules: TimeRules) -> CosemDateTime:
    """`moment` as the meter's clock would stamp it, cut to hundredths.

    Under policy ``deviation`` the stamp has a deviation in the model's sign and the daylight saving bit; under the
    others it has none and is written in the time that the policy names. Raises `NotRepresentable` for a naive datetime,
    a year that has no form or an offset that is not of whole minutes.
    """
    if rules.policy == "utc":
        return _open(_cosem(moment, UTC, rules))
    zone = zone_of(rules)
    if rules.policy == "standard-time-all-year":
        return _open(_cosem(moment, timezone(standard_offset(moment, zone)), rules))
    stamp = _cosem(moment, zone, rules)
    return stamp if rules.policy == "deviation" else _open(stamp)


_SECOND_ZERO = datetime(2000, 1, 1, tzinfo=UTC)


def to_seconds(moment: datetime) -> int:
    """Whole seconds since 2000. Raises `NotRepresentable` for a naive datetime and outside 32 bits."""
    if moment.utcoffset() is None:
        raise NotRepresentable(f"{moment} is a naive datetime, which is no instant: give it a tzinfo")
    seconds = (moment - _SECOND_ZERO) // timedelta(seconds=1)
    if not 0 <= seconds < 1 << 32:
        raise NotRepresentable(f"{moment.isoformat()} is outside the seconds that 32 bits count from 2000")
    return seconds


def from_seconds(seconds: int) -> CosemDateTime:
    """The stamp, in UTC, of so many seconds since 2000."""
    return CosemDateTime.from_datetime(_SECOND_ZERO + timedelta(seconds=seconds))


def to_limit(moment: datetime, rules: TimeRules) -> CosemDateTime:
    """`moment` as a limit of a profile range, local or UTC as the model wants it."""
    return _cosem(moment, UTC, rules) if rules.range_in == "utc" else to_stamp(moment, rules)


def from_stamp(stamp: CosemDateTime, rules: TimeRules) -> datetime:
    """The instant of a stamp, in UTC.

    A deviation in the stamp decides; without one the model's policy does, and the daylight saving bit tells the doubled
    hour apart. Raises `NotRepresentable` for wildcards, an invalid clock, or a stamp that means no single instant.
    """
    if stamp.status is not None and stamp.status & STATUS_INVALID:
        raise NotRepresentable(f"the meter marks its time {stamp} as invalid")
    try:
        if stamp.deviation is not None:
            return stamp.to_datetime(reversed_deviation=rules.reversed_deviation).astimezone(UTC)
        if rules.policy == "deviation":
            raise NotRepresentable(f"stamp {stamp} has no deviation, and the model does not say what that means")
        shown = stamp.to_datetime(zone=UTC)
        if rules.policy == "utc":
            return shown
        if rules.policy == "local":
            return _civil(stamp, shown, zone_of(rules))
        return shown - standard_offset(shown, zone_of(rules))
    except (DecodeError, OverflowError) as error:
        raise NotRepresentable(str(getattr(error, "reason", error))) from None


def from_limit(stamp: CosemDateTime, rules: TimeRules) -> datetime:
    """The instant of a profile range limit, in UTC. Raises as `from_stamp`."""
    if rules.range_in == "utc" and stamp.deviation is None:
        stamp = msgspec.structs.replace(stamp, deviation=0)
    return from_stamp(stamp, rules)


def _civil(stamp: CosemDateTime, shown: datetime, zone: tzinfo) -> datetime:
    """The instant at which clocks of `zone` show `shown`; what they show twice the daylight saving bit decides."""
    local = shown.replace(tzinfo=zone)
    moments = sorted({local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)})
    if len(moments) == 1:
        return moments[0]
    if moments[0].astimezone(zone).replace(tzinfo=UTC) != shown:
        raise NotRepresentable(f"clocks of {zone} never show {stamp}")
    if stamp.daylight_saving is None:
        raise NotRepresentable(f"clocks of {zone} show {stamp} twice, and the stamp does not say which it is")
    return moments[0] if stamp.daylight_saving else moments[1]


def _cosem(moment: datetime, zone: tzinfo, rules: TimeRules) -> CosemDateTime:
    """`moment` in `zone` with everything that a stamp can hold."""
    if moment.utcoffset() is None:  # astimezone would take it for this machine's local time
        raise NotRepresentable(f"{moment} is a naive datetime, which is no instant: give it a tzinfo")
    try:
        local = moment.astimezone(zone)
        saving = (local.utcoffset() or timedelta(0)) > standard_offset(local, zone)
        status = STATUS_DAYLIGHT_SAVING if saving else 0
        return CosemDateTime.from_datetime(local, reversed_deviation=rules.reversed_deviation, status=status)
    except (EncodeError, OverflowError) as error:
        raise NotRepresentable(f"{moment.isoformat()} has no date-time form: {error}") from None


def _open(stamp: CosemDateTime) -> CosemDateTime:
    return msgspec.structs.replace(stamp, deviation=None)
