"""Going on after a drop: the whole rows of an answer that broke off, and one piece of a profile put behind another."""

from __future__ import annotations

from collections.abc import Sequence

from dlmskit.codec import axdr
from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError
from dlmskit.limits import DEFAULT_LIMITS
from dlmskit.reading.profile import ProfileColumn, ProfileRow


def whole_rows(octets: bytes) -> Data:
    """The rows that are whole in the beginning of an array; none for what is no array."""
    count = 0
    start = end = 1
    try:
        if octets[:1] == bytes((DataType.ARRAY,)):
            announced, start = axdr.read_length(octets, 1)
            end = start
            while count < announced:
                end = axdr.measure(octets, end, DEFAULT_LIMITS.depth)
                count += 1
    except DecodeError:
        pass  # here the octets broke off, or it is for the reading of the whole to say what is wrong
    return Data(bytes((DataType.ARRAY,)) + axdr.encode_length(count) + octets[start:end])


def joined(
    found: Sequence[ProfileRow], more: Sequence[ProfileRow], columns: Sequence[ProfileColumn]
) -> tuple[ProfileRow, ...] | None:
    """`found` with `more` behind it, rows that are in both once; None where they do not meet.

    `more` begins with the rows of the last moment in `found`, or with all of `found` again.
    """
    if not found:
        return tuple(more)
    clock = next((index for index, column in enumerate(columns) if column.is_clock), None)
    had, new = _keys(found, clock), _keys(more, clock)
    run = len(had) - 1
    while run and had[run - 1] == had[-1]:
        run -= 1
    for begin in (run, len(had) - 1, 0):
        if had[begin:] == new[: len(had) - begin]:
            return (*found[:begin], *more)
    return None


def _keys(rows: Sequence[ProfileRow], clock: int | None) -> list[object]:
    """What tells a row from others: its stamp, without one everything."""
    return [row.cells if clock is None else row.cells[clock] for row in rows]
