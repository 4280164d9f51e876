"""Plain Python and trees of nodes to A-XDR Data.

This file is compiled a second time as `dlmskit._speedups._axdr_encode`, as `dlmskit.codec._axdr` is.
Source: Green Book, Data and TypeDescription; IEC 61334-6 (A-XDR).
"""

from __future__ import annotations

import struct
from typing import Any

from dlmskit.codec._axdr import description_end as _description_end
from dlmskit.codec.tags import BITS as _BITS
from dlmskit.codec.tags import DATES as _DATES
from dlmskit.codec.tags import ELEMENTS as _ELEMENTS
from dlmskit.codec.tags import NAME as _NAME
from dlmskit.codec.tags import OCTETS as _OCTETS
from dlmskit.codec.tags import SIZE as _SIZE
from dlmskit.codec.values import DONT_CARE, BitString
from dlmskit.exceptions import DecodeError, EncodeError

# Up to here a loop over C octets is cheaper than a slice (which C pointers cannot be assigned).
_SHORT = 16
_HIGHEST = 0x7FFF_FFFF_FFFF_FFFF
_HIGHEST_UNSIGNED = 0xFFFF_FFFF_FFFF_FFFF


def encode_length(length: int) -> bytes:
    """A length in its shortest form. Raises `EncodeError` below 0 or beyond four octets."""
    if 0 <= length < 0x80:
        return bytes((length,))
    if not 0 < length <= 0xFFFFFFFF:
        raise EncodeError(f"a length of {length}")
    size = (length.bit_length() + 7) // 8
    return bytes((0x80 + size,)) + length.to_bytes(size, "big")


