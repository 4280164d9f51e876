"""HDLC addresses of one, two and four octets.

Each octet carries seven bits, the lowest bit marks the last octet. One octet holds the upper address (a client SAP, or
a logical device), two hold upper and lower with 7 bits each, four hold upper and lower with 14 bits each.

Source: IEC 62056-46, structure of an HDLC address.
"""

from __future__ import annotations

import msgspec

from dlmskit.exceptions import EncodeError, FrameError, TruncatedError

NO_STATION = 0
_PART_BITS = {1: 7, 2: 7, 4: 14}


class HdlcAddress(msgspec.Struct, frozen=True):
    """Upper address (client SAP or logical device), lower (physical device) or None, and the octets they travel in.

    `octets` left out is the smallest that fits. Raises `EncodeError` when the parts do not fit.
    """

    upper: int
    lower: int | None = None
    octets: int = 0

    def __post_init__(self) -> None:
        octets = self.octets or self._smallest()
        if octets not in _PART_BITS or (octets == 1) != (self.lower is None):
            raise EncodeError(f"an HDLC address of {octets} octets cannot carry upper {self.upper}, lower {self.lower}")
        for part in (self.upper, self.lower or 0):
            if not 0 <= part < 1 << _PART_BITS[octets]:
                raise EncodeError(f"{part} does not fit an HDLC address of {octets} octets")
        msgspec.structs.force_setattr(self, "octets", octets)

    def _smallest(self) -> int:
        if self.lower is None:
            return 1
        return 2 if max(self.upper, self.lower) < 0x80 else 4

    @classmethod
    def parse(cls, octets: bytes | bytearray, offset: int = 0) -> tuple[HdlcAddress, int]:
        """Read the address at `offset`; gives it and where it ends. Raises `FrameError` for 3 or over 4 octets."""
        last = offset
        while last < len(octets) and last < offset + 4 and not octets[last] & 1:
            last += 1
        if last == offset + 4:
            raise FrameError("an HDLC address has no stop bit within four octets", offset)
        if last >= len(octets):
            raise TruncatedError("octets ran out inside an HDLC address", len(octets))
        bits = [octet >> 1 for octet in octets[offset : last + 1]]
        match bits:
            case [upper]:
                return cls(upper, None, 1), last + 1
            case [upper, lower]:
                return cls(upper, lower, 2), last + 1
            case [a, b, c, d]:
                return cls(a << 7 | b, c << 7 | d, 4), last + 1
            case _:
                raise FrameError(f"an HDLC address has 1, 2 or 4 octets, found {len(bits)}", offset)

    def to_bytes(self) -> bytes:
        """The address octets with their stop bit."""
        parts = [self.upper] if self.lower is None else [self.upper, self.lower]
        if self.octets == 4:
            parts = [half for part in parts for half in (part >> 7, part & 0x7F)]
        return bytes(part << 1 for part in parts[:-1]) + bytes([parts[-1] << 1 | 1])

    @property
    def is_all_station(self) -> bool:
        """Whether every station is meant: the largest upper or lower address of this length."""
        largest = (1 << _PART_BITS[self.octets]) - 1
        return largest in (self.upper, self.lower)

    @classmethod
    def all_station(cls, octets: int = 1) -> HdlcAddress:
        """The address of every station, in 1, 2 or 4 octets."""
        largest = (1 << _PART_BITS.get(octets, 7)) - 1
        return cls(largest, None if octets == 1 else largest, octets)

    @property
    def is_no_station(self) -> bool:
        """Whether nobody is meant: such a frame is never taken."""
        return self.upper == NO_STATION

    def __str__(self) -> str:
        return str(self.upper) if self.lower is None else f"{self.upper}/{self.lower}"
