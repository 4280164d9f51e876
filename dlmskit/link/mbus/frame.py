"""Wired M-Bus long frames.

::

    68 L L 68 | C | A | CI | body | check | 16

L counts from C through the body, the check is their sum modulo 256. CI 00 to 1F belongs to the DLMS transport layer:
bit 4 marks the last part of an APDU, bits 0 to 3 count the parts.

Source: EN 13757-2 (long frame), EN 13757-3 (DLMS transport layer).
"""

from __future__ import annotations

import msgspec

from dlmskit.exceptions import DecodeError, EncodeError, FrameCheckError, FrameError, TruncatedError
from dlmskit.limits import Tolerance

START, STOP = 0x68, 0x16
LENGTH_MODULO_256 = "mbus-length-modulo-256"
"""Quirk: L is modulo 256 in a frame with more than 255 octets (257 of them are announced as 01)."""
FINAL, SEQUENCE = 0x10, 0x0F
MAX_BODY = 252
_HEADER, _TRAILER = 4, 2
_MIN_LENGTH = 3
_MAX_DLMS_CI = 0x1F


class MBusFrame(msgspec.Struct, frozen=True):
    """A long frame: control and address octets, CI, and everything behind CI as `body`."""

    control: int
    address: int
    control_information: int
    body: bytes

    @classmethod
    def from_bytes(cls, octets: bytes, *, tolerance: Tolerance | None = None) -> MBusFrame:
        """Decode one whole frame. Raises `FrameError`, `FrameCheckError` or `TruncatedError`."""
        frame, end = read_frame(octets, 0, tolerance or Tolerance(), whole=True)
        if end != len(octets):
            raise FrameError(f"{len(octets) - end} octets after the M-Bus frame", end)
        return frame

    def to_bytes(self) -> bytes:
        """Encode. Raises `EncodeError` for more than 252 octets behind CI."""
        if len(self.body) > MAX_BODY:
            raise EncodeError(f"an M-Bus frame carries {MAX_BODY} octets behind CI, not {len(self.body)}")
        content = bytes([self.control, self.address, self.control_information]) + self.body
        return bytes([START, len(content), len(content), START]) + content + bytes([sum(content) & 0xFF, STOP])

    @property
    def is_dlms(self) -> bool:
        """Whether CI belongs to the DLMS transport layer."""
        return self.control_information <= _MAX_DLMS_CI

    @property
    def is_final(self) -> bool:
        """Whether this is the last part of an APDU."""
        return bool(self.control_information & FINAL)

    @property
    def sequence(self) -> int:
        """Number of this part, modulo 16."""
        return self.control_information & SEQUENCE


def read_frame(
    octets: bytes | bytearray, start: int, tolerance: Tolerance, *, whole: bool = False
) -> tuple[MBusFrame, int]:
    """The frame at `start` and where it ends; `whole` says that no more octets will come.

    Raises `FrameError`, `FrameCheckError`, and `TruncatedError` while octets are missing, with offsets from `start`.
    """
    length = _announced(octets, start)
    failure: DecodeError = FrameError(f"an M-Bus long frame has at least 3 octets, L says {length}", 1)
    if length >= _MIN_LENGTH:
        try:
            return _content(octets, start, length)
        except FrameError as error:
            failure = error
    if tolerance.strict or octets[start + 6 : start + 7] > bytes([_MAX_DLMS_CI]):
        raise failure
    try:
        found = _content(octets, start, length + 0x100)
    except FrameError:
        raise failure from None
    except TruncatedError:
        if whole:
            raise failure from None
        raise
    tolerance.accept(LENGTH_MODULO_256, 1)
    return found


def _announced(octets: bytes | bytearray, start: int) -> int:
    header = octets[start : start + _HEADER]
    for index, octet in enumerate(header):
        wanted = START if index in (0, 3) else header[1]
        if octet != wanted:
            raise FrameError(f"an M-Bus long frame begins with 68 L L 68, found {header.hex()}", index)
    if len(header) < _HEADER:
        raise TruncatedError("octets ran out in the header of an M-Bus frame", len(header))
    return header[1]


def _content(octets: bytes | bytearray, start: int, length: int) -> tuple[MBusFrame, int]:
    begin = start + _HEADER
    check = begin + length
    end = check + _TRAILER
    if (available := len(octets) - start) < end - start:
        raise TruncatedError(f"an M-Bus frame has {end - start} octets, {available} are there", available)
    if octets[end - 1] != STOP:
        raise FrameError(f"an M-Bus frame ends with 16, found {octets[end - 1]:02X}", end - 1 - start)
    if sum(octets[begin:check]) & 0xFF != octets[check]:
        raise FrameCheckError("the checksum does not fit the M-Bus frame", check - start)
    control, address, information = octets[begin : begin + 3]
    return MBusFrame(control, address, information, bytes(octets[begin + 3 : check])), end
