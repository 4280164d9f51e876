"""A-XDR Data to plain Python, to a tree of nodes, or measured only.

One walk serves all three, so they agree on every octet that they accept and on every error. This file is compiled a
second time as `dlmskit._speedups._axdr`, with C types from `ext/dlmskit/_speedups/_axdr.pxd`; errors and value types
are imported, so that both builds raise and return the same classes. Wire integers are `uint64_t` there.
Source: Green Book, Data and TypeDescription; IEC 61334-6 (A-XDR).
"""

from __future__ import annotations

import struct
from typing import Any

from dlmskit.codec.tags import BITS as _BITS
from dlmskit.codec.tags import COMPACT as _COMPACT
from dlmskit.codec.tags import DATES as _DATES
from dlmskit.codec.tags import ELEMENTS as _ELEMENTS
from dlmskit.codec.tags import NAME as _NAME
from dlmskit.codec.tags import OCTETS as _OCTETS
from dlmskit.codec.tags import SIZE as _SIZE
from dlmskit.codec.tags import UNKNOWN as _UNKNOWN
from dlmskit.codec.values import DONT_CARE, BitString, Node
from dlmskit.exceptions import DecodeError, LimitError, TruncatedError

# What a walk makes of an element.
_SKIP, _VALUE, _TREE = 0, 1, 2

# A compact-array may describe elements that cost no octets (null-data), so values are bounded per octet of contents.
_VALUES_PER_OCTET = 8

# Deeper walks would need more stack than an interpreter has to offer.
_DEEPEST = 200


