"""A-XDR Data to plain Python, to a tree of nodes, or measured only; and back.

One walk serves all three, so they agree on every octet that they accept and on every error. This file is compiled a
second time as `dlmskit._speedups._axdr`, with C types from `ext/dlmskit/_speedups/_axdr.pxd`; errors and value types
are imported, so that both builds raise and return the same classes. Wire integers are `uint64_t` there.
Source: Green Book, Data and TypeDescription; IEC 61334-6 (A-XDR).
"""

from __future__ import annotations

import struct
from typing import Any

from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.codec.values import DONT_CARE, BitString, Node
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, EncodeError, LimitError, TruncatedError

# What a walk makes of an element.
_SKIP, _VALUE, _TREE = 0, 1, 2

# Octets of each type's contents, by tag, or how they are counted.
_UNKNOWN, _OCTETS, _BITS, _ELEMENTS, _COMPACT = 255, 254, 253, 252, 251
_SIZES = {
    _ELEMENTS: (1, 2),
    _BITS: (4,),
    _OCTETS: (9, 10, 12),
    _COMPACT: (19,),
    0: (0, 255),
    1: (3, 13, 15, 17, 22, 28, 31),
    2: (16, 18, 29, 32),
    4: (5, 6, 23, 27, 30, 33),
    5: (26,),
    8: (20, 21, 24),
    12: (25,),
}
_SIZE = bytes(next((size for size, tags in _SIZES.items() if tag in tags), _UNKNOWN) for tag in range(256))
_NAME = {int(tag): tag.label for tag in DataType}
_DATES: dict[int, Any] = {25: CosemDateTime, 26: CosemDate, 27: CosemTime}

# A compact-array may describe elements that cost no octets (null-data), so values are bounded per octet of contents.
_VALUES_PER_OCTET = 8

# Deeper walks would need more stack than an interpreter has to offer.
_DEEPEST = 200


class Cursor:
    """One walk through `octets`: `pos` moves up to `end`, `loose` is where the first length of a long form stands."""

    __slots__ = ("end", "loose", "octets", "pos", "raw", "spec")

    def __init__(self, octets: bytes, pos: int) -> None:
        if pos < 0 or pos > len(octets):
            raise DecodeError(f"offset {pos} is outside of {len(octets)} octets")
        self.octets = octets
        self.raw = octets
        self.pos = pos
        self.end = len(octets)
        self.spec = 0
        self.loose = -1

    def length(self) -> int:
        """A length or count, 1 octet or 81 to 84 and that many."""
        start = self.pos
        if start >= self.end:
            raise TruncatedError("octets end before a length", start)
        length = self.raw[start]
        pos = start + 1
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
            if self.loose < 0 and (length < 0x80 or length >> (8 * size - 8) == 0):
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
        if mode != _TREE:
            return items
        form = self.octets[start + 1 : body]
        return Node(tag, tuple(items), start, self.pos, b"" if form == encode_length(count) else form)

    def compact(self, start: int, mode: int, depth: int) -> Any:
        """A compact-array: one type description, then the contents of all elements without tags."""
        if depth <= 0:
            raise LimitError("depth: arrays and structures are nested too deep", start)
        spec = self.pos
        least, _ = self.describe(depth - 1)
        if least == 0:
            raise DecodeError("compact-array of elements without octets has no definite count", spec)
        body = self.pos
        length = self.length()
        form = self.octets[spec:body]
        if self.octets[body : self.pos] != encode_length(length):
            form = self.octets[spec : self.pos]
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

    def describe(self, depth: int) -> tuple[int, int]:
        """Check a type description; the fewest octets that such an element has, and how many values it makes."""
        start = self.pos
        if start >= self.end:
            raise TruncatedError("octets end before a type description", start)
        tag = self.raw[start]
        size = _SIZE[tag]
        self.pos = start + 1
        if size in (_UNKNOWN, _COMPACT):
            raise DecodeError(f"tag {tag:#04x} in a type description", start)
        if size != _ELEMENTS:
            return size if size < _COMPACT else 1, 1
        if depth <= 0:
            raise LimitError("depth: arrays and structures are nested too deep", start)
        if tag == 1:
            if self.end - self.pos < 2:
                raise TruncatedError("octets end before the count of an array", start)
            count = (self.raw[self.pos] << 8) | self.raw[self.pos + 1]
            self.pos += 2
            least, values = self.describe(depth - 1)
            least, values = count * least, 1 + count * values
        else:
            count = self.length()
            if count > self.end - self.pos:
                raise TruncatedError(f"structure of {count} types, {self.end - self.pos} octets remain", start)
            least, values = 0, 1
            for _ in range(count):
                one, some = self.describe(depth - 1)
                least += one
                values += some
        if values > _VALUES_PER_OCTET * least:
            raise LimitError(f"compact-array makes more than {_VALUES_PER_OCTET} values of an octet", start)
        return least, values

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
        form = b""
        if tag == 3 or tag == 23 or tag == 24 or _SIZE[tag] > 12:
            octets = self.octets[body : self.pos]
            if encode_scalar(tag, value) != octets:
                form = octets
        return Node(tag, value, start, self.pos, form)

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
        if tag == 25 or tag == 26 or tag == 27:
            try:
                return _DATES[tag].from_bytes(self.octets[at : self.pos])
            except DecodeError as error:
                raise error.within(shift=at) from None
        if mode == _SKIP:
            return None
        if kind == _BITS:
            return _bits(self.octets[at : self.pos], count)
        if kind == _OCTETS or tag == 23 or tag == 24:
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
        return octets.decode("ascii" if tag == 10 else "utf-8")
    except UnicodeDecodeError:
        return octets


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


