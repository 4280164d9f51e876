"""Going on after a drop: the whole rows of an answer that broke off, and one piece of a buffer put behind another.

Rows stay the octets that came: rows and columns are made of what was gathered, as of an answer that came at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from dlmskit.codec import axdr
from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError
from dlmskit.limits import DEFAULT_LIMITS

_ARRAY = bytes((DataType.ARRAY,))


class Rows(msgspec.Struct, frozen=True):
    """The octets of whole rows, and where in them each row ends."""

    octets: bytes = b""
    ends: list[int] = []

    def data(self) -> Data:
        """The rows as an array."""
        return Data(_ARRAY + axdr.encode_length(len(self.ends)) + self.octets)

    def before(self, row: int) -> Rows:
        """The rows up to this one, which is not among them."""
        ends = self.ends[:row]
        return Rows(self.octets[: ends[-1] if ends else 0], ends)

    def and_then(self, more: Rows) -> Rows:
        """These rows and `more` behind them."""
        start = len(self.octets)
        return Rows(self.octets + more.octets, [*self.ends, *(start + end for end in more.ends)])


def whole_rows(octets: bytes) -> Rows:
    """The rows that are whole in the beginning of an array; none for what is no array."""
    ends: list[int] = []
    start = end = 1
    try:
        if octets[:1] == _ARRAY:
            announced, start = axdr.read_length(octets, 1)
            end = start
            while len(ends) < announced:
                end = axdr.measure(octets, end, DEFAULT_LIMITS.depth)
                ends.append(end - start)
    except DecodeError:
        pass  # here the octets broke off, or it is for the reading of the whole to say what is wrong
    return Rows(octets[start:end], ends)


class Gathered:
    """The rows that came so far; `keys` tell each from the others: its stamp, without a clock everything in it."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.keys: list[object] = []

    def add(self, more: Rows, keys: Sequence[object]) -> bool:
        """Put `more` behind, rows that are in both once; False, and nothing is done, where they do not meet."""
        begin = meeting(self.keys, keys)
        if begin is None:
            return False
        self.rows = self.rows.before(begin).and_then(more)
        self.keys = [*self.keys[:begin], *keys]
        return True


def meeting(had: Sequence[object], new: Sequence[object]) -> int | None:
    """Which of the rows that one `had` the `new` ones begin with: those of the last moment, or the first of all."""
    if not had:
        return 0
    run = len(had) - 1
    while run and had[run - 1] == had[-1]:
        run -= 1
    return next((begin for begin in (run, len(had) - 1, 0) if had[begin:] == new[: len(had) - begin]), None)
