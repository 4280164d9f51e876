"""A profile as columns: a buffer each, usable by numpy and pyarrow without a copy, and without an object a cell.

::

    table = meter.profile_columns("load_profile", start, end)     # as many rows as meter.profile gives, the same ones
    energy = table["energy_import_total"]
    numpy.asarray(energy.values) * 10.0 ** (energy.scaler or 0)    # the scaler is not applied: integers stay exact
    numpy.asarray(table.microseconds()).view("datetime64[us]")
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import IO, Any

import msgspec

from dlmskit.codec.columns import Column
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.codec.stamps import STAMP_OCTETS
from dlmskit.cosem.quantity import NUMBERS, Quantity, scale
from dlmskit.cosem.time import TimeRules, zone_of
from dlmskit.cosem.units import Unit
from dlmskit.exceptions import DecodeError, NotRepresentable, UnknownObject
from dlmskit.obis import Obis
from dlmskit.reading.profile import Profile, ProfileColumn, ProfileRow, inside, later, moment_of

_MICROSECONDS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TableColumn(msgspec.Struct, frozen=True):
    """One column: what it captures, and its cells, unscaled.

    A value that the meter left out is the one of the row before, as in `ProfileRow`; `derived` has a bit a row, 1 for
    such a cell, and is None where there is none. Stamps stay as they were sent: see `ProfileTable.microseconds`.
    """

    captured: ProfileColumn
    cells: Column
    derived: bytes | None = None

    @property
    def name(self) -> str:
        """The role in the model, or the logical name."""
        return self.captured.name

    @property
    def unit(self) -> Unit | None:
        """The unit of the values times ten to the power of `scaler`."""
        return self.captured.unit

    @property
    def scaler(self) -> int | None:
        """None where the numbers are no metered values."""
        return self.captured.scaler

    @property
    def values(self) -> memoryview[Any]:
        """The numbers, or octets, see `dlmskit.codec.columns.Column`; 0 where there is no value."""
        return self.cells.values

    @property
    def validity(self) -> bytes | None:
        """A bit a row as Apache Arrow has it, 1 for a value; None where every row has one."""
        return self.cells.validity

    @property
    def is_complete(self) -> bool:
        """Whether no stamp was left out."""
        return not self.captured.is_clock or self.cells.validity is None

    def typed(self) -> list[Any]:
        """The cells as `ProfileRow` has them."""
        cells = self.cells.to_list()
        if self.captured.is_clock:
            return [self.captured.stamp(cell) for cell in cells]
        if self.scaler is None or self.cells.tag not in NUMBERS:
            return cells
        return [None if cell is None else Quantity(scale(cell, self.scaler), self.unit) for cell in cells]


class ProfileTable(msgspec.Struct, frozen=True):
    """A profile of `count` rows as columns.

    `step` is the seconds from a row's stamp to the next one's, 0 where it was not needed or nothing tells it.
    """

    obis: Obis
    count: int
    columns: tuple[TableColumn, ...]
    rules: TimeRules
    step: int = 0

    def __getitem__(self, name: str) -> TableColumn:
        """The column of this name. Raises `UnknownObject`."""
        for column in self.columns:
            if column.name == name:
                return column
        raise UnknownObject(f"the profile has no column {name} (it has: {', '.join(self)})")

    def __iter__(self) -> Iterator[str]:
        return (column.name for column in self.columns)

    def microseconds(self) -> memoryview[int]:
        """The rows' stamps as int64 microseconds since 1970 in UTC, by the model's time rules.

        A stamp that was left out is one capture period away from the one before. Raises `NotRepresentable` where
        nothing says what it is, and `DecodeError` for stamps that mean no instant by the rules, and for a profile
        without a clock.
        """
        clock = self._clock
        if clock is None:
            raise DecodeError(f"the profile {self.obis} has no clock")
        if any(column.captured.seconds for column in self.columns):
            raise NotRepresentable("columns know no seconds in place of a clock: read rows")
        if not self.count:
            return memoryview(array("q"))
        moments = clock.microseconds(reversed_deviation=self.rules.reversed_deviation, zone=_zone(self.rules))
        if clock.validity is None:
            return moments
        filled = array("q", moments)
        for row in range(self.count):
            if clock.is_null(row):
                if not row or not self.step:
                    raise NotRepresentable(f"row {row} has no stamp, and nothing says when it was captured")
                filled[row] = filled[row - 1] + self.step * _MICROSECONDS
        return memoryview(filled)

    def within(self, start: datetime | None, end: datetime | None) -> ProfileTable:
        """Rows that lie in the range, both ends included; a row whose moment cannot be told is kept."""
        if (start is None and end is None) or not self.count or self._clock is None:
            return self
        try:
            found = self.microseconds()
            if (start is None or min(found) >= _since_1970(start)) and (end is None or max(found) <= _since_1970(end)):
                return self
            moments: list[datetime | None] = [_EPOCH + timedelta(microseconds=each) for each in found]
        except (NotRepresentable, DecodeError):
            moments = self.moments()
        return self.take(inside(moments, start, end))

    def take(self, rows: Sequence[int]) -> ProfileTable:
        """The table of these rows. A stamp that was left out is written out, or not known any more."""
        columns = (self._written_out(column) if column.captured.is_clock else column for column in self.columns)
        taken = tuple(
            TableColumn(column.captured, column.cells.take(rows), _bits(column.derived, rows)) for column in columns
        )
        return msgspec.structs.replace(self, count=len(rows), columns=taken, step=0)

    def moments(self) -> list[datetime | None]:
        """When each row was captured, None where its stamp does not tell."""
        clock = self._clock
        return [moment_of(stamp, self.rules) for stamp in self._stamps(clock)] if clock else [None] * self.count

    def to_profile(self) -> Profile:
        """The same as rows."""
        table = self if all(column.is_complete for column in self.columns) else self.take(range(self.count))
        columns = [column.typed() for column in table.columns]
        derived = [(at, column.derived) for at, column in enumerate(table.columns) if column.derived is not None]
        rows = (
            ProfileRow(cells, tuple(at for at, bits in derived if bits[row >> 3] >> (row & 7) & 1))
            for row, cells in enumerate(zip(*columns, strict=True))
        )
        return Profile(self.obis, tuple(column.captured for column in self.columns), tuple(rows))

    def to_csv(self, file: IO[str]) -> None:
        """Write the table as CSV, see `dlmskit.reading.csv_text`."""
        self.to_profile().to_csv(file)

    @property
    def _clock(self) -> Column | None:
        return next((column.cells for column in self.columns if column.captured.is_clock), None)

    def _stamps(self, clock: Column) -> list[Any]:
        """The clock's cells, those that were left out as the ones before and the step say."""
        found: list[Any] = []
        stamp = next(column.captured.stamp for column in self.columns if column.captured.is_clock)
        last, behind = None, 0
        for cell in clock.to_list():
            last, behind = (last, behind + 1) if cell is None else (stamp(cell), 0)
            found.append(later(last, behind * self.step) if behind else last)
        return found

    def _written_out(self, column: TableColumn) -> TableColumn:
        """The clock with stamps in place of those that were left out, where they are known."""
        cells = column.cells
        if column.is_complete or cells.width != STAMP_OCTETS:
            return column
        here = [cells.data[at : at + STAMP_OCTETS] for at in range(0, len(cells.data), STAMP_OCTETS)]
        derived = [cells.is_null(row) for row in range(cells.count)]
        missing = [False] * cells.count
        for row, stamp in enumerate(self._stamps(cells)):
            if derived[row] and isinstance(stamp, CosemDateTime):
                here[row] = stamp.to_bytes()
            elif derived[row]:
                derived[row], missing[row] = False, True
        validity = packed([not each for each in missing]) if any(missing) else None
        written = msgspec.structs.replace(cells, data=b"".join(here), validity=validity)
        return TableColumn(column.captured, written, packed(derived) if any(derived) else None)


def _zone(rules: TimeRules) -> tzinfo | None:
    """What stamps without a deviation are in, None where that is not to be guessed."""
    if rules.policy == "standard-time-all-year":
        raise NotRepresentable("columns know no standard time all the year: read rows")
    return {"utc": UTC, "local": zone_of(rules)}.get(rules.policy)


def _since_1970(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def packed(bits: Sequence[bool]) -> bytes:
    """A bit a row as Apache Arrow has it."""
    text = "".join("1" if bit else "0" for bit in reversed(bits))
    return int(text or "0", 2).to_bytes((len(bits) + 7) // 8, "little")


def _bits(bitmap: bytes | None, rows: Sequence[int]) -> bytes | None:
    """The bits of these rows; None where none is set."""
    if bitmap is None:
        return None
    found = [bool(bitmap[row >> 3] >> (row & 7) & 1) for row in rows]
    return packed(found) if any(found) else None
