"""Rows of any lengths to columns, cell by cell.

For `dlmskit.codec.columns`, where rows of one length are taken apart faster. This file is compiled a second time as
`dlmskit._speedups._columns`, with C types from `ext/dlmskit/_speedups/_columns.pxd`.
"""

from __future__ import annotations

import sys
from array import array
from typing import Any

from dlmskit.codec.axdr import read_length as _read_length
from dlmskit.codec.tags import COMPACT as _COMPACT
from dlmskit.codec.tags import OCTETS as _OCTETS
from dlmskit.codec.tags import SIZE as _SIZE
from dlmskit.exceptions import DecodeError

# Integers of these types may stand in one column; it gets the widest.
_SIGNED = (15, 16, 5, 20)
_UNSIGNED = (17, 18, 6, 21)
# A column of octets of one length stays so when cells are null, if that costs no more than this a cell.
_PADDED = 16


class Builder:
    """One column in the making: numbers big-endian, octets one after the other; `valid` is 0 for each null-data."""

    __slots__ = ("count", "data", "ends", "least", "most", "nulls", "size", "tag", "valid")

    def __init__(self) -> None:
        self.tag = 0
        self.size = 0
        self.count = 0
        self.nulls = 0
        self.least = self.most = -1
        self.data = bytearray()
        self.valid = bytearray()
        self.ends = array("q", [0])

    def add(self, tag: int, octets: bytes) -> bool:
        """The next cell, its contents in `octets`; whether its type can stand in this column."""
        if tag != self.tag and tag != 0 and not self.admit(tag, len(octets)):
            return False
        size = len(octets)
        self.count += 1
        if tag == 0:
            self.nulls += 1
            self.valid.append(0)
            if _SIZE[self.tag] < _COMPACT:
                self.data += bytes(self.size)
            elif self.tag:
                self.ends.append(len(self.data))
            return True
        self.valid.append(1)
        if _SIZE[tag] == _OCTETS:
            if self.least < 0 or size < self.least:
                self.least = size
            if size > self.most:
                self.most = size
            self.data += octets
            self.ends.append(len(self.data))
        else:
            if size < self.size:
                self.data += (
                    bytes(self.size - size) if tag not in _SIGNED or octets[0] < 0x80 else b"\xff" * (self.size - size)
                )
            self.data += octets
        return True

    def admit(self, tag: int, size: int) -> bool:
        """Whether another type can stand in this column, which is made wider for it where needed."""
        if self.tag == 0:
            self.tag = tag
            if _SIZE[tag] == _OCTETS:
                self.ends = array("q", bytes(8 * self.count + 8))
            else:
                self.size = size
                self.data = bytearray(size * self.count)
            return True
        for family, codes in ((_SIGNED, "bhiq"), (_UNSIGNED, "BHIQ")):
            if tag in family and self.tag in family:
                if family.index(tag) > family.index(self.tag):
                    narrow = _swapped(array(codes[family.index(self.tag)], bytes(self.data)))
                    self.data = bytearray(_swapped(array(codes[family.index(tag)], narrow)).tobytes())
                    self.tag = tag
                    self.size = size
                return True
        return False

    def finish(self) -> tuple[int, bytes, Any, bytes, int]:
        """Type, octets, where each cell ends in them (None: all have one size), which are valid, how many are not."""
        if _SIZE[self.tag] != _OCTETS:
            return self.tag, bytes(self.data), None, bytes(self.valid), self.nulls
        if self.least == self.most > 0 and self.nulls == 0:
            return self.tag, bytes(self.data), None, bytes(self.valid), 0
        if self.least == self.most > 0 and self.most <= _PADDED:
            data, pad, at = bytearray(), bytes(self.most), 0
            for valid in self.valid:
                data += self.data[at : at + self.most] if valid else pad
                at += self.most if valid else 0
            return self.tag, bytes(data), None, bytes(self.valid), self.nulls
        return self.tag, bytes(self.data), self.ends.tobytes(), bytes(self.valid), self.nulls


def _swapped(numbers: array[int]) -> array[int]:
    """Native numbers as big-endian ones, and back."""
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def walk(octets: bytes, pos: int, end: int, rows: int, tags: bytes, most: int) -> Any:
    """Columns of the rows from `pos` on, as `Builder.finish` gives them, and their number; or where it went wrong.

    `rows` structures with tags, of at most `most` cells; with -1 rows up to `end` without tags, of the types `tags`.
    """
    builders = [Builder() for _ in tags]
    width = len(builders)
    raw = octets
    done = 0
    while done < rows or (rows < 0 and pos < end):
        start = pos
        if rows >= 0:
            if end - pos < 2 or raw[pos] != 2:
                return start
            count = raw[pos + 1]
            pos += 2
            if count >= 0x80:
                try:
                    count, pos = _read_length(octets, pos - 1)
                except DecodeError:
                    return start
            if done == 0:
                if count > most or count > end - pos:
                    return start
                width = count
                builders = [Builder() for _ in range(width)]
            if count != width:
                return start
        for index in range(width):
            start = pos
            if rows < 0:
                tag = tags[index]
            elif pos < end:
                tag = raw[pos]
                pos += 1
            else:
                return start
            size = _SIZE[tag]
            if size == _OCTETS:
                if pos >= end:
                    return start
                size = raw[pos]
                pos += 1
                if size >= 0x80:
                    try:
                        size, pos = _read_length(octets, pos - 1)
                    except DecodeError:
                        return start
            elif size >= _COMPACT or tag == 255:
                return start
            if size > end - pos:
                return start
            builder = builders[index]
            if not builder.add(tag, octets[pos : pos + size]):
                return start
            pos += size
        done += 1
    return ([builder.finish() for builder in builders], done) if pos == end else pos