def encode_length(length: int) -> bytes:
    """A length in its shortest form. Raises `EncodeError` below 0 or beyond four octets."""
    if 0 <= length < 0x80:
        return bytes((length,))
    if not 0 < length <= 0xFFFFFFFF:
        raise EncodeError(f"a length of {length}")
    size = (length.bit_length() + 7) // 8
    return bytes((0x80 + size,)) + length.to_bytes(size, "big")


def encode_scalar(tag: int, value: Any) -> bytes:
    """Contents, without the tag, of a type that has no elements. Raises `EncodeError` where `value` does not fit."""
    if not 0 <= tag <= 255:
        raise EncodeError(f"a tag is one octet, found {tag}")
    out = bytearray()
    _put(out, tag, value)
    return bytes(out)


def _put(out: bytearray, tag: int, value: Any) -> None:
    size = _SIZE[tag]
    if tag == 0 or tag == 255:
        if value is not (None if tag == 0 else DONT_CARE):
            raise _misfit(tag, value)
    elif tag == 3:
        if value is not True and value is not False:
            raise _misfit(tag, value)
        out.append(1 if value else 0)
    elif tag == 23 or tag == 24:
        out += _float(tag, value)
    elif size == _OCTETS:
        octets = _text(tag, value) if isinstance(value, str) else _plain_bytes(tag, value)
        _put_length(out, len(octets))
        out += octets
    elif size == _BITS:
        if not isinstance(value, BitString):
            raise _misfit(tag, value)
        _put_length(out, value.length)
        out += value.octets
    elif tag == 25 or tag == 26 or tag == 27:
        if not isinstance(value, _DATES[tag]):
            raise _misfit(tag, value)
        out += value.to_bytes()
    elif size > 8 or isinstance(value, bool) or not isinstance(value, int):
        raise _misfit(tag, value)
    else:
        _put_integer(out, tag, size, value)


def _put_integer(out: bytearray, tag: int, size: int, value: Any) -> None:
    try:
        if size == 8:
            out += value.to_bytes(8, "big", signed=tag == 20)
            return
        wide = value
        bound = 1
        bound = bound << (8 * size)
        if tag in (5, 15, 16, 28, 29, 30):
            bound = bound >> 1
            fits = -bound <= wide < bound
        else:
            fits = 0 <= wide < bound
    except OverflowError:
        fits = False
    if not fits:
        raise EncodeError(f"{_NAME[tag]} cannot hold {value}")
    if size == 4:
        out.append((wide >> 24) & 0xFF)
        out.append((wide >> 16) & 0xFF)
    if size >= 2:
        out.append((wide >> 8) & 0xFF)
    out.append(wide & 0xFF)


