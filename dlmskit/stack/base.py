"""What every stack is: a link and a session behind one set of verbs, with one stream of events."""

from __future__ import annotations

from collections import deque
from typing import Any, Generic, Protocol, TypeVar

from dlmskit.link.base import Drain, Link, LinkEvent, SetLine
from dlmskit.session.base import SessionEvent

_LINE_REQUESTS = (SetLine, Drain)

StackEvent = SessionEvent | LinkEvent
"""What `next_event` of a stack returns: session events, and of the link all but `Received`."""


class StackedSession(Protocol):
    """What sessions of every kind have for a stack."""

    def provide(self, answer: Any, now: float) -> None:
        """Answer a `KeysNeeded` or `CounterNeeded` event."""

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""

    def handle_timeout(self, now: float) -> None:
        """A deadline passed."""


AnySession = TypeVar("AnySession", bound=StackedSession)


class Stack(Generic[AnySession]):
    """Base of the stacks; a subclass says in `_advance` how messages and events pass between link and session."""

    def __init__(self, link: Link, session: AnySession) -> None:
        self._link = link
        self._session = session
        self._events: deque[StackEvent] = deque()
        self._line_requests = 0
        self._taken = False
        self._now = 0.0

    def _advance(self, now: float) -> None:
        """Carry messages and events between link and session until neither has any."""
        raise NotImplementedError

    def _hear(self, now: float) -> None:
        """The same where only the link can have something new."""
        self._advance(now)

    def _put(self, event: StackEvent) -> None:
        self._events.append(event)
        self._line_requests += isinstance(event, _LINE_REQUESTS)

    def open(self, now: float) -> None:
        """Begin; for a meter or a receiver that is to listen."""
        self._link.open(now)
        self._advance(now)

    def close(self, now: float) -> None:
        """End; `Disconnected` follows where there was a connection."""
        self._link.close(now)
        self._advance(now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line. Never raises for what a peer sent."""
        self._now = now
        self._link.receive_data(data, now)
        self._hear(now)

    def data_to_send(self) -> bytes:
        """Octets for the line, empty while a line request that goes before them waits in `next_event`."""
        if self._line_requests:
            return b""
        octets = self._link.data_to_send()
        if octets:
            self._taken = True
        return octets

    def next_event(self) -> StackEvent | None:
        """The oldest event not yet taken. A line request comes when the octets before it were taken."""
        if not self._events and self._taken:
            self._taken = False
            self._hear(self._now)
        if not self._events:
            return None
        event = self._events.popleft()
        if self._line_requests:
            self._line_requests -= isinstance(event, _LINE_REQUESTS)
        return event

    def provide(self, answer: Any, now: float) -> None:
        """Answer a `KeysNeeded` or `CounterNeeded` event."""
        self._session.provide(answer, now)
        self._advance(now)

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called, None for never."""
        return earlier(self._link.next_deadline(), self._session.next_deadline())

    def handle_timeout(self, now: float) -> None:
        """Act on every deadline that has passed."""
        for part in (self._link, self._session):
            deadline = part.next_deadline()
            ended = self.next_deadline() is None
            if deadline is not None and deadline <= now and not ended:
                part.handle_timeout(now)
                self._advance(now)


def earlier(one: float | None, other: float | None) -> float | None:
    """The earlier of two deadlines, None for never."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
