"""Reading a profile as columns: what `dlmskit.reading.buffer` reads, without an object a cell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dlmskit.codec.columns import Column, decode_columns
from dlmskit.codec.data import Data, array, null_data, of, structure
from dlmskit.cosem.profile import DELTAS
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, NotRepresentable
from dlmskit.reading.buffer import requested
from dlmskit.reading.buffer_request import BufferRequest
from dlmskit.reading.gathering import gathered, stamp_step
from dlmskit.reading.profile import ProfileColumn
from dlmskit.reading.reader import Reader, Where
from dlmskit.reading.table import ProfileTable, TableColumn, packed
from dlmskit.stack.dialogue import Procedure


def profile_columns(
    reader: Reader,
    where: Where,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    first: int | None = None,
    last: int | None = None,
    entries: tuple[int, int] | None = None,
    columns: Sequence[Where] = (),
) -> Procedure[ProfileTable]:
    """A profile as columns: the rows that `dlmskit.reading.buffer.profile` gives for the same arguments.

    For large profiles of simple columns: raises `NotRepresentable` for rows that are no table, and otherwise what
    `profile` raises.
    """
    request = yield from requested(reader, where, start, end, first=first, last=last, entries=entries, columns=columns)
    count, cells = _cells((yield from gathered(request)), request)
    found = tuple(_restored(*each) for each in zip(request.columns, cells, strict=True))
    null_clock = any(each.captured.is_clock and each.validity is not None for each in found)
    step = (yield from stamp_step(request.obis)) if null_clock else 0
    table = ProfileTable(request.obis, count, found, reader.rules, step)
    numbers = range(count)[request.numbers]
    return (table if len(numbers) == count else table.take(numbers)).within(start, end)


def _cells(buffer: Data, request: BufferRequest) -> tuple[int, list[Column]]:
    """How many rows, and the wanted columns; no rows say nothing about them. Raises `DecodeError` for another width."""
    try:
        table = decode_columns(buffer.to_bytes())
    except NotRepresentable:
        table = decode_columns(_added_up(buffer, request))
        wanted: Sequence[int] = range(len(request.columns))
    else:
        width, wanted = request.layout(len(table.columns)) if table.count else (0, ())
        if table.count and width != len(table.columns):
            raise DecodeError(f"wanted {width} cells, found {len(table.columns)}", 0, ("buffer",))
    if not table.count:
        return 0, [Column(DataType.NULL_DATA, 0, b"", 0) for _ in request.columns]
    cells = [table.columns[index] for index in wanted]
    if any(column.tag in DELTAS for column in cells):
        raise NotRepresentable("a column counts from values that are not in it: read rows")
    return table.count, cells


def _added_up(buffer: Data, request: BufferRequest) -> bytes:
    """The wanted cells with differences made values."""
    rows = (
        [null_data() if cell.rows_ago else of(DataType(cell.node.tag), cell.node.value) for cell in row]
        for row in request.cells(buffer)
    )
    return array(*(structure(*row) for row in rows)).to_bytes()


def _restored(captured: ProfileColumn, cells: Column) -> TableColumn:
    """Values that were left out are those of the row before."""
    filled = cells if captured.is_clock else cells.filled()
    if filled is cells:
        return TableColumn(captured, cells)
    derived = [cells.is_null(row) and not filled.is_null(row) for row in range(cells.count)]
    return TableColumn(captured, filled, packed(derived) if any(derived) else None)
