"""Information fields of HDLC frames from one sender: repetitions left out, gaps noticed, segments joined."""

from __future__ import annotations

from dlmskit.exceptions import FrameError, LimitError
from dlmskit.limits import DEFAULT_LIMITS
from dlmskit.link.hdlc import llc
from dlmskit.link.hdlc.frame import HdlcFrame
from dlmskit.link.hdlc.sequence import MODULUS

_BEGINNINGS = (llc.COMMAND, llc.RESPONSE)


class Flow:
    """I frames in their order, or UI frames, of one sender to one receiver."""

    def __init__(self) -> None:
        self.segments = 0
        self._parts = bytearray()
        self._expected: int | None = None
        self._seen: dict[int, bytes] = {}

    def is_repetition(self, frame: HdlcFrame) -> bool:
        """Whether the frame came before; one that did not counts as seen from now.

        Raises `FrameError` where frames before it are missing and it does not begin a message.
        """
        number, expected = frame.control.send_sequence, self._expected
        if number is None:
            return False
        missing = expected is not None and number != expected
        if missing and self._seen.get(number) == frame.information:
            return True
        self._expected = (number + 1) % MODULUS
        self._seen[number] = frame.information
        if missing:
            self._forget()
            if not frame.information.startswith(_BEGINNINGS):
                raise FrameError(f"N(S)={number} where {expected} was expected: segments before it are missing", 0)
        return False

    def join(self, frame: HdlcFrame) -> tuple[bytes, int] | None:
        """The message that the frame completes, and of how many segments. Raises `LimitError`."""
        if len(self._parts) + len(frame.information) > DEFAULT_LIMITS.apdu_octets:
            self._forget()
            raise LimitError(f"apdu_octets: a segmented message is over {DEFAULT_LIMITS.apdu_octets} octets")
        self._parts += frame.information
        self.segments += 1
        if frame.segmented:
            return None
        whole = bytes(self._parts), self.segments
        self._forget()
        return whole

    def _forget(self) -> None:
        self._parts.clear()
        self.segments = 0
