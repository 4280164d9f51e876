"""Numbered frames: splitting messages into segments, windows, acknowledgement and joining, modulo 8.

Both ends use the same two halves. Nothing here knows time, addresses or who may speak.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice

from dlmskit.exceptions import LimitError

MODULUS = 8
Segment = tuple[bytes, bool]
"""Information octets, and whether more segments of the same message follow."""


class Outbound:
    """What is to be sent: `acknowledge`, then `take`; `rewind` repeats what was sent and not acknowledged."""

    def __init__(self) -> None:
        self._segments: deque[Segment] = deque()
        self._oldest = 0
        self._in_flight = 0

    @property
    def idle(self) -> bool:
        """Everything queued was acknowledged."""
        return not self._segments

    @property
    def sequence(self) -> int:
        """N(S) of the next new segment."""
        return (self._oldest + self._in_flight) % MODULUS

    @property
    def in_flight(self) -> int:
        """Segments sent and not acknowledged."""
        return self._in_flight

    def queue(self, information: bytes, max_info: int) -> None:
        """Split one message into segments of at most `max_info` octets."""
        starts = range(0, len(information), max_info)
        for start in starts:
            self._segments.append((information[start : start + max_info], start != starts[-1]))

    def acknowledges(self, receive_sequence: int) -> bool:
        """Whether this N(R) is possible."""
        return (receive_sequence - self._oldest) % MODULUS <= self._in_flight

    def acknowledge(self, receive_sequence: int) -> int:
        """Forget the segments before N(R); gives how many those are."""
        count = (receive_sequence - self._oldest) % MODULUS
        for _ in range(count):
            self._segments.popleft()
        self._oldest = receive_sequence
        self._in_flight -= count
        return count

    def rewind(self) -> None:
        """Send again from the oldest segment that is not acknowledged."""
        self._in_flight = 0

    def take(self, window: int) -> Iterator[tuple[int, Segment]]:
        """N(S) and segment of each frame that the window has room for."""
        ready = list(islice(self._segments, self._in_flight, window))
        for segment in ready:
            yield (self._oldest + self._in_flight) % MODULUS, segment
            self._in_flight += 1


class Inbound:
    """What comes in: the next N(S) expected and the segments of a message that is not whole yet."""

    def __init__(self, max_octets: int) -> None:
        self.sequence = 0
        self._max_octets = max_octets
        self._parts = bytearray()
        self._joining = False

    @property
    def joining(self) -> bool:
        """Whether a message has begun and more segments are to come."""
        return self._joining

    def is_repeat(self, send_sequence: int, window: int) -> bool:
        """Whether this N(S) is one of the last `window` that were taken."""
        return 0 < (self.sequence - send_sequence) % MODULUS <= window

    def take(self, information: bytes, more: bool) -> bytes | None:
        """Take the frame that was expected; gives the message when it is whole. Raises `LimitError`."""
        if len(self._parts) + len(information) > self._max_octets:
            raise LimitError(f"apdu_octets: a segmented message is over {self._max_octets} octets")
        self.sequence = (self.sequence + 1) % MODULUS
        self._parts += information
        self._joining = more
        if more:
            return None
        message = bytes(self._parts)
        self._parts.clear()
        return message
