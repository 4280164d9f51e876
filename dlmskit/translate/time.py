"""Instants of the market and stamps of a meter, by the model's time rules.

The market speaks of aware datetimes and gets UTC; a meter writes local time, a deviation in one sign or the other, or
nothing but local time. Source: Blue Book, date and time formats; the signs are the model's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import msgspec

from dlmskit.codec.date_time import STATUS_DAYLIGHT_SAVING, STATUS_INVALID, CosemDateTime
from dlmskit.exceptions import DecodeError, EncodeError, NotRepresentable
from dlmskit.model.device import TimeRules


def zone_of(rules: TimeRules) -> tzinfo:
    """The meter's civil time zone, UTC where the model names none. Raises `NotRepresentable` for an unknown name."""
    if rules.zone is None:
        return UTC
    try:
        return ZoneInfo(rules.zone)
    except (KeyError, ValueError, OSError):
        raise NotRepresentable(f"this system knows no time zone {rules.zone}") from None


def to_stamp(moment: datetime, rules: TimeRules) -> CosemDateTime:
    """`moment` as the meter's clock would stamp it, cut to hundredths.

    Under policy ``deviation`` the stamp has a deviation in the model's sign and the daylight saving bit; under the
    others it has none and is written in the time that the policy names. Raises `NotRepresentable` for a year that has
    no form or an offset that is not of whole minutes.
    """
    if rules.policy == "utc":
        return _open(_cosem(moment.astimezone(UTC), rules, 0))
    local = moment.astimezone(zone_of(rules))
    saving = local.dst() or timedelta(0)
    if rules.policy == "standard-time-all-year":
        return _open(_cosem((local.replace(tzinfo=None) - saving).replace(tzinfo=UTC), rules, 0))
    stamp = _cosem(local, rules, STATUS_DAYLIGHT_SAVING if saving else 0)
    return stamp if rules.policy == "deviation" else _open(stamp)


def to_limit(moment: datetime, rules: TimeRules) -> CosemDateTime:
    """`moment` as a limit of a profile range, local or UTC as the model wants it."""
    if rules.range_in == "utc":
        return _cosem(moment.astimezone(UTC), rules, 0)
    return to_stamp(moment, rules)


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
        if rules.policy == "utc":
            return stamp.to_datetime(zone=UTC)
        zone = zone_of(rules)
        if rules.policy == "local":
            return stamp.to_datetime(zone=zone).astimezone(UTC)
        standard = stamp.to_datetime(zone=UTC)
        return standard - _standard_offset(standard, zone)
    except (DecodeError, OverflowError) as error:
        raise NotRepresentable(str(getattr(error, "reason", error))) from None


def from_limit(stamp: CosemDateTime, rules: TimeRules) -> datetime:
    """The instant of a profile range limit, in UTC. Raises as `from_stamp`."""
    if rules.range_in == "utc" and stamp.deviation is None:
        stamp = msgspec.structs.replace(stamp, deviation=0)
    return from_stamp(stamp, rules)


def _standard_offset(near: datetime, zone: tzinfo) -> timedelta:
    local = near.astimezone(zone)
    return (local.utcoffset() or timedelta(0)) - (local.dst() or timedelta(0))


def _cosem(moment: datetime, rules: TimeRules, status: int) -> CosemDateTime:
    try:
        return CosemDateTime.from_datetime(moment, reversed_deviation=rules.reversed_deviation, status=status)
    except EncodeError as error:
        raise NotRepresentable(f"{moment.isoformat()} has no date-time form: {error}") from None


def _open(stamp: CosemDateTime) -> CosemDateTime:
    return msgspec.structs.replace(stamp, deviation=None)
