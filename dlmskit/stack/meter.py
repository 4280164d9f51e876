"""A link and a server session put together: the meter's side of a line, still no port and no clock.

It outlives its clients: when one has disconnected, the link waits for the next.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from dlmskit.exceptions import LocalProtocolError
from dlmskit.link.base import Disconnected, Link, LinkEvent, Received
from dlmskit.session.base import SessionEvent
from dlmskit.stack.events import EventQueue, StackEvent


class ServerSession(Protocol):
    """The verbs of a session that answers."""

    def receive(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Take one whole message. Never raises for what a client sent."""

    def messages_to_send(self) -> list[bytes]:
        """Whole messages for the link, oldest first."""

    def next_event(self) -> SessionEvent | None:
        """The oldest event not yet taken."""

    def provide(self, answer: Any, now: float) -> None:
        """Answer a `KeysNeeded` or `CounterNeeded` event."""

    def disconnected(self, now: float) -> None:
        """The link is gone, and with it the dialogue."""

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""

    def handle_timeout(self, now: float) -> None:
        """A deadline passed."""


@runtime_checkable
class PushingLink(Protocol):
    """A link with a way of its own for messages that answer nothing (HDLC: UI frames)."""

    def push(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Queue one unsolicited message, to the client that is connected where `client_sap` is None."""


class MeterStack:
    """Answers clients over any link with any server session; sends pushes where the link can."""

    def __init__(self, link: Link, session: ServerSession) -> None:
        self._link = link
        self._session = session
        self._events = EventQueue()
        self._now = 0.0

    def open(self, now: float) -> None:
        """Begin to listen."""
        self._link.open(now)
        self._advance(now)

    def close(self, now: float) -> None:
        """Stop listening; `Disconnected` follows when a client was connected."""
        self._link.close(now)
        self._advance(now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line. Never raises for what a peer sent."""
        self._link.receive_data(data, now)
        self._advance(now)

    def push(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Send one APDU that answers nothing. Raises `LocalProtocolError` where nobody could receive it now.

        Over HDLC it goes to `client_sap` even when nobody is connected; elsewhere only to the peer that spoke last.
        """
        if isinstance(self._link, PushingLink):
            self._link.push(message, now, client_sap)
        else:
            self._link.send(message, now)
        self._advance(now)

    def data_to_send(self) -> bytes:
        """Octets for the line, empty while a line request that goes before them waits in `next_event`."""
        return b"" if self._events.holds_octets else self._link.data_to_send()

    def next_event(self) -> StackEvent | None:
        """The oldest event not yet taken. A line request comes when the octets before it were taken."""
        if not self._events:
            self._advance(self._now)
        return self._events.take()

    def provide(self, answer: Any, now: float) -> None:
        """Answer a `KeysNeeded` or `CounterNeeded` event."""
        self._session.provide(answer, now)
        self._advance(now)

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called, None for never."""
        return min(
            (d for d in (self._link.next_deadline(), self._session.next_deadline()) if d is not None), default=None
        )

    def handle_timeout(self, now: float) -> None:
        """Act on every deadline that has passed."""
        for part in (self._link, self._session):
            deadline = part.next_deadline()
            if deadline is not None and deadline <= now:
                part.handle_timeout(now)
                self._advance(now)

    def _advance(self, now: float) -> None:
        self._now = now
        moved = True
        while moved:
            moved = False
            while (below := self._link.next_event()) is not None:
                self._from_link(below, now)
                moved = True
            for message in self._session.messages_to_send():
                self._send(message, now)
                moved = True
            while (above := self._session.next_event()) is not None:
                self._events.put(above)

    def _send(self, message: bytes, now: float) -> None:
        try:
            self._link.send(message, now)
        except LocalProtocolError:
            # the client went away while its answer was made: the link has said so already
            self._session.disconnected(now)

    def _from_link(self, event: LinkEvent, now: float) -> None:
        if isinstance(event, Received):
            self._session.receive(event.octets, now, event.source)
            if event.unsolicited:
                self._session.messages_to_send()  # who speaks to all stations waits for no answer
            return
        if isinstance(event, Disconnected):
            self._session.disconnected(now)
        self._events.put(event)