class Writer:
    """Octets in the making: those of `raw` before `pos` are written, `raw` is all of `out`.

    `types` is the type description of `items`, `spec` the place in it.
    """

    __slots__ = ("out", "pos", "raw", "room", "spec", "types")

    def __init__(self, types: bytes = b"") -> None:
        self.out = bytearray(32)
        self.raw = self.out
        self.room = 32
        self.pos = 0
        self.types = types
        self.spec = 0

    def octets(self) -> bytes:
        """What was written."""
        return bytes(self.raw[: self.pos])

    def reserve(self, size: int) -> None:
        """Make place for `size` more octets."""
        if size > self.room - self.pos:
            self.grow(size)

    def grow(self, size: int) -> None:
        self.out.extend(bytes(size + 3 * self.room))
        self.raw = self.out
        self.room = len(self.out)

    def octet(self, value: int) -> None:
        self.reserve(1)
        self.raw[self.pos] = value
        self.pos += 1

    def write(self, octets: bytes) -> None:
        size = len(octets)
        self.reserve(size)
        pos = self.pos
        self.pos += size
        if size > _SHORT:
            self.out[pos : self.pos] = octets
        else:
            raw = self.raw
            for octet in octets:
                raw[pos] = octet
                pos += 1

    def length(self, length: int) -> None:
        if length < 0x80:
            self.octet(length)
        else:
            self.write(encode_length(length))

    def put(self, tag: int, value: Any) -> None:
        """Contents of a type that has no elements."""
        size = _SIZE[tag]
        if tag == 0 or tag == 255:
            if value is not (None if tag == 0 else DONT_CARE):
                raise _misfit(tag, value)
        elif tag == 3:
            if value is not True and value is not False:
                raise _misfit(tag, value)
            self.octet(1 if value else 0)
        elif tag == 23 or tag == 24:
            self.write(_float(tag, value))
        elif size == _OCTETS:
            octets = value if type(value) is bytes else _string(tag, value)
            self.length(len(octets))
            self.write(octets)
        elif size == _BITS:
            if not isinstance(value, BitString):
                raise _misfit(tag, value)
            self.length(value.length)
            self.write(value.octets)
        elif tag == 25 or tag == 26 or tag == 27:
            octets = value.to_bytes() if isinstance(value, _DATES[tag]) else _plain_bytes(tag, value)
            if len(octets) != size:
                raise EncodeError(f"{_NAME[tag]} wants {size} octets, found {len(octets)}")
            self.write(octets)
        elif size > 8 or isinstance(value, bool) or not isinstance(value, int):
            raise _misfit(tag, value)
        else:
            self.integer(tag, size, value)

    def integer(self, tag: int, size: int, value: Any) -> None:
        try:
            if tag == 21:
                bits = value
                fits = 0 <= bits <= _HIGHEST_UNSIGNED  # in C what does not fit raised
            else:
                wide = value
                top = _HIGHEST >> (64 - 8 * size)
                if tag == 5 or tag == 15 or tag == 16 or tag == 20 or 28 <= tag <= 30:
                    fits = -top - 1 <= wide <= top
                else:
                    fits = 0 <= wide <= 2 * top + 1
                bits = wide
        except OverflowError:
            fits = False
        if not fits:
            raise EncodeError(f"{_NAME[tag]} cannot hold {value}")
        self.reserve(8)
        raw = self.raw
        pos = self.pos
        self.pos += size
        if size >= 4:
            if size == 8:
                raw[pos] = (bits >> 56) & 0xFF
                raw[pos + 1] = (bits >> 48) & 0xFF
                raw[pos + 2] = (bits >> 40) & 0xFF
                raw[pos + 3] = (bits >> 32) & 0xFF
                pos += 4
            raw[pos] = (bits >> 24) & 0xFF
            raw[pos + 1] = (bits >> 16) & 0xFF
            pos += 2
        if size >= 2:
            raw[pos] = (bits >> 8) & 0xFF
            pos += 1
        raw[pos] = bits & 0xFF

    def item(self, value: Any, tagged: bool) -> None:
        """Plain Python in the type whose checked description stands at `spec`, which moves past it."""
        tag = self.types[self.spec]
        self.spec += 1
        if tagged:
            self.octet(tag)
        if _SIZE[tag] == _ELEMENTS:
            self.items(tag, value, tagged)
        else:
            self.put(tag, value)

    def items(self, tag: int, value: Any, tagged: bool) -> None:
        """The elements of an array or structure; `spec` is at their count."""
        count = self.described_count(tag)
        if not isinstance(value, (list, tuple)):
            raise _misfit(tag, value)
        if count != len(value):
            raise EncodeError(f"{_NAME[tag]} of {count} elements cannot be made of {len(value)}")
        if tagged:
            self.length(count)
        spec = self.spec
        for element in value:
            if tag == 1:
                self.spec = spec
            self.item(element, tagged)

    def described_count(self, tag: int) -> int:
        """The count at `spec` in a description."""
        count = self.types[self.spec]
        self.spec += 1
        size = 0
        if tag == 1:
            size = 1
        elif count >= 0x80:
            size = count - 0x80
            count = 0
        while size > 0:
            count = (count << 8) | self.types[self.spec]
            self.spec += 1
            size -= 1
        return count

    def node(self, node: Any, tagged: bool) -> None:
        """A node of a tree, exactly as it was decoded."""
        tag = node.tag
        if not 0 <= tag <= 255:
            raise EncodeError(f"a tag is one octet, found {tag}")
        if tagged:
            self.octet(tag)
        if tag == 19:
            contents = Writer()
            for item in node.value:
                contents.node(item, False)
            self.write(node.form)
            if _described(node.form) == len(node.form):
                self.length(contents.pos)
            self.write(contents.octets())
        elif tag == 1 or tag == 2:
            if tagged and node.form:
                self.write(node.form)
            elif tagged:
                self.length(len(node.value))
            for item in node.value:
                self.node(item, tagged)
        elif node.form:
            self.write(node.form)
        else:
            self.put(tag, node.value)


def encode_scalar(tag: int, value: Any) -> bytes:
    """Contents, without the tag, of a type that has no elements. Raises `EncodeError` where `value` does not fit."""
    if not 0 <= tag <= 255:
        raise EncodeError(f"a tag is one octet, found {tag}")
    out = Writer()
    out.put(tag, value)
    return out.octets()


def encode_tree(node: Any) -> bytes:
    """The octets of a tree: exactly those it was decoded from. Raises `EncodeError` where a value does not fit."""
    out = Writer()
    out.node(node, True)
    return out.octets()


def encode_items(description: Any, items: Any, tagged: bool, head: bytes = b"") -> bytes:
    """Plain Python `items`, each in the type that `description` (the TypeDescription of a compact-array) gives.

    With `tagged` they are Data one after the other, without it the contents of a compact-array; `head` comes before
    them. Raises `EncodeError` where an item and the type do not agree.
    """
    out = Writer(bytes(description))
    if _described(out.types) != len(out.types):
        raise EncodeError("octets after the type description")
    out.write(head)
    for item in items:
        out.spec = 0
        out.item(item, tagged)
    return out.octets()


def _described(description: bytes) -> int:
    try:
        return _description_end(description)
    except DecodeError as error:
        raise EncodeError(f"not a type description: {error.reason}") from None


def _misfit(tag: int, value: Any) -> EncodeError:
    return EncodeError(f"{_NAME.get(tag, f'type {tag}')} cannot be made of {type(value).__name__}")


def _string(tag: int, value: Any) -> bytes:
    if not isinstance(value, str):
        return _plain_bytes(tag, value)
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
