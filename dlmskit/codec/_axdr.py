"""A-XDR Data to plain Python, to a tree of nodes, or measured only.

One walk makes values and trees, a faster one without calls measures; tests hold that they accept the same octets and
raise the same errors. This file is compiled a second time as `dlmskit._speedups._axdr`, with C types from
`ext/dlmskit/_speedups/_axdr.pxd`; errors and value types are imported, so that both builds raise and return the same
classes. Wire integers are `uint64_t` there.
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

# Steps past an element of a compact-array: so many octets (above 0), a length or a count of bits and what it says, or
# an array: count, how many steps its elements take, where their description begins and ends (32 bits each), and those.
_COUNTED_OCTETS, _COUNTED_BITS, _REPEAT = -1, -2, -3
# Arrays that make no more values than this are written out; of all others it is kept how far they are whole, as to walk
# through them again value by value would take long.
_UNROLLED = 4
_NO_REPEATS: dict[int, tuple[int, int, int]] = {}
# By size, the one step past the contents of a type without elements; none where it has no octets.
_NO_STEPS: list[int] = []
_STEPS = [[size] if 0 < size < _COMPACT else _NO_STEPS for size in range(256)]
_STEPS[_OCTETS], _STEPS[_BITS] = [_COUNTED_OCTETS], [_COUNTED_BITS]
# Octets of the types that `simple` makes; more than there can be for the others.
_PLAIN = [_SIZE[tag] if _SIZE[tag] <= 8 and not 23 <= tag <= 27 else 1 << 40 for tag in range(256)]
# No structure of a profile is wider.
_ROW = 64


class Cursor:
    """One walk through `octets`: `pos` moves up to `end`.

    `padded` is whether the last length was longer than needed, `loose` where the first such one stands.
    """

    __slots__ = ("end", "loose", "octets", "padded", "pos", "raw", "repeats", "spec")

    def __init__(self, octets: bytes, pos: int) -> None:
        self.begin(octets, pos)

    def begin(self, octets: bytes, pos: int) -> None:
        """Stand at `pos`, which is not outside of `octets`."""
        self.octets = octets
        self.raw = octets
        self.pos = pos
        self.end = len(octets)
        self.spec = 0
        self.padded = False
        self.loose = -1
        # arrays in the element that `run` is in: by description and place, elements passed, and both their ends
        self.repeats = _NO_REPEATS

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
        count = self.count(tag, start, depth)
        if mode == _VALUE:
            return self.values(count, depth - 1)
        form = self.octets[start + 1 : self.pos] if self.padded else b""
        items = []
        index = 0
        try:
            while index < count:
                items.append(self.element(mode, depth - 1))
                index += 1
        except DecodeError as error:
            raise error.within(f"[{index}]") from None
        return items if mode != _TREE else Node(tag, tuple(items), start, self.pos, form)

    def values(self, count: int, depth: int) -> list[Any]:
        """The next `count` elements as plain Python; what rows are made of without further calls."""
        raw, end = self.raw, self.end
        pos = self.pos
        # in one piece where that is no more than a row; of what is only announced there may be much at every depth
        row = count <= _ROW
        items: list[Any] = [None] * count if row else []
        index = 0
        try:
            while index < count:
                tag = raw[pos] if pos < end else 2
                at = pos + 1
                if _PLAIN[tag] <= end - at:
                    item = self.simple(tag, at)
                    pos = at + _PLAIN[tag]
                elif tag == 9 and at < end and raw[at] < 0x80 and raw[at] < end - at:
                    pos = at + 1 + raw[at]
                    item = raw[at + 1 : pos]
                else:
                    self.pos = pos
                    item = self.element(_VALUE, depth)
                    pos = self.pos
                if row:
                    items[index] = item
                else:
                    items.append(item)
                index += 1
        except DecodeError as error:
            raise error.within(f"[{index}]") from None
        self.pos = pos
        return items

    def count(self, tag: int, start: int, depth: int) -> int:
        """The count of an array or structure that may be nested `depth` deep and begins at `start`."""
        if depth <= 0:
            raise LimitError("depth: arrays and structures are nested too deep", start)
        count = self.length()
        if count > self.end - self.pos:
            raise TruncatedError(f"{_NAME[tag]} of {count} elements, {self.end - self.pos} octets remain", start)
        return count

    def skip(self, depth: int) -> None:
        """Past the element at `pos` with the checks and errors of `element`.

        One loop without calls for what is common, as all Data that comes from a line passes here.
        """
        raw, end = self.raw, self.end
        pos = self.pos
        # of each array and structure around `pos` but the innermost: its elements, and how many of them still come, the
        # one that we are in counted
        around: list[int] = []
        total = left = 1
        nested = 0
        try:
            while True:
                size = _SIZE[raw[pos]] if pos < end else _UNKNOWN
                at = pos + 1
                if size < _COMPACT and size <= end - at:
                    pos = at + size
                elif _COMPACT < size < _UNKNOWN and at < end and (size != _ELEMENTS or nested < depth):
                    count = raw[at]
                    if count < 0x80:
                        at += 1
                    else:
                        self.pos = at
                        count = self.length()
                        at = self.pos
                    room = (end - at) << 3 if size == _BITS else end - at
                    if count > room:
                        self.fail(pos, depth - nested)
                    if size == _OCTETS:
                        pos = at + count
                    elif size == _BITS:
                        pos = at + ((count + 7) >> 3)
                    else:
                        pos = at
                        if count > 0:
                            around.append(total)
                            around.append(left)
                            nested += 1
                            total = left = count
                            continue
                elif size == _COMPACT:
                    self.pos = at
                    self.compact(pos, _SKIP, depth - nested)
                    pos = self.pos
                else:
                    self.fail(pos, depth - nested)
                left -= 1
                while left == 0:
                    if nested == 0:
                        self.pos = pos
                        return
                    nested -= 1
                    left = around.pop() - 1
                    total = around.pop()
        except DecodeError as error:
            around += (total, left)
            places = zip(around[2::2], around[3::2], strict=True)
            raise error.within(*(f"[{some - rest}]" for some, rest in places)) from None

    def fail(self, start: int, depth: int) -> None:
        """For `skip`: the error of the element at `start`."""
        self.pos = start
        self.element(_SKIP, depth)

    def compact(self, start: int, mode: int, depth: int) -> Any:
        """A compact-array: one type description, then the contents of all elements without tags."""
        if depth <= 0:
            raise LimitError("depth: arrays and structures are nested too deep", start)
        raw, outer = self.raw, self.end
        spec = self.pos
        body = spec + 1
        steps = _STEPS[_SIZE[raw[spec]]] if spec < outer else _NO_STEPS
        if len(steps) == 0:
            steps, self.repeats = [], {}
            if self.describe(depth - 1, steps)[0] == 0:
                raise DecodeError("compact-array of elements without octets has no definite count", spec)
            body = self.pos
        length = raw[body] if body < outer else 0x80
        self.pos = body + 1
        self.padded = False
        if length >= 0x80:
            self.pos = body
            length = self.length()
        if length > outer - self.pos:
            raise TruncatedError(f"compact-array contents of {length} octets, {outer - self.pos} remain", start)
        form = self.octets[spec : self.pos if self.padded else body] if mode == _TREE else b""
        self.end = self.pos + length
        items = []
        index = 0
        if mode == _SKIP and length > 0:
            index = self.run(steps, 0, len(steps), length)
        try:
            while self.pos < self.end:
                self.spec = spec
                if mode == _SKIP:
                    self.blame()
                else:
                    items.append(self.described(mode))
                index += 1
        except DecodeError as error:
            raise error.within(f"[{index}]") from None
        self.end = outer
        return items if mode != _TREE else Node(19, tuple(items), start, self.pos, form)

    def describe(self, depth: int, steps: list[int]) -> tuple[int, int]:
        """Check a type description: the fewest octets that such an element has, and how many values it makes.

        `steps` is added to: how `run` gets past such an element.
        """
        start = self.pos
        raw, end = self.raw, self.end
        if start >= end:
            raise TruncatedError("octets end before a type description", start)
        tag = raw[start]
        size = _SIZE[tag]
        pos = self.pos = start + 1
        if size < _COMPACT or _ELEMENTS < size < _UNKNOWN:
            steps += _STEPS[size]
            return size if size < _COMPACT else 1, 1
        if size != _ELEMENTS:
            raise DecodeError(f"tag {tag:#04x} in a type description", start)
        if depth <= 0:
            raise LimitError("depth: arrays and structures are nested too deep", start)
        if tag == 1:
            return self.describe_array(start, depth, steps)
        count = raw[pos] if pos < end else 0x80
        if count < 0x80:
            pos += 1
        else:
            count = self.length()
            pos = self.pos
        if count > end - pos:
            raise TruncatedError(f"structure of {count} types, {end - pos} octets remain", start)
        least: Any = 0
        values: Any = 1
        plain = fixed = 0  # elements seen since `describe` was called last, and octets that they make one step of
        while count > 0:
            count -= 1
            size = _SIZE[raw[pos]] if pos < end else _UNKNOWN
            if size < _COMPACT:
                pos += 1
                plain += 1
                fixed += size
                continue
            if fixed > 0:
                steps.append(fixed)
                least += fixed
                fixed = 0
            if _ELEMENTS < size < _UNKNOWN:
                pos += 1
                plain += 1
                least += 1
                steps += _STEPS[size]
            else:
                self.pos = pos
                one, some = self.describe(depth - 1, steps)
                pos = self.pos
                least += one
                values += some
        self.pos = pos
        if fixed > 0:
            steps.append(fixed)
            least += fixed
        values += plain
        if values > _VALUES_PER_OCTET * least:
            raise LimitError(f"compact-array makes more than {_VALUES_PER_OCTET} values of an octet", start)
        return least, values

    def describe_array(self, start: int, depth: int, steps: list[int]) -> tuple[Any, Any]:
        if self.end - self.pos < 2:
            raise TruncatedError("octets end before the count of an array", start)
        count = (self.raw[self.pos] << 8) | self.raw[self.pos + 1]
        self.pos += 2
        spec: int = self.pos
        inner = steps if count == 1 else []
        one, some = self.describe(depth - 1, inner)
        if count > 1:
            if count * some > _UNROLLED:
                steps += [_REPEAT, count, len(inner), spec << 32 | self.pos, *inner]
            elif len(inner) == 1 and inner[0] > 0:
                steps.append(count * inner[0])
            else:
                steps += inner * count
        least, values = count * one, 1 + count * some
        if values > _VALUES_PER_OCTET * least:
            raise LimitError(f"compact-array makes more than {_VALUES_PER_OCTET} values of an octet", start)
        return least, values

    def run(self, steps: list[int], first: int, last: int, most: int) -> int:
        """Past those of the next `most` elements that stand whole, and how many these are.

        `steps[first:last]` leads past one of them. Of the first that is not whole `described` says what is wrong.
        """
        raw, end = self.raw, self.end
        pos = begin = self.pos
        step = steps[first]
        done = 0
        if step > 0 and last - first == 1:
            done = min((end - pos) // step, most)
            self.pos = pos + done * step
            return done
        at = first
        while pos < end and done < most:
            step = steps[at]
            if step >= 0:
                pos += step
            elif step == _REPEAT:
                self.pos = pos
                mark = len(self.repeats)
                count = self.run(steps, at + 4, at + 4 + steps[at + 2], steps[at + 1])
                place = steps[at + 3]
                while count == steps[at + 1] and len(self.repeats) > mark:
                    self.repeats.popitem()  # inside one that is whole
                self.repeats[(place >> 32 << 32) + pos] = (count, self.pos, place & 0xFFFF_FFFF)
                pos = self.pos
                if count < steps[at + 1]:
                    break
                at += 3 + steps[at + 2]
            else:
                size = raw[pos]
                pos += 1
                if size >= 0x80:
                    self.pos = pos - 1
                    try:
                        size = self.length()
                    except DecodeError:
                        break
                    pos = self.pos
                pos += size if step == _COUNTED_OCTETS else (size + 7) >> 3
            if pos > end:
                break
            at += 1
            if at == last:
                at = first
                done += 1
                begin = pos
                if first == 0 and self.repeats:
                    self.repeats = {}
        self.pos = begin
        return done

    def described(self, mode: int) -> Any:
        """The contents at `pos` of an element whose checked type description stands at `spec`; moves both."""
        start = self.pos
        tag = self.raw[self.spec]
        self.spec += 1
        if _SIZE[tag] != _ELEMENTS:
            value = self.scalar(tag, start, mode)
            return self.leaf(tag, value, start, start) if mode == _TREE else value
        count = self.described_count(tag)
        spec = self.spec
        items: list[Any] = []
        try:
            while len(items) < count:
                if tag == 1:
                    self.spec = spec
                items.append(self.described(mode))
        except DecodeError as error:
            raise error.within(f"[{len(items)}]") from None
        return items if mode != _TREE else Node(tag, tuple(items), start, self.pos)

    def described_count(self, tag: int) -> int:
        """The count of elements at `spec`, in the form that it has in a checked type description."""
        spec = self.spec
        if tag == 1:
            self.spec += 2
            return (self.raw[spec] << 8) | self.raw[spec + 1]
        start = self.pos
        self.pos = spec
        count = self.length()
        self.spec = self.pos
        self.pos = start
        return count

    def blame(self) -> None:
        """The error of an element that `run` found not to be whole, or past a part of it that is: as `described`."""
        tag = self.raw[self.spec]
        self.spec += 1
        if _SIZE[tag] != _ELEMENTS:
            self.scalar(tag, self.pos, _SKIP)
            return
        raw, end = self.raw, self.end
        count = raw[self.spec]
        if tag == 2 and count < 0x80:
            self.spec += 1
        else:
            count = self.described_count(tag)
        spec = self.spec
        index = 0
        if tag == 1 and (spec << 32) + self.pos in self.repeats:
            index, self.pos, stop = self.repeats[(spec << 32) + self.pos]
            if index == count:
                self.spec = stop
        try:
            while index < count:
                if tag == 1:
                    self.spec = spec
                size = _SIZE[raw[self.spec]]
                if size == _OCTETS and self.pos < end and raw[self.pos] < 0x80:
                    size = 1 + raw[self.pos]
                if size < 0x80 and size <= end - self.pos:
                    self.spec += 1
                    self.pos += size
                else:
                    self.blame()
                index += 1
        except DecodeError as error:
            raise error.within(f"[{index}]") from None

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
            return _bits(self.raw[at : self.pos], count)
        if tag == 9:
            return self.raw[at : self.pos]
        if kind == _OCTETS or 23 <= tag <= 27:
            return _octets(tag, self.raw[at : self.pos])
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


def _cursor(octets: Any, offset: int) -> Cursor:
    """A walk from `offset` on; a constructor would cost as much as a short walk."""
    if type(octets) is not bytes:
        octets = bytes(octets)
    if offset < 0 or offset > len(octets):
        raise DecodeError(f"offset {offset} is outside of {len(octets)} octets")
    cursor: Cursor = Cursor.__new__(Cursor)
    cursor.begin(octets, offset)
    return cursor


def _bits(octets: bytes, count: int) -> BitString:
    unused = 8 * len(octets) - count
    if unused:
        last = len(octets) - 1
        octets = octets[:last] + bytes((octets[last] >> unused << unused,))
    return BitString(octets, count)


def _octets(tag: int, octets: bytes) -> Any:
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
    cursor = _cursor(octets, offset)
    cursor.skip(depth if depth < _DEEPEST else _DEEPEST)
    return cursor.pos, cursor.loose


def measure(octets: Any, offset: int = 0, depth: int = 32) -> int:
    """Where the Data at `offset` ends; makes no values. Raises as `survey`."""
    cursor = _cursor(octets, offset)
    cursor.skip(depth if depth < _DEEPEST else _DEEPEST)
    return cursor.pos


def decode_value(octets: Any, offset: int = 0, depth: int = 32) -> tuple[Any, int]:
    """The Data at `offset` as plain Python, and where it ends. Raises as `survey`."""
    cursor = _cursor(octets, offset)
    value = cursor.element(_VALUE, min(depth, _DEEPEST))
    return value, cursor.pos


def decode_tree(octets: Any, offset: int = 0, depth: int = 32) -> tuple[Any, int]:
    """The Data at `offset` as a `Node`, and where it ends. Raises as `survey`."""
    cursor = _cursor(octets, offset)
    node = cursor.element(_TREE, min(depth, _DEEPEST))
    return node, cursor.pos


def read_length(octets: Any, offset: int = 0) -> tuple[int, int]:
    """The length at `offset` and where it ends. Raises `DecodeError`."""
    cursor = _cursor(octets, offset)
    return cursor.length(), cursor.pos


def description_end(octets: Any) -> int:
    """Where the type description at the beginning of `octets` ends. Raises `DecodeError`, and `LimitError` as above."""
    cursor = _cursor(octets, 0)
    cursor.describe(_DEEPEST, [])
    return cursor.pos
