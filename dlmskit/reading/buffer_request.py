"""What is asked for of a profile's buffer, and which rows and cells of the answer are the wanted ones.

Selective access goes by range, by entry and by columns. A meter that refuses the columns is asked for all of them, one
that refuses the rest for the whole buffer, and the cutting is done here.

Source: Blue Book, Profile generic, parameters for selective access.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.profile import Cell, rows
from dlmskit.cosem.selective import EntryDescriptor, RangeDescriptor
from dlmskit.cosem.time import from_stamp, to_limit, to_seconds
from dlmskit.exceptions import LocalProtocolError, NotRepresentable, ServiceError
from dlmskit.obis import Obis
from dlmskit.reading.profile import ProfileColumn
from dlmskit.reading.reader import NOT_OFFERED, Reader

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)


class BufferRequest:
    """One reading of a buffer with the columns `captured`: the wanted ones by index, a time range or entry numbers."""

    def __init__(
        self,
        reader: Reader,
        obis: Obis,
        captured: tuple[ProfileColumn, ...],
        selected: tuple[int, ...],
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        entries: tuple[int, int] | None = None,
        wants_nothing: bool = False,
    ) -> None:
        self.obis = obis
        self.wants_nothing = wants_nothing
        """no row at all, which no meter is asked for"""
        self.columns = tuple(captured[index] for index in selected)
        self.direction = 1
        """which way time goes from row to row, see `dlmskit.reading.gathering.direction`"""
        self._rules = reader.rules
        self._captured = captured
        self._selected = selected
        self._entries = entries
        clock = next((column for column in captured if column.is_clock), None)
        self._clock = clock.captured if clock is not None else None
        self._seconds = clock is not None and clock.seconds
        self._by_time = self._clock is not None and entries is None and (start is not None or end is not None)
        self._limits = _limits(start, end, reader, seconds=self._seconds)
        self._by_columns = len(selected) < len(captured) and (entries is not None or self._clock is not None)
        self._selects = True
        self._asked: SelectiveAccess | None = None

    def access(self, found: Sequence[object]) -> SelectiveAccess | None:
        """The selector for what is wanted and not `found` yet; the last row that was found comes again.

        `found` has the keys of rows, see `dlmskit.reading.resumption.Gathered`.
        """
        self._asked = self._access(found) if self._selects else None
        return self._asked

    def _access(self, found: Sequence[object]) -> SelectiveAccess | None:
        if self._entries is not None:
            low, high = self._entries
            left, right = (self._selected[0] + 1, self._selected[-1] + 1) if self._by_columns else (1, 0)
            return EntryDescriptor(low + max(len(found) - 1, 0), high, left, right).to_access()
        reached = self._limit(found[-1]) if found and self.direction else None
        if self._clock is None or not (self._by_time or self._by_columns or reached is not None):
            return None
        columns = [column.captured for column in self.columns] if self._by_columns else []
        begin, end = self._limits
        begin, end = (begin, reached or end) if self.direction < 0 else (reached or begin, end)
        if self._seconds:
            since, until = (data.double_long_unsigned(to_seconds(each.to_datetime())) for each in (begin, end))
            return RangeDescriptor(since, until, self._clock, tuple(columns)).to_access()
        return RangeDescriptor.between(begin, end, self._clock, columns).to_access()

    def _limit(self, stamp: object) -> CosemDateTime | None:
        if not isinstance(stamp, CosemDateTime) or self._seconds or self._rules.range_in == "local":
            return stamp if isinstance(stamp, CosemDateTime) else None
        try:
            return to_limit(from_stamp(stamp, self._rules), self._rules)
        except NotRepresentable:
            return None

    def refused(self, error: ServiceError | LocalProtocolError) -> None:
        """Ask for more the next time. Raises `error` where it is not about the selection."""
        if self._asked is None or (isinstance(error, ServiceError) and error.result not in NOT_OFFERED):
            raise error
        if self._by_columns:
            self._by_columns = False
        else:
            self._selects = False

    def cells(self, buffer: Data) -> list[tuple[Cell, ...]]:
        """The wanted cells of all rows in an answer. Raises `DecodeError` for rows of another shape."""
        first = next(iter(buffer.tree().value), None) if self._by_columns else None
        width, wanted = self.layout(len(first.value) if first is not None and isinstance(first.value, tuple) else 0)
        found = list(rows(buffer, width))
        if len(wanted) < width:
            found = [tuple(row[index] for index in wanted) for row in found]
        return found

    @property
    def numbers(self) -> slice:
        """Which of the rows of the whole buffer are the wanted ones: all, where the meter selects by number."""
        if self._entries is None or self._selects:
            return slice(None)
        low, high = self._entries
        return slice(max(low, 1) - 1, high or None)

    def layout(self, found: int) -> tuple[int, Sequence[int]]:
        """How wide rows are and which of their cells are wanted, where `found` cells came.

        Meters have answered with all columns where few were asked for.
        """
        low, high = self._selected[0], self._selected[-1]
        if self._by_columns and found == len(self._selected):
            return found, range(found)
        if self._by_columns and self._entries is not None and found == high - low + 1 < len(self._captured):
            return found, [index - low for index in self._selected]
        return len(self._captured), self._selected


def _limits(
    start: datetime | None, end: datetime | None, reader: Reader, *, seconds: bool
) -> tuple[CosemDateTime, CosemDateTime]:
    low, high = start or _EARLIEST, end or _LATEST
    if reader.model is None or seconds:
        return CosemDateTime.from_datetime(low), CosemDateTime.from_datetime(high)
    return to_limit(low, reader.rules), to_limit(high, reader.rules)
