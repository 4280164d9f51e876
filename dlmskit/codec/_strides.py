"""Fields at equal distances in octets, taken out as one buffer.

`ext/dlmskit/_speedups/_strides.pyx` is the same by hand in C. Both trust their arguments: the last field ends within
the octets.
"""

from __future__ import annotations

import sys


def same(octets: bytes, at: int, stride: int, count: int) -> bool:
    """Whether the octets at `at`, `at` + `stride`, ..., `count` of them, are all one and the same."""
    seen = octets[at : at + (count - 1) * stride + 1 : stride]
    return seen.count(seen[:1]) == count


def gather(octets: bytes, at: int, stride: int, count: int, size: int, swap: bool) -> bytes:
    """The `count` fields of `size` octets, one after the other; with `swap` big-endian numbers become native ones."""
    out = bytearray(size * count)
    last = (count - 1) * stride + 1
    for index in range(size if count else 0):
        place = size - 1 - index if swap and sys.byteorder == "little" else index
        out[place::size] = octets[at + index : at + index + last : stride]
    return bytes(out)
