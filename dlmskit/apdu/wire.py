"""A-XDR of message classes, read off their field types.

A message class is written as its ASN.1 type, and its annotations say how it travels:

    ``Unsigned8`` ...           fixed-width integer
    ``bool``                    BOOLEAN, one octet, 00 false
    an ``IntEnum``              ENUMERATED, one octet, a known value only
    ``bytes``                   OCTET STRING with its length; ``Fixed(n)`` when the type has a size
    `Data`                      the Data CHOICE
    ``X | None``                OPTIONAL, a presence octet 00 or 01
    ``X | Y``                   CHOICE of [0] X, [1] Y
    ``tuple[X, ...]``           SEQUENCE OF, a count and the items
    a `Sequence` class          SEQUENCE, its fields one after the other

Source: IEC 61334-6 (A-XDR).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Protocol, Self, Union, get_args, get_origin, get_type_hints

import msgspec

from dlmskit.codec.axdr import encode_length, read_length
from dlmskit.codec.data import Data
from dlmskit.exceptions import DecodeError, EncodeError, TruncatedError
from dlmskit.limits import DEFAULT_LIMITS, Limits, Tolerance
from dlmskit.obis import Obis


class Wire(Protocol):
    """How values of one type travel."""

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[Any, int]:
        """The value at `offset` and the offset behind it. Raises `DecodeError`."""

    def write(self, value: Any) -> bytes:
        """Octets of `value`. Raises `EncodeError`."""


def take(octets: bytes, offset: int, count: int) -> bytes:
    """`count` octets at `offset`. Raises `TruncatedError`."""
    end = offset + count
    if end > len(octets):
        raise TruncatedError(f"wanted {count} octets, {max(len(octets) - offset, 0)} left", offset)
    return octets[offset:end]


def count_at(octets: bytes, offset: int, tolerance: Tolerance) -> tuple[int, int]:
    """The length or count at `offset` and the offset behind it. Raises `DecodeError`."""
    count, end = read_length(octets, offset)
    if end - offset > 1 and end - offset != len(encode_length(count)):
        tolerance.accept("length-not-in-shortest-form", offset)
    return count, end


class Integer(msgspec.Struct, frozen=True):
    """A fixed-width big-endian integer of `width` octets."""

    width: int
    signed: bool = False

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[int, int]:
        return int.from_bytes(take(octets, offset, self.width), "big", signed=self.signed), offset + self.width

    def write(self, value: int) -> bytes:
        try:
            return value.to_bytes(self.width, "big", signed=self.signed)
        except OverflowError:
            kind = "Integer" if self.signed else "Unsigned"
            raise EncodeError(f"{value} does not fit {kind}{8 * self.width}") from None


class Fixed(msgspec.Struct, frozen=True):
    """An OCTET STRING whose type gives its size."""

    size: int

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[bytes, int]:
        return take(octets, offset, self.size), offset + self.size

    def write(self, value: bytes) -> bytes:
        if len(value) != self.size:
            raise EncodeError(f"wanted {self.size} octets, found {len(value)}")
        return value


class _LogicalName:
    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[Obis, int]:
        return Obis.from_bytes(take(octets, offset, 6)), offset + 6

    def write(self, value: Obis) -> bytes:
        return value.to_bytes()


class _Boolean:
    """Any octet but 00 is TRUE to a reader; writers send 01."""

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[bool, int]:
        found = take(octets, offset, 1)[0]
        if found > 1:
            tolerance.accept("boolean-true-is-not-01", offset)
        return found != 0, offset + 1

    def write(self, value: bool) -> bytes:
        return b"\x01" if value else b"\x00"


class _OctetString:
    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[bytes, int]:
        length, start = count_at(octets, offset, tolerance)
        return take(octets, start, length), start + length

    def write(self, value: bytes) -> bytes:
        return encode_length(len(value)) + value


class _Data:
    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[Data, int]:
        return Data.parse(octets, offset, limits=limits, tolerance=tolerance)

    def write(self, value: Data) -> bytes:
        return value.to_bytes()


class Enumerated(msgspec.Struct, frozen=True):
    """One octet that must be a member of `members`."""

    members: type[IntEnum]

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[IntEnum, int]:
        found = take(octets, offset, 1)[0]
        try:
            return self.members(found), offset + 1
        except ValueError:
            raise DecodeError(f"{found} is no {self.members.__name__}", offset) from None

    def write(self, value: IntEnum) -> bytes:
        return bytes((self.members(value),))


class Nested(msgspec.Struct, frozen=True):
    """A SEQUENCE inside another."""

    sequence: type[Sequence]

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[Sequence, int]:
        return self.sequence.read(octets, offset, limits, tolerance)

    def write(self, value: Sequence) -> bytes:
        return value.write()


class Optional(msgspec.Struct, frozen=True):
    """A presence octet, then the value when it is 01."""

    inner: Wire

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[Any, int]:
        found = take(octets, offset, 1)[0]
        if found == 0:
            return None, offset + 1
        if found != 1:
            raise DecodeError(f"presence octet must be 0 or 1, found {found}", offset)
        return self.inner.read(octets, offset + 1, limits, tolerance)

    def write(self, value: Any) -> bytes:
        return b"\x00" if value is None else b"\x01" + self.inner.write(value)


class Choice(msgspec.Struct, frozen=True):
    """A choice octet counting from 0, then the chosen alternative; the value's Python type says which."""

    alternatives: tuple[tuple[type, Wire], ...]

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[Any, int]:
        found = take(octets, offset, 1)[0]
        if found >= len(self.alternatives):
            raise DecodeError(f"choice must be 0 to {len(self.alternatives) - 1}, found {found}", offset)
        return self.alternatives[found][1].read(octets, offset + 1, limits, tolerance)

    def write(self, value: Any) -> bytes:
        for choice, (python_type, wire) in enumerate(self.alternatives):
            if isinstance(value, python_type):
                return bytes((choice,)) + wire.write(value)
        raise EncodeError(f"{type(value).__name__} is not among the alternatives")


