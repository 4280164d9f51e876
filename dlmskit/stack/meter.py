"""A link and a server session put together: the meter's side of a line, still no port and no clock.

It outlives its clients: when one has disconnected, the link waits for the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar, runtime_checkable

from dlmskit.exceptions import EncodeError, LocalProtocolError
from dlmskit.link.base import Disconnected, LinkEvent, Received, SharedLink
from dlmskit.session.base import Failed, SessionEvent
from dlmskit.stack.base import Stack, StackedSession


class ServerSession(StackedSession, Protocol):
    """The verbs of a session that answers."""

    def receive(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Take one whole message. Never raises for what a client sent."""

    def messages_to_send(self) -> Iterable[Any]:
        """Whole messages for the link, oldest first; with the client of each where a session has several."""

    def next_event(self) -> SessionEvent | None:
        """The oldest event not yet taken."""

    def disconnected(self, now: float) -> None:
        """The link is gone, and with it the dialogue."""


@runtime_checkable
class PushingLink(Protocol):
    """A link with a way of its own for messages that answer nothing (HDLC: UI frames)."""

    def push(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Queue one unsolicited message, to the client that is connected where `client_sap` is None."""


AnyServer = TypeVar("AnyServer", bound=ServerSession)


class MeterStack(Stack[AnyServer]):
    """Answers over any link with any server session; sends pushes where the link can."""

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
            moved |= self._flush(now)
            while (above := self._session.next_event()) is not None:
                self._put(above)

    def _flush(self, now: float) -> bool:
        """Hand over what is to be sent; whether there was anything."""
        messages = list(self._outgoing())
        for client, message in messages:
            self._send(message, client, now)
        return bool(messages)

    def _outgoing(self) -> Iterable[tuple[int | None, bytes]]:
        """Messages, each with the client that it is for; None for whoever is there."""
        return [(None, message) for message in self._session.messages_to_send()]

    def _lost(self, client: int | None, now: float) -> None:
        """The link, or that of one client, is gone."""
        self._session.disconnected(now)

    def _send(self, message: bytes, client: int | None, now: float) -> None:
        try:
            if client is not None and isinstance(self._link, SharedLink):
                self._link.answer(message, now, client)
            else:
                self._link.send(message, now)
        except LocalProtocolError:
            # the client went away while its answer was made: the link has said so already
            self._lost(client, now)
        except EncodeError as error:
            # no client can make a meter stop: what it asked for does not go over this line
            self._put(Failed(error))

    def _from_link(self, event: LinkEvent, now: float) -> None:
        if isinstance(event, Received):
            if event.unsolicited:
                self._flush(now)
            self._session.receive(event.octets, now, event.source)
            if event.unsolicited:
                list(self._outgoing())  # who speaks to all stations waits for no answer
            return
        if isinstance(event, Disconnected):
            self._lost(event.client, now)
        self._put(event)
