"""A link and a server session put together: the meter's side of a line, still no port and no clock.

It outlives its clients: when one has disconnected, the link waits for the next.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from dlmskit.exceptions import LocalProtocolError
from dlmskit.link.base import Disconnected, LinkEvent, Received
from dlmskit.session.base import SessionEvent
from dlmskit.stack.base import Stack, StackedSession


class ServerSession(StackedSession, Protocol):
    """The verbs of a session that answers."""

    def receive(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Take one whole message. Never raises for what a client sent."""

    def messages_to_send(self) -> list[bytes]:
        """Whole messages for the link, oldest first."""

    def next_event(self) -> SessionEvent | None:
        """The oldest event not yet taken."""

    def disconnected(self, now: float) -> None:
        """The link is gone, and with it the dialogue."""


@runtime_checkable
class PushingLink(Protocol):
    """A link with a way of its own for messages that answer nothing (HDLC: UI frames)."""

    def push(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Queue one unsolicited message, to the client that is connected where `client_sap` is None."""


class MeterStack(Stack[ServerSession]):
    """Answers clients over any link with any server session; sends pushes where the link can."""

    def push(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Send one APDU that answers nothing. Raises `LocalProtocolError` where nobody could receive it now.

        Over HDLC it goes to `client_sap` even when nobody is connected; elsewhere only to the peer that spoke last.
        """
        if isinstance(self._link, PushingLink):
            self._link.push(message, now, client_sap)
        else:
            self._link.send(message, now)
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
                self._put(above)

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
        self._put(event)