class Cursor:
    """One walk through `octets`: `pos` moves up to `end`.

    `padded` is whether the last length was longer than needed, `loose` where the first such one stands.
    """

    __slots__ = ("end", "loose", "octets", "padded", "pos", "raw", "spec")

    def __init__(self, octets: bytes, pos: int) -> None:
        if pos < 0 or pos > len(octets):
            raise DecodeError(f"offset {pos} is outside of {len(octets)} octets")
        self.octets = octets
        self.raw = octets
        self.pos = pos
        self.end = len(octets)
        self.spec = 0
        self.padded = False
        self.loose = -1

    def length(self) -> int:
        """A length or count, 1 octet or 81 to 84 and that many."""
        start = self.pos
        if start >= self.end:
            raise TruncatedError("octets end before a length", start)
        length = self.raw[start]
        pos = start + 1
        self.padded = False
        if length >= 0x80:
            size = length - 0x80
            if size == 0 or size > 4:
                raise DecodeError(f"length octet {length:#04x}, wanted 00 to 7F or 81 to 84", start)
            if size > self.end - pos:
                raise TruncatedError(f"a length of {size} octets, {self.end - pos} remain", start)
            length = 0
            stop = pos + size
            while pos < stop:
                length = (length << 8) | self.raw[pos]
                pos += 1
            if length < 0x80 or length >> (8 * size - 8) == 0:
                self.padded = True
                if self.loose < 0:
                    self.loose = start
        self.pos = pos
        return length

    def element(self, mode: int, depth: int) -> Any:
        """The element whose tag stands at `pos`."""
        start = self.pos
        if start >= self.end:
            raise TruncatedError("octets end before a tag", start)
        tag = self.raw[start]
        size = _SIZE[tag]
        self.pos = start + 1
        if size == _ELEMENTS:
            return self.composite(tag, start, mode, depth)
        if size == _COMPACT:
            return self.compact(start, mode, depth)
        value = self.scalar(tag, start, mode)
        return self.leaf(tag, value, start, start + 1) if mode == _TREE else value

    def composite(self, tag: int, start: int, mode: int, depth: int) -> Any:
        """An array or structure, from its count on."""
        if depth <= 0:
            raise LimitError("depth: arrays and structures are nested too deep", start)
        count = self.length()
        body = self.pos
        form = self.octets[start + 1 : body] if self.padded else b""
        if count > self.end - body:
            raise TruncatedError(f"{_NAME[tag]} of {count} elements, {self.end - body} octets remain", start)
        items = []
        index = 0
        try:
            while index < count:
                value = self.element(mode, depth - 1)
                if mode:
                    items.append(value)
                index += 1
        except DecodeError as error:
            raise error.within(f"[{index}]") from None
        return items if mode != _TREE else Node(tag, tuple(items), start, self.pos, form)

    def compact(self, start: int, mode: int, depth: int) -> Any:
        """A compact-array: one type description, then the contents of all elements without tags."""
        if depth <= 0:
            raise LimitError("depth: arrays and structures are nested too deep", start)
        spec = self.pos
        least, _, _ = self.describe(depth - 1)
        if least == 0:
            raise DecodeError("compact-array of elements without octets has no definite count", spec)
        body = self.pos
        length = self.length()
        form = self.octets[spec : self.pos if self.padded else body]
        outer = self.end
        if length > outer - self.pos:
            raise TruncatedError(f"compact-array contents of {length} octets, {outer - self.pos} remain", start)
        self.end = self.pos + length
        items = []
        index = 0
        try:
            while self.pos < self.end:
                self.spec = spec
                value = self.described(mode)
                if mode:
                    items.append(value)
                index += 1
        except DecodeError as error:
            raise error.within(f"[{index}]") from None
        self.end = outer
        return items if mode != _TREE else Node(19, tuple(items), start, self.pos, form)

    def describe(self, depth: int) -> tuple[int, int, Any]:
        """Check a type description: the fewest octets that such an element has, how many values it makes, its kind.

        A kind is a tag; for an array tag, count and the kind of its elements; for a structure tag, count and kinds.
        """
        start = self.pos
        if start >= self.end:
            raise TruncatedError("octets end before a type description", start)
        tag = self.raw[start]
        size = _SIZE[tag]
        self.pos = start + 1
        if size in (_UNKNOWN, _COMPACT):
            raise DecodeError(f"tag {tag:#04x} in a type description", start)
        if size != _ELEMENTS:
            return size if size < _COMPACT else 1, 1, tag
        if depth <= 0:
            raise LimitError("depth: arrays and structures are nested too deep", start)
        least, values = 0, 1
        if tag == 1:
            if self.end - self.pos < 2:
                raise TruncatedError("octets end before the count of an array", start)
            count = (self.raw[self.pos] << 8) | self.raw[self.pos + 1]
            self.pos += 2
            one, some, kinds = self.describe(depth - 1)
            least, values = count * one, 1 + count * some
        else:
            count = self.length()
            if count > self.end - self.pos:
                raise TruncatedError(f"structure of {count} types, {self.end - self.pos} octets remain", start)
            kinds = []
            for _ in range(count):
                one, some, kind = self.describe(depth - 1)
                least += one
                values += some
                kinds.append(kind)
        if values > _VALUES_PER_OCTET * least:
            raise LimitError(f"compact-array makes more than {_VALUES_PER_OCTET} values of an octet", start)
        return least, values, (tag, count, kinds)

    def described(self, mode: int) -> Any:
        """The contents at `pos` of an element whose checked type description stands at `spec`; moves both."""
        start = self.pos
        tag = self.raw[self.spec]
        self.spec += 1
        if _SIZE[tag] != _ELEMENTS:
            value = self.scalar(tag, start, mode)
            return self.leaf(tag, value, start, start) if mode == _TREE else value
        if tag == 1:
            count = (self.raw[self.spec] << 8) | self.raw[self.spec + 1]
            self.spec += 2
        else:
            self.pos = self.spec
            count = self.length()
            self.spec = self.pos
            self.pos = start
        spec = self.spec
        items = []
        index = 0
        try:
            while index < count:
                if tag == 1:
                    self.spec = spec
                value = self.described(mode)
                if mode:
                    items.append(value)
                index += 1
        except DecodeError as error:
            raise error.within(f"[{index}]") from None
        return items if mode != _TREE else Node(tag, tuple(items), start, self.pos)

    def leaf(self, tag: int, value: Any, start: int, body: int) -> Any:
        """A node without elements; it keeps the octets where encoding the value would give other ones."""
        kind = _SIZE[tag]
        keep = False
        if kind == _OCTETS:
            keep = self.padded
        elif kind == _BITS:
            keep = self.padded or not self.octets.endswith(value.octets, body, self.pos)
        elif tag == 3:
            keep = self.raw[body] > 1
        elif tag == 23 or tag == 24:
            keep = value != value  # of the many NaN
        return Node(tag, value, start, self.pos, self.octets[body : self.pos] if keep else b"")

    def scalar(self, tag: int, start: int, mode: int) -> Any:
        """The contents at `pos` of any other type; `start` is where the element begins."""
        kind = _SIZE[tag]
        size = kind
        count = 0
        if kind >= _ELEMENTS:
            if kind == _UNKNOWN:
                raise DecodeError(f"unknown Data tag {tag:#04x}", start)
            count = self.length()
            size = count if kind == _OCTETS else (count + 7) >> 3
        at = self.pos
        if size > self.end - at:
            raise TruncatedError(f"{_NAME[tag]} wants {size} octets, {self.end - at} remain", start)
        self.pos = at + size
        if mode == _SKIP:
            return None
        if kind == _BITS:
            return _bits(self.octets[at : self.pos], count)
        if kind == _OCTETS or 23 <= tag <= 27:
            return _octets(tag, self.octets[at : self.pos])
        return self.simple(tag, at)

    def simple(self, tag: int, at: int) -> Any:
        """The types of fixed size that need no object of ours."""
        raw = self.raw
        if tag == 6 or tag == 5 or tag == 30 or tag == 33:
            value = raw[at]
            value = (value << 8) | raw[at + 1]
            value = (value << 8) | raw[at + 2]
            value = (value << 8) | raw[at + 3]
            if (tag == 5 or tag == 30) and value & 0x80000000:
                negative = value
                return negative - 0x100000000
            return value
        if tag == 18 or tag == 16 or tag == 29 or tag == 32:
            value = raw[at]
            value = (value << 8) | raw[at + 1]
            if (tag == 16 or tag == 29) and value & 0x8000:
                negative = value
                return negative - 0x10000
            return value
        if tag == 0:
            return None
        if tag == 3:
            return raw[at] != 0
        if tag == 255:
            return DONT_CARE
        if tag == 20 or tag == 21:
            return int.from_bytes(self.octets[at : at + 8], "big", signed=tag == 20)
        value = raw[at]
        if (tag == 15 or tag == 28) and value & 0x80:
            negative = value
            return negative - 0x100
        return value


