"""Joining and splitting APDUs that take several M-Bus frames.

STSAP and DTSAP stand in the first part. The meters witnessed repeat them in each, so a later part that begins with the
same two octets has them too.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlmskit.exceptions import FrameError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.link.base import Received
from dlmskit.link.mbus.frame import FINAL, MAX_BODY, SEQUENCE, MBusFrame

_SAP_OCTETS = 2


class PartJoiner:
    """Joins the parts of APDUs; parts must come in sequence."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._saps = b""
        self._next = 0
        self._octets = bytearray()

    @property
    def joining(self) -> bool:
        """Whether an APDU has begun and more parts are to come."""
        return bool(self._saps)

    def take(self, frame: MBusFrame) -> Received | None:
        """The APDU, when this part completes it. Raises `FrameError` for what cannot be joined; its octets are lost."""
        if not frame.is_dlms:
            raise FrameError(f"CI {frame.control_information:02X} is not the DLMS transport layer's", 6)
        if frame.sequence == 0 and not (self.joining and self._next == 0):
            self.abandon()
            self._saps = frame.body[:_SAP_OCTETS]
            if len(self._saps) < _SAP_OCTETS:
                self.abandon()
                raise FrameError("an M-Bus part without STSAP and DTSAP", 7)
        elif not self.joining or frame.sequence != self._next:
            expected = self._next if self.joining else 0
            self.abandon()
            raise FrameError(f"M-Bus part {frame.sequence} where {expected} was expected", 6)
        return self._join(frame)

    def _join(self, frame: MBusFrame) -> Received | None:
        part = frame.body[_SAP_OCTETS:] if frame.body.startswith(self._saps) else frame.body
        if len(self._octets) + len(part) > self._limits.apdu_octets:
            self.abandon()
            raise FrameError(f"apdu_octets: an APDU over {self._limits.apdu_octets} octets", 6)
        self._octets += part
        self._next = (frame.sequence + 1) & SEQUENCE
        if not frame.is_final:
            return None
        received = Received(bytes(self._octets), self._saps[0], self._saps[1], unsolicited=True)
        self.abandon()
        return received

    def abandon(self) -> int:
        """Forget the APDU that has begun; gives how many octets it had."""
        lost = len(self._octets)
        self._saps, self._next = b"", 0
        self._octets.clear()
        return lost


def split(message: bytes, stsap: int, dtsap: int) -> Iterator[tuple[int, bytes]]:
    """CI and body of each part of `message`."""
    room = MAX_BODY - _SAP_OCTETS
    starts = range(0, max(len(message), 1), room)
    for number, start in enumerate(starts):
        information = (number & SEQUENCE) | (FINAL if start == starts[-1] else 0)
        yield information, bytes([stsap, dtsap]) + message[start : start + room]
