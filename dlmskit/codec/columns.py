"""A table in a Data as columns: one buffer each, without an object a cell.

::

    table = decode_columns(octets)                  a profile's buffer: array of structures, or compact-array
    stamps, energy = table.columns[0], table.columns[1]
    numpy.asarray(energy.values)                    zero-copy, as is pyarrow.py_buffer(energy.data)
    stamps.microseconds()                           int64 since 1970 in UTC, for datetime64[us] and timestamp[us]

Where null-data stands in a column, `validity` has a bit a row, the first row in the lowest bit, 1 for a value (as
Apache Arrow has it); the cell itself is 0. Source: Green Book, Data; Blue Book, Profile generic, buffer.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import tzinfo
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec

from dlmskit.codec import axdr
from dlmskit.codec.stamps import STAMP_OCTETS, to_microseconds
from dlmskit.codec.tags import COMPACT, DATES, OCTETS, SIZE
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, NotRepresentable
from dlmskit.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING or axdr.ACCELERATED:
    from dlmskit._speedups import _columns, _strides
else:
    from dlmskit.codec import _columns, _strides

_FORMATS = {
    3: "?", 15: "b", 28: "b", 16: "h", 29: "h", 5: "i", 30: "i", 20: "q", 17: "B", 22: "B", 13: "B", 31: "B", 18: "H",
    32: "H", 6: "I", 33: "I", 21: "Q", 23: "f", 24: "d",
}  # fmt: skip
# looking up a member of an enumeration by its number, or by its name, costs more than a cell
_TYPES = {int(member): member for member in DataType}
_NULL_DATA, _BOOLEAN, _DONT_CARE = int(DataType.NULL_DATA), int(DataType.BOOLEAN), int(DataType.DONT_CARE)
_TRUE = b"\0" + b"\1" * 255
_BINARY = bytes.maketrans(b"\0\1", b"01")


class Column(msgspec.Struct, frozen=True):
    """One column of `count` cells of one type; integers of several widths have the widest.

    `data` holds numbers in native order, or octets: `width` a cell, or, where `offsets` is there, the octets from one
    native int64 of `offsets` to the next. null-data alone is a column without data.
    """

    tag: DataType
    count: int
    data: bytes
    width: int
    offsets: bytes | None = None
    validity: bytes | None = None

    @property
    def format(self) -> str:
        """What `struct` calls a cell; empty where `offsets` says how long each is."""
        if self.tag in _FORMATS:
            return _FORMATS[self.tag]
        return "" if self.offsets is not None else f"{self.width}s"

    @property
    def values(self) -> memoryview[Any]:
        """`data` as the numbers that it is; for other types its octets."""
        view = memoryview(self.data)
        return view.cast(_FORMATS[self.tag]) if self.tag in _FORMATS else view  # type: ignore[call-overload]

    def is_null(self, row: int) -> bool:
        """Whether null-data stands in `row`."""
        return self.validity is not None and not self.validity[row >> 3] >> (row & 7) & 1

    def microseconds(self, *, reversed_deviation: bool = False, zone: tzinfo | None = None) -> memoryview[int]:
        """Stamps as microseconds since 1970 in UTC, native int64, 0 for null-data; deviation and status stay in `data`.

        The cells are date-times or octet-strings of 12 octets. Raises as `dlmskit.codec.stamps.to_microseconds`.
        """
        if self.width != STAMP_OCTETS or self.tag not in (DataType.OCTET_STRING, DataType.DATE_TIME):
            raise DecodeError(f"a column of {self.tag.label} of {self.width} octets holds no stamps")
        stamps = self.data
        if self.validity is not None:
            beginning = bytes.fromhex("07b20101ff000000ff000000")
            stamps = b"".join(beginning if self.is_null(row) else cell for row, cell in enumerate(self._cells()))
        return to_microseconds(stamps, reversed_deviation=reversed_deviation, zone=zone)

    def to_list(self) -> list[Any]:
        """The cells as plain Python, as `dlmskit.codec.data.Data.value` has them."""
        cells: list[Any]
        if self.tag in _FORMATS:
            cells = self.values.tolist()
        elif self.tag in DATES:
            cells = axdr.decode_value(b"\x13" + bytes((self.tag,)) + axdr.encode_length(len(self.data)) + self.data)[0]
        elif self.tag == DataType.NULL_DATA:
            return [None] * self.count
        else:
            cells = [_text(self.tag, cell) for cell in self._cells()]
        if self.validity is None:
            return cells
        return [None if self.is_null(row) else cell for row, cell in enumerate(cells)]

    def take(self, rows: Sequence[int]) -> Column:
        """The cells of these rows, in this order; one that comes twice is there twice."""
        bits = "".join("0" if self.is_null(row) else "1" for row in reversed(rows))
        validity = int(bits or "0", 2).to_bytes((len(rows) + 7) // 8, "little") if "0" in bits else None
        if self.tag == DataType.NULL_DATA:
            return msgspec.structs.replace(self, count=len(rows), validity=validity)
        cells = self._cells()
        picked = [cells[row] for row in rows]
        offsets = array("q", accumulate(map(len, picked), initial=0)).tobytes() if self.offsets is not None else None
        return Column(self.tag, len(rows), b"".join(picked), self.width, offsets, validity)

    def filled(self) -> Column:
        """The same with null-data replaced by the last value before it; where there is none before, it stays."""
        if self.validity is None or self.tag == DataType.NULL_DATA:
            return self
        last = 0
        return self.take([last := row if not self.is_null(row) else last for row in range(self.count)])

    def _cells(self) -> list[bytes]:
        if self.offsets is None:
            return [self.data[at : at + self.width] for at in range(0, len(self.data), self.width)]
        ends = memoryview(self.offsets).cast("q")
        return [self.data[ends[row] : ends[row + 1]] for row in range(self.count)]


def _text(tag: int, cell: bytes) -> Any:
    if tag == DataType.OCTET_STRING:
        return cell
    try:
        return cell.decode("ascii" if tag == DataType.VISIBLE_STRING else "utf-8")
    except UnicodeDecodeError:
        return cell


class Columns(msgspec.Struct, frozen=True):
    """A table of `count` rows. An empty array says nothing about columns and has none."""

    count: int
    columns: tuple[Column, ...]

    def rows(self) -> list[list[Any]]:
        """The rows as plain Python."""
        if not self.columns:
            return [[] for _ in range(self.count)]
        return [list(row) for row in zip(*(column.to_list() for column in self.columns), strict=True)]


def decode_columns(octets: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Columns:
    """The columns of the Data that fills `octets`: an array or compact-array of structures of types without elements.

    Raises what `dlmskit.codec.data.Data.from_bytes` raises for octets that are no Data, and `NotRepresentable`, with
    the octet, for a Data that is no table: rows of several lengths, or a column whose types do not go together
    (null-data goes with all, integers with those of the same sign), with bit-strings or dont-care; or more columns than
    `Limits.items`. Such a Data is decoded as rows.
    """
    octets = bytes(octets)
    table = _table(octets) if limits.depth >= 2 else None
    found: Any = 0
    if table is not None and len(table.tags) <= limits.items:
        if table.body == len(octets):
            return Columns(0, tuple(_empty(tag) for tag in table.tags))
        uniform = _uniform(table, limits.items)
        if uniform is not None:
            return uniform
        found = _columns.walk(octets, table.body, len(octets), table.rows, table.tags, limits.items)
    if not isinstance(found, int):
        return Columns(found[1], tuple(_column(*pieces) for pieces in found[0]))
    end, _ = axdr.survey(octets, 0, limits.depth)
    if end != len(octets):
        raise DecodeError(f"{len(octets) - end} octets after the Data", end)
    raise NotRepresentable(f"the Data is no table of columns (octet {found})")


class _Table(NamedTuple):
    octets: bytes
    body: int
    rows: int
    """-1 where they go up to the end"""
    tags: bytes
    """of the elements of a compact-array"""


def _table(octets: bytes) -> _Table | None:
    """Where the rows begin; None where there are none, or something is wrong."""
    try:
        if octets[:1] == b"\x01":
            rows, body = axdr.read_length(octets, 1)
            return _Table(octets, body, rows, b"") if rows <= len(octets) - body else None
        if octets[:2] != b"\x13\x02":
            return None
        width, at = axdr.read_length(octets, 2)
        tags = octets[at : at + width]
        sizes = [SIZE[tag] for tag in tags]
        length, body = axdr.read_length(octets, at + width)
    except DecodeError:
        return None
    plain = all(size < COMPACT or size == OCTETS for size in sizes) and 255 not in tags
    definite = sum(1 if size == OCTETS else size for size in sizes) * 8 > width
    return _Table(octets, body, -1, tags) if plain and definite and length == len(octets) - body else None


def _uniform(table: _Table, most: int) -> Columns | None:
    """The columns where every row is as long as the first and has the same tags and lengths at the same places."""
    octets, body, rows, tags = table
    end = len(octets)
    tagged = rows >= 0
    places: list[int] = []  # of what is the same in all rows
    cells: list[tuple[int, int, int]] = []  # type, place and size
    at, width = body, len(tags)
    if tagged:
        if octets[at] != 2 or end - at < 2 or octets[at + 1] >= 0x80:
            return None
        width = octets[at + 1]
        places += (at, at + 1)
        at += 2
        if width > min(most, end - at):
            return None
    for index in range(width):
        if end - at < 2:
            return None
        tag = octets[at] if tagged else tags[index]
        if tagged:
            places.append(at)
            at += 1
        size = SIZE[tag]
        if size == OCTETS:
            size = octets[at]
            places.append(at)
            at += 1
            if not 0 < size < 0x80:
                return None
        elif size >= COMPACT or tag == _DONT_CARE:
            return None
        cells.append((tag, at, size))
        at += size
    stride = at - body
    count = rows if tagged else (end - body) // stride
    if count * stride != end - body:
        return None
    fields = [(at, size, tag in _FORMATS) for tag, at, size in cells]
    found = _strides.gather(octets, stride, count, places, fields)
    if found is None:
        return None
    return Columns(
        count, tuple(_filled(cell[0], data, count, cell[2]) for cell, data in zip(cells, found, strict=True))
    )


def _empty(tag: int) -> Column:
    counted = SIZE[tag] == OCTETS
    return Column(_TYPES[tag], 0, b"", 0 if counted else SIZE[tag], bytes(8) if counted else None)


def _filled(tag: int, data: bytes, count: int, size: int) -> Column:
    """A column without null-data among other cells."""
    if tag == _NULL_DATA:
        return Column(_TYPES[tag], count, b"", 0, None, bytes((count + 7) // 8))
    return Column(_TYPES[tag], count, data.translate(_TRUE) if tag == _BOOLEAN else data, size)


def _column(tag: int, data: bytes, offsets: bytes | None, valid: bytes, nulls: int) -> Column:
    """A column from what `_columns.Builder.finish` gives."""
    count = len(valid)
    width = 0
    if offsets is None and tag != _NULL_DATA:
        width = SIZE[tag] if SIZE[tag] < COMPACT else len(data) // count
    if tag in _FORMATS:
        data = cast(list[bytes], _strides.gather(data, width, count, (), ((0, width, True),)))[0]
    if tag == _BOOLEAN:
        data = data.translate(_TRUE)
    validity = int(valid[::-1].translate(_BINARY), 2).to_bytes((count + 7) // 8, "little") if nulls else None
    return Column(_TYPES[tag], count, data, width, offsets, validity)
