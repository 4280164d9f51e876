"""The meter's clock: reading it, setting it, and how far it is off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from dlmskit.codec.data import octet_string
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.time import from_stamp, to_stamp
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis
from dlmskit.reading.reader import CLOCK, Reader, Where
from dlmskit.session.operations import Get, Set
from dlmskit.stack.dialogue import Procedure

CLOCK_OBJECT = Obis(0, 0, 1, 0, 0)


class Drift(msgspec.Struct, frozen=True):
    """How far a clock is off: positive where the meter is ahead. It is known to half of `round_trip`."""

    stamp: CosemDateTime
    offset: timedelta
    round_trip: timedelta


def clock(reader: Reader, where: Where = CLOCK_OBJECT) -> Procedure[CosemDateTime]:
    """The meter's time, as it says it."""
    return _date_time((yield Get(CLOCK, reader.obis(where), 2)).value)


def clock_drift(reader: Reader, where: Where = CLOCK_OBJECT) -> Procedure[Drift]:
    """How far the meter's clock is from this machine's, taken at the middle of question and answer.

    The stamp is converted by the model's time rules. Raises `NotRepresentable` where they do not say which instant it
    means.
    """
    before = reader.now()
    stamp = yield from clock(reader, where)
    after = reader.now()
    return Drift(stamp, from_stamp(stamp, reader.rules) - (before + (after - before) / 2), after - before)


def set_clock(reader: Reader, moment: datetime | None = None, where: Where = CLOCK_OBJECT) -> Procedure[CosemDateTime]:
    """Set the clock to an aware `moment`, without it to this machine's time; the stamp that was written.

    The stamp is written by the model's time rules. Raises `NotRepresentable` for a moment that has no stamp.
    """
    stamp = to_stamp(moment or reader.now(), reader.rules)
    yield Set(CLOCK, reader.obis(where), 2, octet_string(stamp.to_bytes()))
    return stamp


def _date_time(value: Any) -> CosemDateTime:
    if isinstance(value, CosemDateTime):
        return value
    if isinstance(value, bytes):
        return CosemDateTime.from_bytes(value)
    raise DecodeError(f"wanted a date-time, found {type(value).__name__}")
