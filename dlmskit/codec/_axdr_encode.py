"""Plain Python and trees of nodes to A-XDR Data.

This file is compiled a second time as `dlmskit._speedups._axdr_encode`, as `dlmskit.codec._axdr` is.
Source: Green Book, Data and TypeDescription; IEC 61334-6 (A-XDR).
"""

from __future__ import annotations

import struct
from typing import Any

from dlmskit.codec._axdr import type_description as _type_description
from dlmskit.codec.tags import BITS as _BITS
from dlmskit.codec.tags import DATES as _DATES
from dlmskit.codec.tags import NAME as _NAME
from dlmskit.codec.tags import OCTETS as _OCTETS
from dlmskit.codec.tags import SIZE as _SIZE
from dlmskit.codec.values import DONT_CARE, BitString
from dlmskit.exceptions import DecodeError, EncodeError


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
        octets = value.to_bytes() if isinstance(value, _DATES[tag]) else _plain_bytes(tag, value)
        if len(octets) != size:
            raise EncodeError(f"{_NAME[tag]} wants {size} octets, found {len(octets)}")
        out += octets
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
        if _described(node.form)[1] == len(node.form):
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


def _described(description: bytes) -> tuple[Any, int]:
    try:
        return _type_description(description)
    except DecodeError as error:
        raise EncodeError(f"not a type description: {error.reason}") from None


def encode_items(description: Any, items: Any, tagged: bool) -> bytes:
    """Plain Python `items`, each in the type that `description` (the TypeDescription of a compact-array) gives.

    With `tagged` they are Data one after the other, without it the contents of a compact-array. Raises `EncodeError`
    where an item and the type do not agree.
    """
    octets = bytes(description)
    kind, end = _described(octets)
    if end != len(octets):
        raise EncodeError("octets after the type description")
    out = bytearray()
    for item in items:
        _put_item(out, kind, item, tagged)
    return bytes(out)


def _put_item(out: bytearray, kind: Any, value: Any, tagged: bool) -> None:
    if isinstance(kind, int):
        if tagged:
            out.append(kind)
        _put(out, kind, value)
        return
    tag, count, kinds = kind
    if not isinstance(value, (list, tuple)):
        raise _misfit(tag, value)
    if count != len(value):
        raise EncodeError(f"{_NAME[tag]} of {count} elements cannot be made of {len(value)}")
    if tagged:
        out.append(tag)
        _put_length(out, count)
    for index, item in enumerate(value):
        _put_item(out, kinds[index] if tag == 2 else kinds, item, tagged)
