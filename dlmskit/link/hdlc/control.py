"""The control octet of an HDLC frame.

::

    I     RRR P SSS 0      R receive sequence number N(R), S send sequence number N(S)
    RR    RRR P 0001       P the poll (command) or final (response) bit
    RNR   RRR P 0101
    U     MMM P MM11       SNRM 93, UA 73, DISC 53, DM 1F, FRMR 97, UI 13 with P set

REJ is not part of this profile and is refused by name.

Source: IEC 62056-46, command and response frames.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from dlmskit.exceptions import FrameError

_POLL_FINAL = 0x10


class FrameKind(StrEnum):
    """The frame kinds of this profile."""

    I = "I"
    RR = "RR"
    RNR = "RNR"
    SNRM = "SNRM"
    UA = "UA"
    DISC = "DISC"
    DM = "DM"
    FRMR = "FRMR"
    UI = "UI"


_SUPERVISORY = {0x01: FrameKind.RR, 0x05: FrameKind.RNR}
_UNNUMBERED = {
    0x83: FrameKind.SNRM,
    0x63: FrameKind.UA,
    0x43: FrameKind.DISC,
    0x0F: FrameKind.DM,
    0x87: FrameKind.FRMR,
    0x03: FrameKind.UI,
}
_BASE = {kind: octet for octet, kind in (_SUPERVISORY | _UNNUMBERED).items()} | {FrameKind.I: 0}


class Control(msgspec.Struct, frozen=True):
    """Kind, poll/final bit and the sequence numbers modulo 8, None where the kind has none."""

    kind: FrameKind
    poll_final: bool = True
    send_sequence: int | None = None
    receive_sequence: int | None = None

    @classmethod
    def from_octet(cls, octet: int) -> Control:
        """Read the octet. Raises `FrameError` for what this profile does not have."""
        poll_final = bool(octet & _POLL_FINAL)
        if not octet & 1:
            return cls(FrameKind.I, poll_final, octet >> 1 & 7, octet >> 5)
        if (kind := _SUPERVISORY.get(octet & 0x0F)) is not None:
            return cls(kind, poll_final, None, octet >> 5)
        if (kind := _UNNUMBERED.get(octet & ~_POLL_FINAL)) is not None:
            return cls(kind, poll_final)
        name = "REJ is not part of this profile" if octet & 0x0F == 0x09 else "unknown"
        raise FrameError(f"HDLC control octet {octet:02X}: {name}", 0)

    def to_octet(self) -> int:
        """The octet on the line."""
        octet = _BASE[self.kind] | (_POLL_FINAL if self.poll_final else 0)
        return octet | (self.receive_sequence or 0) << 5 | (self.send_sequence or 0) << 1