def _bits(octets: bytes, count: int) -> BitString:
    unused = 8 * len(octets) - count
    if unused:
        last = len(octets) - 1
        octets = octets[:last] + bytes((octets[last] >> unused << unused,))
    return BitString(octets, count)


def _octets(tag: int, octets: bytes) -> Any:
    if tag == 9:
        return octets
    if tag == 23:
        return struct.unpack(">f", octets)[0]
    if tag == 24:
        return struct.unpack(">d", octets)[0]
    try:
        if tag == 10:
            return octets.decode("ascii")
        return octets.decode("utf-8") if tag == 12 else _DATES[tag].from_bytes(octets)
    except (UnicodeDecodeError, DecodeError):
        return octets  # the message is whole: only this value cannot be converted


def survey(octets: Any, offset: int = 0, depth: int = 32) -> tuple[int, int]:
    """Where the Data at `offset` ends, and where its first length of a needlessly long form stands (-1: none).

    Raises `DecodeError` for anything that is not a Data, `LimitError` for elements nested more than `depth` (at most
    200) deep.
    """
    cursor = Cursor(bytes(octets), offset)
    cursor.element(_SKIP, min(depth, _DEEPEST))
    return cursor.pos, cursor.loose


def measure(octets: Any, offset: int = 0, depth: int = 32) -> int:
    """Where the Data at `offset` ends; makes no values. Raises as `survey`."""
    cursor = Cursor(bytes(octets), offset)
    cursor.element(_SKIP, min(depth, _DEEPEST))
    return cursor.pos


def decode_value(octets: Any, offset: int = 0, depth: int = 32) -> tuple[Any, int]:
    """The Data at `offset` as plain Python, and where it ends. Raises as `survey`."""
    cursor = Cursor(bytes(octets), offset)
    value = cursor.element(_VALUE, min(depth, _DEEPEST))
    return value, cursor.pos


def decode_tree(octets: Any, offset: int = 0, depth: int = 32) -> tuple[Any, int]:
    """The Data at `offset` as a `Node`, and where it ends. Raises as `survey`."""
    cursor = Cursor(bytes(octets), offset)
    node = cursor.element(_TREE, min(depth, _DEEPEST))
    return node, cursor.pos


def read_length(octets: Any, offset: int = 0) -> tuple[int, int]:
    """The length at `offset` and where it ends. Raises `DecodeError`."""
    cursor = Cursor(bytes(octets), offset)
    return cursor.length(), cursor.pos


def type_description(octets: Any) -> tuple[Any, int]:
    """The kind (see `Cursor.describe`) that the type description at the beginning of `octets` gives, and its end."""
    cursor = Cursor(bytes(octets), 0)
    _, _, kind = cursor.describe(_DEEPEST)
    return kind, cursor.pos
