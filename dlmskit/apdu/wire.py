"""A-XDR forms: how values of one type travel inside APDUs.

Data itself is `codec.axdr`; here are the types around it. Source: IEC 61334-6 (A-XDR).
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast

import msgspec

from dlmskit.codec.axdr import encode_length, read_length, survey
from dlmskit.codec.data import Data
from dlmskit.enums import Conformance
from dlmskit.exceptions import DecodeError, EncodeError, LimitError, TruncatedError
from dlmskit.limits import Limits, Tolerance
from dlmskit.obis import Obis

if TYPE_CHECKING:
    from dlmskit.apdu.sequence import Sequence


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


def octet_at(octets: bytes, offset: int) -> int:
    """The octet at `offset`. Raises `TruncatedError`."""
    if offset >= len(octets):
        raise TruncatedError("wanted 1 octets, 0 left", offset)
    return octets[offset]


def count_at(octets: bytes, offset: int, tolerance: Tolerance) -> tuple[int, int]:
    """The length or count at `offset` and the offset behind it. Raises `DecodeError`."""
    count, end = read_length(octets, offset)
    if end - offset > 1 and end - offset != len(encode_length(count)):
        tolerance.accept("length-not-minimal", offset)
    return count, end


class Integer(msgspec.Struct, frozen=True):
    """A fixed-width big-endian integer of `width` octets."""

    width: int
    signed: bool = False

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[int, int]:
        end = offset + self.width
        found = octets[offset:end] if end <= len(octets) else take(octets, offset, self.width)
        return int.from_bytes(found, "big", signed=self.signed), end

    def write(self, value: int) -> bytes:
        try:
            return value.to_bytes(self.width, "big", signed=self.signed)
        except OverflowError:
            kind = "Integer" if self.signed else "Unsigned"
            raise EncodeError(f"{value} does not fit {kind}{8 * self.width}") from None


class _LogicalName:
    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[Obis, int]:
        return Obis.from_bytes(take(octets, offset, 6)), offset + 6

    def write(self, value: Obis) -> bytes:
        return value.to_bytes()


class _Boolean:
    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[bool, int]:
        found = octet_at(octets, offset)
        if found > 1:
            raise DecodeError(f"a boolean is 0 or 1, found {found}", offset)
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
        end, loose = survey(octets, offset, limits.depth)
        if loose >= 0:
            tolerance.accept("length-not-minimal", loose)
        return Data(octets[offset:end]), end

    def write(self, value: Data) -> bytes:
        return value.to_bytes()


class Enumerated(msgspec.Struct, frozen=True):
    """One octet that must be a member of `members`."""

    members: type[IntEnum]

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[IntEnum, int]:
        found = octet_at(octets, offset)
        member = self.members._value2member_map_.get(found)
        if member is None:
            raise DecodeError(f"{found} is no {self.members.__name__}", offset)
        return cast(IntEnum, member), offset + 1

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
        found = octet_at(octets, offset)
        if found == 0:
            return None, offset + 1
        if found != 1:
            raise DecodeError(f"presence octet must be 0 or 1, found {found}", offset)
        return self.inner.read(octets, offset + 1, limits, tolerance)

    def write(self, value: Any) -> bytes:
        return b"\x00" if value is None else b"\x01" + self.inner.write(value)


class Choice(msgspec.Struct, frozen=True):
    """A choice octet, then the chosen alternative; the value's Python type says which.

    `numbers` are the choice octets of the alternatives, which count from 0 when it is empty.
    """

    alternatives: tuple[tuple[type, Wire], ...]
    numbers: tuple[int, ...] = ()
    _by_number: dict[int, tuple[type, Wire]] = {}

    def __post_init__(self) -> None:
        numbers = self.numbers or range(len(self.alternatives))
        self._by_number.update(zip(numbers, self.alternatives, strict=True))

    def chosen(self, octets: bytes, offset: int) -> tuple[type, Wire]:
        """The alternative whose choice octet is at `offset`. Raises `DecodeError`."""
        found = octet_at(octets, offset)
        chosen = self._by_number.get(found)
        if chosen is None:
            raise DecodeError(f"choice must be {_spelled(list(self._by_number))}, found {found}", offset)
        return chosen

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[Any, int]:
        return self.chosen(octets, offset)[1].read(octets, offset + 1, limits, tolerance)

    def write(self, value: Any) -> bytes:
        for choice, (python_type, wire) in self._by_number.items():
            if isinstance(value, python_type):
                return bytes((choice,)) + wire.write(value)
        raise EncodeError(f"{type(value).__name__} is not among the alternatives")


def _spelled(numbers: list[int]) -> str:
    first, last = numbers[0], numbers[-1]
    whole = last - first + 1 == len(numbers)
    return f"{first} to {last}" if whole else ", ".join(map(str, numbers[:-1])) + f" or {last}"


class _ConformanceBits:
    """[APPLICATION 31] BIT STRING (SIZE (24)), in BER, also inside A-XDR: 5F 1F 04 00 and three octets."""

    HEAD = bytes.fromhex("5f1f0400")

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[Conformance, int]:
        found = take(octets, offset, 7)
        if not found.startswith(self.HEAD):
            raise DecodeError(f"conformance begins 5f1f0400, found {found[:4].hex()}", offset)
        return Conformance(int.from_bytes(found[4:], "big")), offset + 7

    def write(self, value: Conformance) -> bytes:
        return self.HEAD + int(value).to_bytes(3, "big")


class _DefaultTrue:
    """BOOLEAN DEFAULT TRUE: a presence octet, then the value when it is not the default."""

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[bool, int]:
        value, end = _OPTIONAL_BOOLEAN.read(octets, offset, limits, tolerance)
        if value is True:
            tolerance.accept("default-value-present", offset)
        return value is not False, end

    def write(self, value: bool) -> bytes:
        return b"\x00" if value else b"\x01\x00"


class SequenceOf(msgspec.Struct, frozen=True):
    """A count and the items."""

    item: Wire

    def read(self, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance) -> tuple[tuple[Any, ...], int]:
        count, offset = count_at(octets, offset, tolerance)
        if count > len(octets) - offset:
            raise TruncatedError(f"{count} items announced, {len(octets) - offset} octets left", offset)
        if count > limits.items:
            raise LimitError(f"items: {count} above {limits.items}", offset)
        items: list[Any] = []
        read = self.item.read
        try:
            for _ in range(count):
                item, offset = read(octets, offset, limits, tolerance)
                items.append(item)
        except DecodeError as error:
            raise error.within(f"[{len(items)}]") from None
        return tuple(items), offset

    def write(self, value: tuple[Any, ...]) -> bytes:
        return encode_length(len(value)) + b"".join(map(self.item.write, value))


Unsigned8 = Annotated[int, Integer(1)]
Unsigned16 = Annotated[int, Integer(2)]
Unsigned32 = Annotated[int, Integer(4)]
Integer8 = Annotated[int, Integer(1, signed=True)]

BOOLEAN = _Boolean()
BOOLEAN_DEFAULT_TRUE = _DefaultTrue()
CONFORMANCE = _ConformanceBits()
OCTET_STRING = _OctetString()
DATA = _Data()
LOGICAL_NAME = _LogicalName()
_OPTIONAL_BOOLEAN = Optional(BOOLEAN)