class SequenceOf(msgspec.Struct, frozen=True):
    """A count and the items. The list grows with the octets read, so a false count costs nothing."""

    item: Wire

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[tuple[Any, ...], int]:
        count, offset = count_at(octets, offset, tolerance)
        if count > len(octets) - offset:
            raise TruncatedError(f"{count} items announced, {len(octets) - offset} octets left", offset)
        items = []
        for index in range(count):
            try:
                item, offset = self.item.read(octets, offset, limits, tolerance)
            except DecodeError as error:
                raise error.within(f"[{index}]") from None
            items.append(item)
        return tuple(items), offset

    def write(self, value: tuple[Any, ...]) -> bytes:
        return encode_length(len(value)) + b"".join(map(self.item.write, value))


Unsigned8 = Annotated[int, Integer(1)]
Unsigned16 = Annotated[int, Integer(2)]
Unsigned32 = Annotated[int, Integer(4)]
Integer8 = Annotated[int, Integer(1, signed=True)]

BOOLEAN = _Boolean()
OCTET_STRING = _OctetString()
_SIMPLE: dict[Any, Wire] = {bool: BOOLEAN, bytes: OCTET_STRING, Data: _Data(), Obis: _LogicalName()}


def wire_of(hint: Any) -> Wire:
    """The wire form that a field's annotation stands for."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        wire: Wire = arguments[1]
        return wire
    if origin in (Union, UnionType):
        alternatives = [argument for argument in arguments if argument is not NoneType]
        inner = _choice(alternatives)
        return Optional(inner) if len(alternatives) < len(arguments) else inner
    if origin is tuple:
        return SequenceOf(wire_of(arguments[0]))
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    return Enumerated(hint) if issubclass(hint, IntEnum) else Nested(hint)


def _choice(hints: list[Any]) -> Wire:
    return wire_of(hints[0]) if len(hints) == 1 else Choice(tuple((hint, wire_of(hint)) for hint in hints))


class _Hidden:
    def __repr__(self) -> str:
        return "<hidden>"


class Sequence(msgspec.Struct, frozen=True):
    """Base of messages and their parts: fields travel one after the other in the order of declaration."""

    WIRES: ClassVar[tuple[tuple[str, str, Wire], ...]] = ()
    """(attribute, ASN.1 name, wire form) of each field"""
    HIDDEN: ClassVar[frozenset[str]] = frozenset()
    """attributes that hold secrets: never shown by `repr`"""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        hints = get_type_hints(cls, include_extras=True)
        cls.WIRES = tuple(
            (name, name.replace("_", "-"), wire_of(hint))
            for name, hint in hints.items()
            if get_origin(hint) is not ClassVar
        )

    @classmethod
    def read(cls, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[Self, int]:
        """The sequence at `offset` and the offset behind it. Raises `DecodeError` with the path below this sequence."""
        values = []
        for _, name, wire in cls.WIRES:
            try:
                value, offset = wire.read(octets, offset, limits, tolerance)
            except DecodeError as error:
                raise error.within(name) from None
            values.append(value)
        return cls(*values), offset

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            yield name, _Hidden() if name in self.HIDDEN and value is not None else value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def write(self) -> bytes:
        """Octets of the fields. Raises `EncodeError`."""
        return b"".join([wire.write(getattr(self, attribute)) for attribute, _, wire in self.WIRES])

    def to_bytes(self) -> bytes:
        """The whole in octets. Raises `EncodeError`."""
        return self.write()

    @classmethod
    def from_bytes(cls, octets: bytes, *, tolerance: Tolerance | None = None, limits: Limits = DEFAULT_LIMITS) -> Self:
        """Decode exactly one, nothing behind it. Raises `DecodeError`."""
        octets = bytes(octets)
        value, end = cls.read(octets, 0, limits, tolerance or Tolerance())
        if end != len(octets):
            raise DecodeError(f"{len(octets) - end} octets too many", end)
        return value
