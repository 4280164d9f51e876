"""One DL/T 645-2007 frame.

::

    FE FE FE FE | 68 | A0 .. A5 | 68 | C | L | data, 33 added to each octet | check | 16

The FE octets wake the receiver and belong to no frame. The check is the sum from the first 68 through the data, modulo
256.

Source: DL/T 645-2007, frame format of the link layer.
"""

from __future__ import annotations

import msgspec

from dlmskit.exceptions import EncodeError, FrameCheckError, FrameError, TruncatedError

START, STOP, WAKE_UP = 0x68, 0x16, 0xFE
ADDRESS_OCTETS = 6
MAX_DATA = 200
FROM_METER = 0x80
_OFFSET = 0x33
_HEADER, _TRAILER = 10, 2
_ADD = bytes((octet + _OFFSET) & 0xFF for octet in range(0x100))
_TAKE_OFF = bytes((octet - _OFFSET) & 0xFF for octet in range(0x100))


class Dlt645Frame(msgspec.Struct, frozen=True):
    """Address octets as on the line (lowest digits first), control octet, and the data without the 33."""

    address: bytes
    control: int
    data: bytes = b""

    @classmethod
    def from_bytes(cls, octets: bytes) -> Dlt645Frame:
        """Decode one whole frame without wake-up octets. Raises `FrameError`, `FrameCheckError`, `TruncatedError`."""
        frame, end = read_frame(octets, 0)
        if end != len(octets):
            raise FrameError(f"{len(octets) - end} octets after the DL/T 645 frame", end)
        return frame

    @classmethod
    def from_message(cls, message: bytes) -> Dlt645Frame:
        """The frame that carries `message`. Raises `EncodeError` when it has no address and control octet."""
        if len(message) <= ADDRESS_OCTETS:
            raise EncodeError("a DL/T 645 message has six address octets and a control octet")
        return cls(message[:ADDRESS_OCTETS], message[ADDRESS_OCTETS], message[ADDRESS_OCTETS + 1 :])

    def to_bytes(self) -> bytes:
        """Encode without wake-up octets. Raises `EncodeError` for more than 200 octets of data."""
        if len(self.address) != ADDRESS_OCTETS:
            raise EncodeError(f"a DL/T 645 address has {ADDRESS_OCTETS} octets, not {len(self.address)}")
        if len(self.data) > MAX_DATA:
            raise EncodeError(f"a DL/T 645 frame carries {MAX_DATA} octets of data, not {len(self.data)}")
        head = bytes([START]) + self.address + bytes([START, self.control, len(self.data)])
        body = head + self.data.translate(_ADD)
        return body + bytes([sum(body) & 0xFF, STOP])

    @property
    def message(self) -> bytes:
        """Address, control octet and data in one piece."""
        return self.address + bytes([self.control]) + self.data

    @property
    def from_meter(self) -> bool:
        """Whether a meter sent it."""
        return bool(self.control & FROM_METER)


def read_frame(octets: bytes | bytearray, start: int) -> tuple[Dlt645Frame, int]:
    """The frame at `start` and where it ends.

    Raises `FrameError`, `FrameCheckError`, and `TruncatedError` while octets are missing, with offsets from `start`.
    """
    available = len(octets) - start
    for guard in (0, ADDRESS_OCTETS + 1):
        if available > guard and octets[start + guard] != START:
            raise FrameError(f"68 expected in a DL/T 645 frame, found {octets[start + guard]:02X}", guard)
    if available < _HEADER:
        raise TruncatedError("octets ran out in the header of a DL/T 645 frame", available)
    count = octets[start + _HEADER - 1]
    if count > MAX_DATA:
        raise FrameError(f"a DL/T 645 frame carries {MAX_DATA} octets of data, not {count}", _HEADER - 1)
    check = _HEADER + count
    length = check + _TRAILER
    if available < length:
        raise TruncatedError(f"a DL/T 645 frame has {length} octets, {available} are there", available)
    if octets[start + length - 1] != STOP:
        raise FrameError(f"a DL/T 645 frame ends with 16, found {octets[start + length - 1]:02X}", length - 1)
    if sum(octets[start : start + check]) & 0xFF != octets[start + check]:
        raise FrameCheckError("the checksum does not fit the DL/T 645 frame", check)
    address = bytes(octets[start + 1 : start + 1 + ADDRESS_OCTETS])
    data = bytes(octets[start + _HEADER : start + check]).translate(_TAKE_OFF)
    return Dlt645Frame(address, octets[start + 8], data), start + length
