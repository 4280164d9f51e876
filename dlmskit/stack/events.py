"""The events of a stack in their order."""

from __future__ import annotations

from collections import deque

from dlmskit.link.base import Drain, LinkEvent, SetLine
from dlmskit.session.base import SessionEvent

StackEvent = SessionEvent | LinkEvent
"""What `next_event` of a stack returns: session events, and of the link all but `Received`."""


class EventQueue:
    """First in, first out. `holds_octets` while a line request waits: no octets may pass it."""

    def __init__(self) -> None:
        self._events: deque[StackEvent] = deque()
        self._requests = 0

    def __bool__(self) -> bool:
        return bool(self._events)

    @property
    def holds_octets(self) -> bool:
        """Whether a line request is among the events."""
        return self._requests > 0

    def put(self, event: StackEvent) -> None:
        """Add the newest event."""
        self._events.append(event)
        self._requests += isinstance(event, SetLine | Drain)

    def take(self) -> StackEvent | None:
        """The oldest event, None when there is none."""
        if not self._events:
            return None
        event = self._events.popleft()
        self._requests -= isinstance(event, SetLine | Drain)
        return event
