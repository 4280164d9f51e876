"""Fields at equal distances in octets, taken out as one buffer each.

`ext/dlmskit/_speedups/_strides.pyx` is the same by hand in C. Both trust their arguments: the last field ends within
the octets.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

Field = tuple[int, int, bool]
"""where it begins, its octets, and whether these are a big-endian number that is to be a native one"""


def gather(octets: bytes, stride: int, count: int, same: Iterable[int], fields: Iterable[Field]) -> list[bytes] | None:
    """The `count` times that each of `fields` comes, `stride` octets apart, one after the other.

    None unless the octets at each place in `same`, and `stride` octets apart from there, are all one and the same.
    """
    last = (count - 1) * stride + 1
    for at in same:
        seen = octets[at : at + last : stride]
        if seen.count(seen[:1]) != count:
            return None
    return [_gathered(octets, stride, count, *field) for field in fields]


def _gathered(octets: bytes, stride: int, count: int, at: int, size: int, swap: bool) -> bytes:
    out = bytearray(size * count)
    last = (count - 1) * stride + 1
    for index in range(size if count else 0):
        place = size - 1 - index if swap and sys.byteorder == "little" else index
        out[place::size] = octets[at + index : at + index + last : stride]
    return bytes(out)
