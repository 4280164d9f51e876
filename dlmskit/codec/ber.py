"""The subset of BER that ACSE uses: one-octet tags, definite lengths, object identifiers.

Contents are given as places in the input, so that nothing is copied until somebody wants it and errors keep true
offsets. Source: ITU-T X.690.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dlmskit.exceptions import DecodeError, EncodeError, TruncatedError

_OID_OCTETS = 64


class Tlv(NamedTuple):
    """One element: `tag` octet at `offset`, contents in ``octets[start:end]``."""

    tag: int
    offset: int
    start: int
    end: int


def read_tlv(octets: bytes, offset: int = 0, end: int | None = None) -> Tlv:
    """The element at `offset`, not looking beyond `end`.

    Raises `DecodeError` for a tag of several octets or an indefinite length, `TruncatedError` where octets run out.
    """
    stop = len(octets) if end is None else end
    if offset + 2 > stop:
        raise TruncatedError("tag and length want 2 octets", offset)
    tag = octets[offset]
    if tag & 0x1F == 0x1F:
        raise DecodeError(f"tag {tag:#04x} of several octets", offset)
    length = octets[offset + 1]
    start = offset + 2
    if length & 0x80:
        size = length & 0x7F
        if not 0 < size <= 4:
            raise DecodeError("indefinite length" if size == 0 else f"length of {size} octets", offset + 1)
        if start + size > stop:
            raise TruncatedError(f"length wants {size} octets, {stop - start} remain", offset)
        length = int.from_bytes(octets[start : start + size], "big")
        start += size
    if length > stop - start:
        raise TruncatedError(f"element {tag:#04x} wants {length} octets, {stop - start} remain", offset)
    return Tlv(tag, offset, start, start + length)


def tlvs(octets: bytes, offset: int = 0, end: int | None = None) -> Iterator[Tlv]:
    """The elements that stand one after the other from `offset` to `end`. Raises as `read_tlv`."""
    stop = len(octets) if end is None else end
    while offset < stop:
        element = read_tlv(octets, offset, stop)
        yield element
        offset = element.end


def only_tlv(octets: bytes, offset: int, end: int, *tags: int) -> Tlv:
    """The one element that fills ``octets[offset:end]``; its tag must be among `tags` when any are given."""
    element = read_tlv(octets, offset, end)
    if tags and element.tag not in tags:
        wanted = " or ".join(f"{tag:#04x}" for tag in tags)
        raise DecodeError(f"wanted element {wanted}, found {element.tag:#04x}", offset)
    if element.end != end:
        raise DecodeError(f"{end - element.end} octets after element {element.tag:#04x}", element.end)
    return element


def write_tlv(tag: int, contents: bytes) -> bytes:
    """One element with the shortest length form."""
    return bytes((tag,)) + encode_length(len(contents)) + contents


def encode_length(length: int) -> bytes:
    """The shortest definite length."""
    if length < 0x80:
        return bytes((length,))
    size = (length.bit_length() + 7) // 8
    return bytes((0x80 | size,)) + length.to_bytes(size, "big")


def encode_integer(value: int) -> bytes:
    """Contents of an INTEGER, the fewest octets of two's complement."""
    return value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True)


def decode_integer(octets: bytes, offset: int = 0) -> int:
    """An INTEGER from its contents; `offset` is only for the error. Raises `DecodeError` when there are none."""
    if not octets:
        raise DecodeError("INTEGER without contents", offset)
    return int.from_bytes(octets, "big", signed=True)


def encode_oid(text: str) -> bytes:
    """Contents of the object identifier written ``2.16.756.5.8.1.1``. Raises `EncodeError` for anything else."""
    try:
        arcs = [int(arc) for arc in text.split(".")]
    except ValueError:
        raise EncodeError("an object identifier is numbers with dots between") from None
    if len(arcs) < 2 or min(arcs) < 0 or arcs[0] > 2 or (arcs[0] < 2 and arcs[1] > 39):
        raise EncodeError(f"no object identifier: {text[:40]}")
    octets = bytearray()
    for arc in (arcs[0] * 40 + arcs[1], *arcs[2:]):
        base128 = [arc & 0x7F]
        while arc := arc >> 7:
            base128.append(0x80 | arc & 0x7F)
        octets += bytes(reversed(base128))
    return bytes(octets)


def decode_oid(octets: bytes, offset: int = 0) -> str:
    """An object identifier from its contents as ``2.16.756.5.8.1.1``; `offset` is only for the error.

    Raises `DecodeError` for no contents, an arc that is cut, padded, or longer than 9 octets, and more than 64 octets.
    """
    if len(octets) > _OID_OCTETS:
        raise DecodeError(f"object identifier of {len(octets)} octets, {_OID_OCTETS} at most", offset)
    arcs: list[int] = []
    arc = size = 0
    for at, octet in enumerate(octets):
        if size == 0 and octet == 0x80:
            raise DecodeError("padded arc in an object identifier", offset + at)
        size += 1
        if size > 9:
            raise DecodeError("arc of an object identifier is longer than 9 octets", offset + at)
        arc = arc << 7 | octet & 0x7F
        if octet & 0x80:
            continue
        if arcs:
            arcs.append(arc)
        else:
            first = min(arc // 40, 2)
            arcs += (first, arc - first * 40)
        arc = size = 0
    if size or not arcs:
        raise TruncatedError("object identifier is cut short", offset + len(octets))
    return ".".join(map(str, arcs))
