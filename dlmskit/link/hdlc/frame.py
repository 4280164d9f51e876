"""One HDLC frame, flags included.

::

    7E | format, length | destination | source | control | HCS | information | FCS | 7E
         2 octets         1, 2 or 4     same     1         2     0..2038       2

Format is ``1010 S LLL LLLLLLLL``: type 3, segmentation bit, and the length of everything between the flags. A frame
without information has no HCS: its FCS follows the control octet. Both checks go least significant octet first.

Source: IEC 62056-46, frame format type 3.
"""

from __future__ import annotations

import msgspec

from dlmskit.codec.fcs import fcs16
from dlmskit.exceptions import EncodeError, FrameCheckError, FrameError, HeaderCheckError, TruncatedError
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.control import Control
from dlmskit.link.hdlc.fast import write_frame

FLAG = 0x7E
MIN_LENGTH = 7
MAX_LENGTH = 0x7FF
_SEGMENTED = 0x08


class FrameHeader(msgspec.Struct, frozen=True):
    """Everything before the information field. `end` is the index after the control octet."""

    length: int
    segmented: bool
    destination: HdlcAddress
    source: HdlcAddress
    control_octet: int
    end: int

    @property
    def has_information(self) -> bool:
        """Whether a header check sequence and an information field follow."""
        return self.length > self.end + 1


class RefusedFrameError(FrameError):
    """A frame whose checks fit and whose control octet this profile does not have; `header` says whose it is."""

    header: FrameHeader


class HdlcFrame(msgspec.Struct, frozen=True):
    """A frame: addresses, control, information octets (LLC included) and the segmentation bit (more follows)."""

    destination: HdlcAddress
    source: HdlcAddress
    control: Control
    information: bytes = b""
    segmented: bool = False

    @classmethod
    def from_bytes(cls, octets: bytes) -> HdlcFrame:
        """Decode one whole frame from flag to flag.

        Raises `FrameError` (`HeaderCheckError`, `FrameCheckError`) or `TruncatedError` with the offset in `octets`.
        """
        header = read_header(octets)
        end = header.length + 2
        if len(octets) < end:
            raise TruncatedError(f"the length field says {end} octets with flags, {len(octets)} are there", len(octets))
        if octets[end - 1] != FLAG:
            raise FrameError(f"no closing flag where the length field puts it, found {octets[end - 1]:02X}", end - 1)
        if len(octets) > end:
            raise FrameError(f"{len(octets) - end} octets after the closing flag", end)
        return read_body(octets, header)

    def to_bytes(self) -> bytes:
        """Encode from flag to flag. Raises `EncodeError` when the information makes the frame too long."""
        if (octets := write_frame(self)) is not None:
            return octets
        addresses = self.destination.to_bytes() + self.source.to_bytes()
        header_octets = 2 + len(addresses) + 1
        length = header_octets + 2 + (len(self.information) + 2 if self.information else 0)
        if length > MAX_LENGTH:
            raise EncodeError(f"an HDLC frame of {length} octets is over {MAX_LENGTH}")
        format_field = 0xA000 | (_SEGMENTED << 8 if self.segmented else 0) | length
        body = format_field.to_bytes(2, "big") + addresses + bytes([self.control.to_octet()])
        body += fcs16(body).to_bytes(2, "little")
        if self.information:
            body += self.information
            body += fcs16(body).to_bytes(2, "little")
        return b"\x7e" + body + b"\x7e"


def read_format(octets: bytes | bytearray, start: int = 0) -> tuple[int, bool]:
    """Length field and segmentation bit of a frame whose opening flag is at `start`.

    Raises `FrameError`, offsets counted from the flag.
    """
    first, second = octets[start + 1], octets[start + 2]
    if first >> 4 != 0xA:
        raise FrameError(f"HDLC frame format type A expected, found {first >> 4:X}", 1)
    length = (first & 0x07) << 8 | second
    if length < MIN_LENGTH:
        raise FrameError(f"an HDLC frame has at least {MIN_LENGTH} octets, its length field says {length}", 1)
    return length, bool(first & _SEGMENTED)


def read_header(octets: bytes | bytearray) -> FrameHeader:
    """Read from the opening flag through the header check. Control and frame check are left to `read_body`.

    Raises `FrameError` and `HeaderCheckError`, and `TruncatedError` as long as the header is not whole.
    """
    if octets and octets[0] != FLAG:
        raise FrameError(f"an HDLC frame begins with 7E, found {octets[0]:02X}", 0)
    if len(octets) < 3:
        raise TruncatedError("octets ran out before the HDLC frame format", len(octets))
    length, segmented = read_format(octets)
    limit = octets[: length - 1]  # the control octet and one check are inside the length field
    destination, end = _address(limit, 3, len(octets))
    source, end = _address(limit, end, len(octets))
    if end >= len(limit):
        raise _cut(limit, len(octets), "control octet")
    header = FrameHeader(length, segmented, destination, source, octets[end], end + 1)
    if header.has_information:
        _check_header(octets, header)
    return header


def _address(limit: bytes | bytearray, offset: int, available: int) -> tuple[HdlcAddress, int]:
    try:
        return HdlcAddress.parse(limit, offset)
    except TruncatedError:
        raise _cut(limit, available, "address") from None


def _cut(limit: bytes | bytearray, available: int, what: str) -> FrameError | TruncatedError:
    if available > len(limit):
        return FrameError(f"the length field ends before the {what}", 1)
    return TruncatedError(f"octets ran out before the end of the {what}", available)


def _check_header(octets: bytes | bytearray, header: FrameHeader) -> None:
    end = header.end
    if header.length < end + 4:
        raise FrameError(f"the length field {header.length} leaves no room for an information field", 1)
    if len(octets) < end + 2:
        raise TruncatedError("octets ran out before the end of the header check", len(octets))
    if fcs16(octets, 1, end) != octets[end] | octets[end + 1] << 8:
        raise HeaderCheckError("the HDLC header check does not fit the header", end)


def read_body(octets: bytes | bytearray, header: FrameHeader) -> HdlcFrame:
    """Finish a frame that is whole in `octets`: frame check and control octet."""
    check = header.length - 1
    if fcs16(octets, 1, check) != octets[check] | octets[check + 1] << 8:
        raise FrameCheckError("the HDLC frame check does not fit the frame", check)
    try:
        control = Control.from_octet(header.control_octet)
    except FrameError as error:
        refused = RefusedFrameError(error.reason, header.end - 1)
        refused.header = header
        raise refused from None
    information = bytes(octets[header.end + 2 : check]) if header.has_information else b""
    return HdlcFrame(header.destination, header.source, control, information, header.segmented)
