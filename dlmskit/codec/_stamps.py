"""Plain date-times of 12 octets to moments: those that leave nothing open.

`ext/dlmskit/_speedups/_stamps.pyx` is the same by hand in C. What is not plain is left to `CosemDateTime`, the
one place for wildcards, zones and refusals.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

_STAMP = struct.Struct(">HBBBBBBBhB")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@cache
def _zone(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes))


def moments(stamps: Sequence[bytes | None], reversed_deviation: bool) -> tuple[list[datetime | None], list[int]]:
    """Each stamp as an aware datetime, None for None; and the places of those that are not plain, None there too."""
    found: list[datetime | None] = []
    gaps: list[int] = []
    for index, stamp in enumerate(stamps):
        moment = None
        if stamp is not None:
            moment = _moment(stamp, reversed_deviation)
            if moment is None:
                gaps.append(index)
        found.append(moment)
    return found, gaps


def _moment(stamp: bytes, reversed_deviation: bool) -> datetime | None:
    if len(stamp) != _STAMP.size:
        return None
    year, month, day, weekday, hour, minute, second, hundredths, deviation, _ = _STAMP.unpack(stamp)
    if hundredths == 0xFF:
        hundredths = 0
    if hundredths > 99 or not -840 <= deviation <= 840 or 7 < weekday < 0xFF:
        return None
    zone = _zone(deviation if reversed_deviation else -deviation)
    try:
        return datetime(year, month, day, hour, minute, second, hundredths * 10_000, zone)
    except ValueError:
        return None


def epochs(stamps: bytes, reversed_deviation: bool) -> tuple[bytearray, list[int]]:
    """Of every 12 octets the microseconds since 1970 in UTC, native int64; and the places of those not plain."""
    pieces = [stamps[at : at + _STAMP.size] for at in range(0, len(stamps), _STAMP.size)]
    found, gaps = moments(pieces, reversed_deviation)
    out = bytearray()
    for moment in found:
        out += struct.pack("=q", 0 if moment is None else (moment - _EPOCH) // _MICROSECOND)
    return out, gaps
