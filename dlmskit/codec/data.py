"""`Data`: one A-XDR Data as its octets, and constructors for every type.

Octets are checked once and stay as they came, so encoding what was decoded gives the same octets; plain Python and the
tree are made when asked for.
Source: Green Book, Data.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dlmskit.codec import axdr
from dlmskit.codec.columns import Columns, decode_columns
from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.codec.values import DONT_CARE, BitString, Node
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, EncodeError
from dlmskit.limits import DEFAULT_LIMITS, Limits, Tolerance

_STRINGS = (DataType.OCTET_STRING, DataType.VISIBLE_STRING, DataType.UTF8_STRING, DataType.BIT_STRING)
# Checked octets are no deeper than the limit they were checked with.
_ANY_DEPTH = 200
_ANY_DEPTH_LIMITS = Limits(depth=_ANY_DEPTH)
_COMPOSITES = (DataType.ARRAY, DataType.STRUCTURE, DataType.COMPACT_ARRAY)


class Data:
    """One Data: immutable, hashable, equal when the octets are.

    ``Data(octets)`` trusts its argument and is for octets already checked; `from_bytes` and `parse` check.
    JSON needs `dlmskit.codec.hooks`, where a Data is its octets in hex.
    """

    __slots__ = ("_octets",)
    _octets: bytes

    def __init__(self, octets: bytes) -> None:
        object.__setattr__(self, "_octets", octets)

    @classmethod
    def from_bytes(cls, octets: bytes, *, limits: Limits = DEFAULT_LIMITS, tolerance: Tolerance | None = None) -> Data:
        """The Data that fills `octets`. Raises as `parse`, and `DecodeError` for octets after it."""
        data, end = cls.parse(octets, 0, limits=limits, tolerance=tolerance)
        if end != len(octets):
            raise DecodeError(f"{len(octets) - end} octets after the Data", end)
        return data

    @classmethod
    def parse(
        cls, octets: bytes, offset: int = 0, *, limits: Limits = DEFAULT_LIMITS, tolerance: Tolerance | None = None
    ) -> tuple[Data, int]:
        """The Data at `offset` and where it ends.

        Raises `DecodeError` for anything that is no Data and `LimitError` for elements nested too deep. A length in a
        longer form than needed is the quirk ``length-not-minimal``: a strict `tolerance` refuses it.
        """
        end, loose = axdr.survey(octets, offset, limits.depth)
        if loose >= 0 and tolerance is not None:
            tolerance.accept("length-not-minimal", loose)
        return cls(bytes(octets[offset:end])), end

    def to_bytes(self) -> bytes:
        """The octets, tag first."""
        return self._octets

    @property
    def tag(self) -> DataType:
        """The type."""
        return DataType(self._octets[0])

    @property
    def value(self) -> Any:
        """Plain Python, made anew at each call.

        null-data None; boolean bool; integers, enum, bcd (the octet) and deltas int; floats float; octet-string bytes;
        visible-string and utf8-string str, or bytes where the octets are not such characters; bit-string `BitString`;
        date-time, date, time `CosemDateTime`, `CosemDate`, `CosemTime`, or bytes where a field is impossible; dont-care
        `DONT_CARE`; array, structure and compact-array list. The sign rule of the three unsigned deltas is not
        confirmed: they are the number on the wire.
        """
        return axdr.decode_value(self._octets, 0, _ANY_DEPTH)[0]

    def tree(self) -> Node:
        """The same with the type and place of each element."""
        node: Node = axdr.decode_tree(self._octets, 0, _ANY_DEPTH)[0]
        return node

    def columns(self) -> Columns:
        """The same as columns, without an object a cell: see `dlmskit.codec.columns.decode_columns`."""
        return decode_columns(self._octets, limits=_ANY_DEPTH_LIMITS)

    def __eq__(self, other: object) -> bool:
        return self._octets == other._octets if isinstance(other, Data) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._octets)

    def __repr__(self) -> str:
        tag = self.tag
        if tag in _COMPOSITES:
            return f"Data({tag.label} of {len(self.value)})"
        if tag in _STRINGS:  # may be a secret
            unit = "bits" if tag is DataType.BIT_STRING else "octets"
            return f"Data({tag.label} of {axdr.read_length(self._octets, 1)[0]} {unit})"
        return f"Data({tag.label} {self.value})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Data cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Data cannot be changed")

    def __reduce__(self) -> tuple[object, ...]:
        return Data, (self._octets,)


def of(tag: int, value: Any) -> Data:
    """A Data of a type without elements. Raises `EncodeError` where `value` does not fit."""
    if tag in _COMPOSITES:
        raise EncodeError(f"{DataType(tag).label} has elements: use the function of its name")
    return Data(bytes((tag & 0xFF,)) + axdr.encode_scalar(tag, value))


def null_data() -> Data:
    return of(DataType.NULL_DATA, None)


def boolean(value: bool) -> Data:
    return of(DataType.BOOLEAN, value)


def bit_string(value: str | BitString) -> Data:
    """Bits as ``"0101"`` or a `BitString`."""
    return of(DataType.BIT_STRING, BitString.from_str(value) if isinstance(value, str) else value)


def double_long(value: int) -> Data:
    """Signed, 4 octets."""
    return of(DataType.DOUBLE_LONG, value)


def double_long_unsigned(value: int) -> Data:
    """Unsigned, 4 octets."""
    return of(DataType.DOUBLE_LONG_UNSIGNED, value)


def octet_string(value: bytes) -> Data:
    return of(DataType.OCTET_STRING, value)


def visible_string(value: str | bytes) -> Data:
    """ASCII text; octets are taken as they are."""
    return of(DataType.VISIBLE_STRING, value)


def utf8_string(value: str | bytes) -> Data:
    """UTF-8 text; octets are taken as they are."""
    return of(DataType.UTF8_STRING, value)


def bcd(value: int) -> Data:
    """One octet, as it stands on the wire."""
    return of(DataType.BCD, value)


def integer(value: int) -> Data:
    """Signed, 1 octet."""
    return of(DataType.INTEGER, value)


def long(value: int) -> Data:
    """Signed, 2 octets."""
    return of(DataType.LONG, value)


def unsigned(value: int) -> Data:
    """Unsigned, 1 octet."""
    return of(DataType.UNSIGNED, value)


def long_unsigned(value: int) -> Data:
    """Unsigned, 2 octets."""
    return of(DataType.LONG_UNSIGNED, value)


def long64(value: int) -> Data:
    """Signed, 8 octets."""
    return of(DataType.LONG64, value)


def long64_unsigned(value: int) -> Data:
    """Unsigned, 8 octets."""
    return of(DataType.LONG64_UNSIGNED, value)


def enum(value: int) -> Data:
    """Unsigned, 1 octet."""
    return of(DataType.ENUM, value)


def float32(value: float) -> Data:
    return of(DataType.FLOAT32, value)


def float64(value: float) -> Data:
    return of(DataType.FLOAT64, value)


def date_time(value: CosemDateTime | bytes) -> Data:
    """Octets are taken as they are."""
    return of(DataType.DATE_TIME, value)


def date(value: CosemDate | bytes) -> Data:
    """Octets are taken as they are."""
    return of(DataType.DATE, value)


def time(value: CosemTime | bytes) -> Data:
    """Octets are taken as they are."""
    return of(DataType.TIME, value)


def delta_integer(value: int) -> Data:
    """Signed, 1 octet."""
    return of(DataType.DELTA_INTEGER, value)


def delta_long(value: int) -> Data:
    """Signed, 2 octets."""
    return of(DataType.DELTA_LONG, value)


def delta_double_long(value: int) -> Data:
    """Signed, 4 octets."""
    return of(DataType.DELTA_DOUBLE_LONG, value)


def delta_unsigned(value: int) -> Data:
    """1 octet, the number on the wire."""
    return of(DataType.DELTA_UNSIGNED, value)


def delta_long_unsigned(value: int) -> Data:
    """2 octets, the number on the wire."""
    return of(DataType.DELTA_LONG_UNSIGNED, value)


def delta_double_long_unsigned(value: int) -> Data:
    """4 octets, the number on the wire."""
    return of(DataType.DELTA_DOUBLE_LONG_UNSIGNED, value)


def dont_care() -> Data:
    return of(DataType.DONT_CARE, DONT_CARE)


def array(*items: Data) -> Data:
    """An array of `items`, which should all be of one type."""
    return _composite(DataType.ARRAY, items)


def structure(*items: Data) -> Data:
    """A structure of `items`."""
    return _composite(DataType.STRUCTURE, items)


def array_of(description: bytes, items: Iterable[Any]) -> Data:
    """An array of plain Python `items`, all of the type that `description` gives, as in `compact_array`."""
    rows = items if isinstance(items, list) else list(items)
    head = bytes((DataType.ARRAY,)) + axdr.encode_length(len(rows))
    return Data(axdr.encode_items(description, rows, True, head))


def _composite(tag: DataType, items: Iterable[Data]) -> Data:
    pieces = [item.to_bytes() for item in items]
    return Data(bytes((tag,)) + axdr.encode_length(len(pieces)) + b"".join(pieces))


def compact_array(description: bytes, items: Iterable[Any]) -> Data:
    """A compact-array of plain Python `items`.

    `description` is the TypeDescription in octets: a tag for a type without elements, ``02``, count and types for a
    structure, ``01``, a count of 2 octets and one type for an array. Raises `EncodeError` where an item does not fit or
    the elements have no octets.
    """
    contents = axdr.encode_items(description, items, False)
    data = bytes((DataType.COMPACT_ARRAY,)) + description + axdr.encode_length(len(contents)) + contents
    try:
        return Data.from_bytes(data)
    except DecodeError as error:
        raise EncodeError(error.reason) from None
