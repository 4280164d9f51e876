"""The information field of FRMR: which frame was rejected, and why.

::

    octet 0  control octet of the rejected frame
    octet 1  RRR C SSS 0    V(R) and V(S) of the rejecting station, C set when a response was rejected
    octet 2  0000 Z Y X W   W unknown control, X information not allowed, Y information too long, Z invalid N(R)

Source: IEC 62056-46, FRMR response after ISO/IEC 13239.
"""

from __future__ import annotations

import msgspec

from dlmskit.exceptions import FrameError
from dlmskit.link.hdlc.control import Control

UNKNOWN_CONTROL, INFORMATION_NOT_ALLOWED, INFORMATION_TOO_LONG, INVALID_RECEIVE_SEQUENCE = 0x01, 0x02, 0x04, 0x08
_WORDS = {
    UNKNOWN_CONTROL: "unknown control octet",
    INFORMATION_NOT_ALLOWED: "information field not allowed",
    INFORMATION_TOO_LONG: "information field too long",
    INVALID_RECEIVE_SEQUENCE: "invalid N(R)",
}
_OCTETS = 3


class FrameReject(msgspec.Struct, frozen=True):
    """What FRMR says. `control` is the octet of the rejected frame, `reasons` the bits W to Z."""

    control: int
    send_state: int
    receive_state: int
    reasons: int
    of_response: bool = False

    @classmethod
    def from_bytes(cls, information: bytes) -> FrameReject:
        """Read the field. Raises `FrameError` unless it has three octets."""
        if len(information) != _OCTETS:
            raise FrameError(f"FRMR has {_OCTETS} octets of information, found {len(information)}", 0)
        control, states, reasons = information
        return cls(control, states >> 1 & 7, states >> 5, reasons, bool(states & 0x10))

    def to_bytes(self) -> bytes:
        """The field."""
        states = self.receive_state << 5 | (0x10 if self.of_response else 0) | self.send_state << 1
        return bytes([self.control, states, self.reasons])

    def __str__(self) -> str:
        words = [word for bit, word in _WORDS.items() if self.reasons & bit] or ["no reason given"]
        try:
            kind = f"{Control.from_octet(self.control).kind} frame"
        except FrameError:
            kind = f"frame with control octet {self.control:02X}"
        return f"{kind}: {', '.join(words)}"
