"""What a link has for its pump: octets for the line and events, with line requests in their place between octets."""

from __future__ import annotations

from collections import deque

from dlmskit.link.base import Drain, FrameDropped, LinkEvent, SetLine

_LINE_REQUESTS = (SetLine, Drain)


class Outbox:
    """Two queues that stay in step.

    A line request (`SetLine`, `Drain`) is given only after the octets queued before it were taken, and octets queued
    after it only after the request was taken. All other events come at once, in order.
    """

    def __init__(self) -> None:
        self._line: deque[bytes | LinkEvent] = deque()
        self._events: deque[LinkEvent] = deque()

    def write(self, octets: bytes) -> None:
        """Queue octets for the line."""
        self._line.append(octets)

    def emit(self, event: LinkEvent) -> None:
        """Queue an event. Neighbouring `FrameDropped`s are counted together, so that noise cannot fill memory."""
        if isinstance(event, _LINE_REQUESTS):
            self._line.append(event)
            return
        if isinstance(event, FrameDropped) and self._events and isinstance(last := self._events[-1], FrameDropped):
            self._events.pop()
            event = FrameDropped(last.reason, last.octets + event.octets)
        self._events.append(event)

    @property
    def empty(self) -> bool:
        """Whether neither octets nor line requests wait."""
        return not self._line

    def data_to_send(self) -> bytes:
        """Octets up to the next line request."""
        line = self._line
        if not line:
            return b""
        parts: list[bytes] = []
        while line and isinstance(octets := line[0], bytes):
            line.popleft()
            parts.append(octets)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def next_event(self) -> LinkEvent | None:
        """A line request whose turn it is, else the oldest other event."""
        if self._line and isinstance(request := self._line[0], LinkEvent):
            self._line.popleft()
            return request
        return self._events.popleft() if self._events else None
