"""A profile's buffer as rows with named columns, times, scaled values, and null-data put right.

A meter may send null-data where a value follows from the row before: a clock that went on by one capture period, or a
value that did not change. That is undone only where the row before is in the same answer and says enough; every cell
that was filled in so is listed in `derived`.

Source: Blue Book, Profile generic, buffer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

import msgspec

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.quantity import Quantity, scale
from dlmskit.cosem.selective import CaptureObject
from dlmskit.cosem.units import Unit
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis

CLOCK_CLASS = 8
DATE_TIME_OCTETS = 12


class ProfileColumn(msgspec.Struct, frozen=True):
    """One column: what it captures, and how its numbers are to be read. `scaler` None leaves them as they are."""

    name: str
    captured: CaptureObject
    scaler: int | None = None
    unit: Unit | None = None

    @property
    def is_clock(self) -> bool:
        """Whether the cells are stamps of a clock."""
        return self.captured.class_id == CLOCK_CLASS and self.captured.attribute_index == 2


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


def profile_rows(buffer: Any, columns: Sequence[ProfileColumn], capture_period: int) -> tuple[ProfileRow, ...]:
    """The rows of a buffer in plain Python; `capture_period` in seconds, 0 where it is not periodic or not known.

    Raises `DecodeError` naming the row whose cells do not fit the columns.
    """
    if not isinstance(buffer, list):
        raise DecodeError("a profile's buffer is an array", 0, ("buffer",))
    rows: list[ProfileRow] = []
    previous: tuple[Any, ...] | None = None
    for index, cells in enumerate(buffer):
        if not isinstance(cells, list) or len(cells) != len(columns):
            found = f"{len(cells)} cells" if isinstance(cells, list) else "no structure"
            raise DecodeError(f"wanted {len(columns)} cells, found {found}", 0, ("buffer", f"[{index}]"))
        row = _row(cells, columns, previous, capture_period)
        previous = row.cells
        rows.append(row)
    return tuple(rows)


def has_null_clock(buffer: Any, columns: Sequence[ProfileColumn]) -> bool:
    """Whether the capture period is needed to say when rows were captured."""
    clocks = [index for index, column in enumerate(columns) if column.is_clock]
    return any(
        index < len(cells) and cells[index] is None
        for cells in (buffer if isinstance(buffer, list) else ())
        if isinstance(cells, list)
        for index in clocks
    )


def _row(
    cells: list[Any], columns: Sequence[ProfileColumn], previous: tuple[Any, ...] | None, capture_period: int
) -> ProfileRow:
    values: list[Any] = []
    derived: list[int] = []
    for index, (cell, column) in enumerate(zip(cells, columns, strict=True)):
        if cell is None and previous is not None:
            value = _next_stamp(previous[index], capture_period) if column.is_clock else previous[index]
            if value is not None:
                derived.append(index)
        else:
            value = _cell(cell, column)
        values.append(value)
    return ProfileRow(tuple(values), tuple(derived))


def _cell(cell: Any, column: ProfileColumn) -> Any:
    if column.is_clock and isinstance(cell, bytes) and len(cell) == DATE_TIME_OCTETS:
        return CosemDateTime.from_bytes(cell)
    if column.scaler is not None and isinstance(cell, int) and not isinstance(cell, bool):
        return Quantity(scale(cell, column.scaler), column.unit)
    return cell


def _next_stamp(stamp: Any, period: int) -> CosemDateTime | None:
    """One capture period later. Only with a deviation: local time alone does not say what an hour later is."""
    if not isinstance(stamp, CosemDateTime) or stamp.deviation is None or period <= 0:
        return None
    try:
        moment = stamp.to_datetime() + timedelta(seconds=period)
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
    rows: tuple[ProfileRow, ...],
    columns: Sequence[ProfileColumn],
    start: datetime | None,
    end: datetime | None,
    *,
    reversed_deviation: bool = False,
    zone: tzinfo | None = None,
) -> tuple[ProfileRow, ...]:
    """Rows that lie in the range, both ends included; a row whose moment cannot be told is kept.

    Meters have been seen that ignore the range they are asked for.
    """
    clock = next((index for index, column in enumerate(columns) if column.is_clock), None)
    if clock is None:
        return rows

    def inside(row: ProfileRow) -> bool:
        try:
            moment = row.cells[clock].to_datetime(reversed_deviation=reversed_deviation, zone=zone)
        except (AttributeError, DecodeError):
            return True
        return (start is None or moment >= start) and (end is None or moment <= end)

    return tuple(row for row in rows if inside(row))
