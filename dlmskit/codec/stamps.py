"""Many stamps at once: date-times of 12 octets as aware datetimes, or as numbers without an object each.

What is accepted and refused is what `CosemDateTime.to_datetime` accepts and refuses.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from dlmskit.codec import axdr
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.exceptions import DecodeError

if TYPE_CHECKING or axdr.ACCELERATED:
    from dlmskit._speedups import _stamps
else:
    from dlmskit.codec import _stamps

STAMP_OCTETS = 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_datetimes(
    stamps: Sequence[bytes | None], *, reversed_deviation: bool = False, zone: tzinfo | None = None
) -> list[datetime | None]:
    """Each stamp as `CosemDateTime.to_datetime` gives it; None stays None.

    Raises `DecodeError`, its path the place in `stamps`, for the first that is no date-time or no single moment.
    """
    found, gaps = _stamps.moments(stamps, reversed_deviation)
    for index in gaps:
        found[index] = _moment(stamps[index] or b"", index, reversed_deviation, zone)
    return found


def to_microseconds(stamps: bytes, *, reversed_deviation: bool = False, zone: tzinfo | None = None) -> memoryview[int]:
    """Stamps one after the other, as microseconds since 1970 in UTC: native int64. Raises as `to_datetimes`."""
    if len(stamps) % STAMP_OCTETS:
        raise DecodeError(f"{len(stamps)} octets are not stamps of {STAMP_OCTETS}", len(stamps))
    out, gaps = _stamps.epochs(stamps, reversed_deviation)
    for index in gaps:
        stamp = stamps[STAMP_OCTETS * index : STAMP_OCTETS * (index + 1)]
        moment = _moment(stamp, index, reversed_deviation, zone)
        struct.pack_into("=q", out, 8 * index, (moment - _EPOCH) // _MICROSECOND)
    return memoryview(out).toreadonly().cast("q")


def _moment(stamp: bytes, index: int, reversed_deviation: bool, zone: tzinfo | None) -> datetime:
    try:
        return CosemDateTime.from_bytes(stamp).to_datetime(reversed_deviation=reversed_deviation, zone=zone)
    except DecodeError as error:
        raise error.within(f"[{index}]") from None
