"""A profile as columns: a buffer each, usable by numpy and pyarrow without a copy, and without an object a cell.

::

    table = meter.profile_columns("load_profile", start, end)
    energy = table["energy_import_total"]
    numpy.asarray(energy.values) * 10.0 ** (energy.scaler or 0)    # the scaler is not applied: integers stay exact
    numpy.asarray(table.microseconds()).view("datetime64[us]")
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec

from dlmskit.codec.columns import Column, Columns, decode_columns
from dlmskit.cosem.profile import DELTAS
from dlmskit.cosem.time import TimeRules, zone_of
from dlmskit.cosem.units import Unit
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, LocalProtocolError, NotRepresentable, ServiceError, UnknownObject
from dlmskit.obis import Obis
from dlmskit.reading.buffer import capture_columns, selected_columns, stamp_step
from dlmskit.reading.buffer_request import BufferRequest
from dlmskit.reading.profile import ProfileColumn
from dlmskit.reading.reader import PROFILE_GENERIC, Reader, Where
from dlmskit.session.operations import Get
from dlmskit.stack.dialogue import Procedure

_MICROSECONDS = 1_000_000


class TableColumn(msgspec.Struct, frozen=True):
    """One column: what it captures, and its cells as the meter sent them."""

    captured: ProfileColumn
    cells: Column

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
        """The numbers, or octets, see `dlmskit.codec.columns.Column`; 0 where null-data stands."""
        return self.cells.values

    @property
    def validity(self) -> bytes | None:
        """A bit a row as Apache Arrow has it, 1 for a value; None where every row has one."""
        return self.cells.validity


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
        clock = next((column.cells for column in self.columns if column.captured.is_clock), None)
        if clock is None:
            raise DecodeError(f"the profile {self.obis} has no clock")
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


def _zone(rules: TimeRules) -> tzinfo | None:
    """What stamps without a deviation are in, None where that is not to be guessed."""
    if rules.policy == "standard-time-all-year":
        raise NotRepresentable("columns know no standard time all the year: read rows")
    return {"utc": UTC, "local": zone_of(rules)}.get(rules.policy)


def profile_columns(
    reader: Reader,
    where: Where,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    entries: tuple[int, int] | None = None,
    columns: Sequence[Where] = (),
) -> Procedure[ProfileTable]:
    """A profile as columns: all rows, those between two aware moments (both included), or `entries` by number.

    For large profiles of simple columns; the rows of `profile` are more forgiving. A range that the meter does not
    select is refused as it refuses it, and a broken line begins again. Raises `NotRepresentable` for rows that are no
    table, and `UnknownObject` for a column that the profile has not.
    """
    obis = reader.obis(where)
    captured = yield from capture_columns(reader, obis)
    selected = selected_columns(reader, captured, columns)
    request = BufferRequest(reader, captured, selected, start=start, end=end, entries=entries)
    while True:
        try:
            answer = yield Get(PROFILE_GENERIC, obis, 2, request.access(()))
            break
        except (ServiceError, LocalProtocolError) as error:
            request.refused(error)
            if request.unselected:
                raise
    table = decode_columns(answer.to_bytes())
    cells = _cells(table, request)
    found = tuple(TableColumn(column, each) for column, each in zip(request.columns, cells, strict=True))
    null_clock = any(each.captured.is_clock and each.validity is not None for each in found)
    step = (yield from stamp_step(obis)) if null_clock else 0
    return ProfileTable(obis, table.count, found, reader.rules, step)


def _cells(table: Columns, request: BufferRequest) -> list[Column]:
    """The wanted columns; an empty array says nothing about them. Raises `DecodeError` for rows of another width."""
    if not table.count:
        return [Column(DataType.NULL_DATA, 0, b"", 0) for _ in request.columns]
    width, wanted = request.layout(len(table.columns))
    if width != len(table.columns):
        raise DecodeError(f"wanted {width} cells, found {len(table.columns)}", 0, ("buffer",))
    cells = [table.columns[index] for index in wanted]
    if any(column.tag in DELTAS for column in cells):
        raise NotRepresentable("a column counts from values that are not in it: read rows")
    return cells
