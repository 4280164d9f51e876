"""What the A-XDR kernels know of each Data tag: its name, and its size or how that is counted."""

from __future__ import annotations

from typing import Any

from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.enums import DataType

UNKNOWN, OCTETS, BITS, ELEMENTS, COMPACT = 255, 254, 253, 252, 251

_TAGS = {
    ELEMENTS: (1, 2),
    BITS: (4,),
    OCTETS: (9, 10, 12),
    COMPACT: (19,),
    0: (0, 255),
    1: (3, 13, 15, 17, 22, 28, 31),
    2: (16, 18, 29, 32),
    4: (5, 6, 23, 27, 30, 33),
    5: (26,),
    8: (20, 21, 24),
    12: (25,),
}
SIZE = bytes(next((size for size, tags in _TAGS.items() if tag in tags), UNKNOWN) for tag in range(256))
NAME = {int(tag): tag.label for tag in DataType}
DATES: dict[int, Any] = {25: CosemDateTime, 26: CosemDate, 27: CosemTime}
