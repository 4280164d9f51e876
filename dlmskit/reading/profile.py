"""A profile's buffer as rows with named columns, times, scaled values, and null-data put right.

Null-data is undone only where a row before it is in the same answer and says enough; every cell that was filled in so
is listed in `derived`.

Source: Blue Book, Profile generic, buffer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import IO, Any

import msgspec

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.codec.values import Node
from dlmskit.cosem.profile import DELTAS, Cell
from dlmskit.cosem.quantity import NUMBERS, Quantity, scale
from dlmskit.cosem.selective import CaptureObject
from dlmskit.cosem.time import TimeRules, from_seconds, from_stamp
from dlmskit.cosem.units import Unit
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, NotRepresentable
from dlmskit.obis import Obis

CLOCK_CLASS = 8
DATE_TIME_OCTETS = 12


class ProfileColumn(msgspec.Struct, frozen=True):
    """One column: what it captures, and how its numbers are to be read. `scaler` None leaves them as they are."""

    name: str
    captured: CaptureObject
    scaler: int | None = None
    unit: Unit | None = None
    description: str | None = None
    """what the catalogue says about the captured object"""
    seconds: bool = False
    """whether the cells count seconds since 2000 in place of a clock's stamps"""

    @property
    def is_clock(self) -> bool:
        """Whether the cells are stamps of a clock."""
        return self.seconds or (self.captured.class_id == CLOCK_CLASS and self.captured.attribute_index == 2)

    def stamp(self, value: Any) -> Any:
        """A clock's cell as a `CosemDateTime` where it is one, else as it is."""
        return from_seconds(value) if self.seconds and isinstance(value, int) else as_stamp(value)


class ProfileRow(msgspec.Struct, frozen=True):
    """One row, cells in the order of the columns: `CosemDateTime`, `Quantity`, plain Python, or None.

    `derived` lists the indexes of cells that the meter left out and that follow from the row before.
    """

    cells: tuple[Any, ...]
    derived: tuple[int, ...] = ()


class Profile(msgspec.Struct, frozen=True):
    """What was read of a profile."""

    obis: Obis
    columns: tuple[ProfileColumn, ...]
    rows: tuple[ProfileRow, ...]

    def records(self) -> Iterator[dict[str, Any]]:
        """Rows as dictionaries by column name."""
        names = [column.name for column in self.columns]
        for row in self.rows:
            yield dict(zip(names, row.cells, strict=True))

    def to_csv(self, file: IO[str]) -> None:
        """Write the rows as CSV, see `dlmskit.reading.csv_text`."""
        from dlmskit.reading import csv_text

        csv_text.write(self.columns, self.rows, file)


Cells = Sequence[tuple[Cell, ...]]
"""The rows of `dlmskit.cosem.profile.rows`, as many cells in each as there are columns"""


def profile_rows(cells: Cells, columns: Sequence[ProfileColumn], step: int) -> tuple[ProfileRow, ...]:
    """The rows in terms of the columns; `step` is the seconds from a row's stamp to the next one's, 0 where unknown.

    Raises `DecodeError` for a cell that only says how a value changed.
    """
    return tuple(_row(row, columns, step) for row in cells)


def has_null_clock(cells: Cells, columns: Sequence[ProfileColumn]) -> bool:
    """Whether the capture period is needed to say when rows were captured."""
    clocks = [index for index, column in enumerate(columns) if column.is_clock]
    return any(row[index].rows_ago for row in cells for index in clocks)


def _row(cells: tuple[Cell, ...], columns: Sequence[ProfileColumn], step: int) -> ProfileRow:
    values = [_value(cell, column, step) for cell, column in zip(cells, columns, strict=True)]
    derived = (index for index, cell in enumerate(cells) if cell.rows_ago and values[index] is not None)
    return ProfileRow(tuple(values), tuple(derived))


def _value(cell: Cell, column: ProfileColumn, step: int) -> Any:
    node, rows_ago = cell
    if column.is_clock:
        stamp = column.stamp(_plain(node))
        return later(stamp, rows_ago * step) if rows_ago else stamp
    if node.tag in DELTAS:
        raise DecodeError(f"{DataType(node.tag).label} counts from a value that is not here", node.offset, ("buffer",))
    if column.scaler is not None and node.tag in NUMBERS:
        return Quantity(scale(node.value, column.scaler), column.unit)
    return _plain(node)


def as_stamp(value: Any) -> Any:
    """The `CosemDateTime` in the octets of a cell where it is one, else what was sent."""
    if isinstance(value, bytes) and len(value) == DATE_TIME_OCTETS:
        with contextlib.suppress(DecodeError):
            return CosemDateTime.from_bytes(value)
    return value


def _plain(node: Node) -> Any:
    return [_plain(each) for each in node.value] if isinstance(node.value, tuple) else node.value


def later(stamp: Any, seconds: int) -> CosemDateTime | None:
    """Only with a deviation: local time alone does not say what an hour later is."""
    if not isinstance(stamp, CosemDateTime) or not seconds:
        return None
    try:
        moment = stamp.to_datetime() + timedelta(seconds=seconds)
    except (DecodeError, OverflowError):
        return None
    later = CosemDateTime.from_datetime(moment, status=stamp.status)
    return msgspec.structs.replace(
        later,
        deviation=stamp.deviation,
        day_of_week=None if stamp.day_of_week is None else later.day_of_week,
        hundredths=None if stamp.hundredths is None else later.hundredths,
    )


def within(
    found: tuple[ProfileRow, ...],
    columns: Sequence[ProfileColumn],
    start: datetime | None,
    end: datetime | None,
    rules: TimeRules,
) -> tuple[ProfileRow, ...]:
    """Rows that lie in the range, both ends included; a row whose moment cannot be told is kept.

    Meters have been seen that ignore the range they are asked for.
    """
    clock = next((index for index, column in enumerate(columns) if column.is_clock), None)
    if clock is None or (start is None and end is None):
        return found

    moments = [moment_of(row.cells[clock], rules) for row in found]
    return tuple(found[row] for row in inside(moments, start, end))


def moment_of(stamp: Any, rules: TimeRules) -> datetime | None:
    """When a row was captured; None where its stamp does not tell."""
    try:
        return from_stamp(stamp, rules) if isinstance(stamp, CosemDateTime) else None
    except NotRepresentable:
        return None


def inside(moments: Sequence[datetime | None], start: datetime | None, end: datetime | None) -> list[int]:
    """Which of the moments lie in the range, both ends included, and those that are not known."""
    return [
        row
        for row, moment in enumerate(moments)
        if moment is None or ((start is None or moment >= start) and (end is None or moment <= end))
    ]
