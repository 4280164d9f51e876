"""Value types of Data that Python has no type for, and the node of a decoded tree.

They live outside the A-XDR kernel so that its two builds give objects of the same classes.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import msgspec

from dlmskit.exceptions import EncodeError


class DontCare(Enum):
    """The one value of the type dont-care."""

    DONT_CARE = "dont-care"

    def __repr__(self) -> str:
        return "DONT_CARE"


DONT_CARE = DontCare.DONT_CARE


class BitString(msgspec.Struct, frozen=True):
    """A bit-string: `length` bits in `octets`, the first bit being the most significant one; unused bits are 0.

    `str()` gives ``"0101"`` and `from_str` reads it back. Raises `EncodeError` where length and octets do not agree.
    """

    octets: bytes
    length: int

    def __post_init__(self) -> None:
        if self.length < 0 or len(self.octets) != (self.length + 7) // 8:
            raise EncodeError(f"a bit-string of {self.length} bits does not fill {len(self.octets)} octets")
        unused = -self.length % 8
        if unused and self.octets[-1] & ((1 << unused) - 1):
            raise EncodeError("unused bits of a bit-string must be 0")

    @classmethod
    def from_str(cls, bits: str) -> BitString:
        """Bits written as ``"0101"``. Raises `EncodeError` for anything but 0 and 1."""
        if bits.strip("01"):
            raise EncodeError("a bit-string is written with 0 and 1 only")
        size = (len(bits) + 7) // 8
        return cls(int(bits.ljust(size * 8, "0") or "0", 2).to_bytes(size, "big"), len(bits))

    def __str__(self) -> str:
        return "".join(f"{octet:08b}" for octet in self.octets)[: self.length]

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> bool:
        if not 0 <= index < self.length:
            raise IndexError(index)
        return bool(self.octets[index >> 3] >> (7 - (index & 7)) & 1)


class Node(msgspec.Struct, frozen=True):
    """One element of a decoded Data with its place: ``octets[offset:end]`` of the input, tag included.

    `tag` is a `dlmskit.enums.DataType` number. `value` is plain Python for scalar types and a tuple of nodes for array,
    structure and compact-array; elements of a compact-array have no tag octet of their own.
    `form` keeps what `value` does not say: the type description of a compact-array, and otherwise the octets after the
    tag where they are not the ones that encoding gives (a TRUE other than 01, a length in a longer form). It belongs
    to the value: clear it when you replace that.
    """

    tag: int
    value: Any
    offset: int = 0
    end: int = 0
    form: bytes = b""