def _put_length(out: bytearray, length: int) -> None:
    if length < 0x80:
        out.append(length)
    else:
        out += encode_length(length)


def _misfit(tag: int, value: Any) -> EncodeError:
    return EncodeError(f"{_NAME.get(tag, f'type {tag}')} cannot be made of {type(value).__name__}")


def _text(tag: int, value: str) -> bytes:
    try:
        if tag != 9:
            return value.encode("ascii" if tag == 10 else "utf-8")
    except UnicodeEncodeError:
        raise EncodeError(f"{_NAME[tag]} cannot hold such characters") from None
    raise _misfit(tag, value)


def _plain_bytes(tag: int, value: Any) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise _misfit(tag, value)
    return bytes(value)


def _float(tag: int, value: Any) -> bytes:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _misfit(tag, value)
    try:
        return struct.pack(">f" if tag == 23 else ">d", value)
    except (OverflowError, struct.error):
        raise EncodeError(f"{_NAME[tag]} cannot hold {value}") from None


def encode_tree(node: Any) -> bytes:
    """The octets of a tree: exactly those it was decoded from. Raises `EncodeError` where a value does not fit."""
    out = bytearray()
    _put_node(out, node, True)
    return bytes(out)


def _put_node(out: bytearray, node: Any, tagged: bool) -> None:
    tag = node.tag
    if not 0 <= tag <= 255:
        raise EncodeError(f"a tag is one octet, found {tag}")
    if tagged:
        out.append(tag)
    if tag == 19:
        contents = bytearray()
        for item in node.value:
            _put_node(contents, item, False)
        out += node.form
        if _type_description(node.form) == len(node.form):
            _put_length(out, len(contents))
        out += contents
    elif tag == 1 or tag == 2:
        if tagged and node.form:
            out += node.form
        elif tagged:
            _put_length(out, len(node.value))
        for item in node.value:
            _put_node(out, item, tagged)
    elif node.form:
        out += node.form
    else:
        _put(out, tag, node.value)


def _type_description(octets: bytes) -> int:
    """Where the type description at the beginning of `octets` ends."""
    cursor = Cursor(octets, 0)
    try:
        cursor.describe(_DEEPEST)
    except DecodeError as error:
        raise EncodeError(f"not a type description: {error.reason}") from None
    return cursor.pos


def encode_items(description: Any, items: Any, tagged: bool) -> bytes:
    """Plain Python `items`, each in the type that `description` (the TypeDescription of a compact-array) gives.

    With `tagged` they are Data one after the other, without it the contents of a compact-array. Raises `EncodeError`
    where an item and the type do not agree.
    """
    octets = bytes(description)
    if _type_description(octets) != len(octets):
        raise EncodeError("octets after the type description")
    cursor = Cursor(octets, 0)
    out = bytearray()
    for item in items:
        cursor.pos = 0
        _put_described(out, cursor, item, tagged)
    return bytes(out)


def _put_described(out: bytearray, cursor: Cursor, value: Any, tagged: bool) -> None:
    tag = cursor.raw[cursor.pos]
    cursor.pos += 1
    if tagged:
        out.append(tag)
    if tag != 1 and tag != 2:
        _put(out, tag, value)
        return
    if not isinstance(value, (list, tuple)):
        raise _misfit(tag, value)
    if tag == 1:
        count = (cursor.raw[cursor.pos] << 8) | cursor.raw[cursor.pos + 1]
        cursor.pos += 2
    else:
        count = cursor.length()
    if count != len(value):
        raise EncodeError(f"{_NAME[tag]} of {count} elements cannot be made of {len(value)}")
    if tagged:
        _put_length(out, count)
    body = cursor.pos
    for item in value:
        if tag == 1:
            cursor.pos = body
        _put_described(out, cursor, item, tagged)
