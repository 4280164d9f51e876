"""Several clients of one meter on one line: each client SAP has a server session of its own, up to a bound."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from dlmskit.apdu import Aare, Aarq, ExceptionResponse, ResultSourceDiagnostic
from dlmskit.enums import ApplicationContext, AssociationResult, ServiceErrorCode, StateError
from dlmskit.link.base import BoundedLink, Link
from dlmskit.session.base import SessionEvent
from dlmskit.session.cosem import admission
from dlmskit.session.cosem.questions import QUESTIONS
from dlmskit.session.cosem.server import CosemServerSession, State
from dlmskit.stack.meter import MeterStack

MOST_ASSOCIATIONS = 16


class Associations:
    """The sessions of one line, by client SAP; `make` gives one more. At most `most` associations stand at a time.

    `most_octets` is what a message may have on that line, None for no bound.

    Who comes when all places are taken is refused for the time being. Answers to events that ask are given in the order
    in which the events were taken.
    """

    def __init__(
        self, make: Callable[[], CosemServerSession], most: int = MOST_ASSOCIATIONS, most_octets: int | None = None
    ) -> None:
        self._make = make
        self._most = most
        self._most_octets = most_octets
        self._sessions: dict[int | None, CosemServerSession] = {}
        self._refusals: list[tuple[int | None, bytes]] = []
        self._events: deque[tuple[CosemServerSession, SessionEvent]] = deque()
        self._askers: deque[CosemServerSession] = deque()

    def receive(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Take one whole message. Never raises for what a client sent."""
        session = self._session(client_sap)
        if session is None:
            self._refusals.append((client_sap, _busy(message)))
            return
        session.receive(message, now, client_sap)
        self._collect(session)

    def messages_to_send(self) -> Iterator[tuple[int | None, bytes]]:
        """Whole messages for the link, oldest first of each client."""
        refusals, self._refusals = self._refusals, []
        yield from refusals
        for client_sap, session in list(self._sessions.items()):
            messages = session.messages_to_send()
            self._collect(session)
            yield from ((client_sap, message) for message in messages)

    def next_event(self) -> SessionEvent | None:
        """The oldest event not yet taken."""
        if not self._events:
            return None
        session, event = self._events.popleft()
        if isinstance(event, QUESTIONS):
            self._askers.append(session)
        return event

    def provide(self, answer: Any, now: float) -> None:
        """Answer the oldest question that was taken."""
        if self._askers:
            session = self._askers.popleft()
            session.provide(answer, now)
            self._collect(session)

    def disconnected(self, now: float, client_sap: int | None = None) -> None:
        """The link of this client is gone, or of all where none is named, and with it what was associated."""
        for sap in [client_sap] if client_sap is not None else list(self._sessions):
            session = self._sessions.pop(sap, None)
            if session is not None:
                session.disconnected(now)
                self._collect(session)

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""
        deadlines = (session.next_deadline() for session in self._sessions.values())
        return min((at for at in deadlines if at is not None), default=None)

    def handle_timeout(self, now: float) -> None:
        """End associations that were idle for too long."""
        for session in self._sessions.values():
            session.handle_timeout(now)
            self._collect(session)

    def _session(self, client_sap: int | None) -> CosemServerSession | None:
        """The session of a client; None where all places are taken."""
        if client_sap not in self._sessions:
            if len(self._sessions) >= self._most:
                self._sessions = {sap: kept for sap, kept in self._sessions.items() if kept.state is not State.FREE}
            if len(self._sessions) >= self._most:
                return None
            self._sessions[client_sap] = session = self._make()
            session.most_octets = self._most_octets
        return self._sessions[client_sap]

    def _collect(self, session: CosemServerSession) -> None:
        while (event := session.next_event()) is not None:
            self._events.append((session, event))


class CosemMeterStack(MeterStack[Associations]):
    """Answers several COSEM clients over one link at once."""

    def __init__(self, link: Link, make: Callable[[], CosemServerSession], most: int = MOST_ASSOCIATIONS) -> None:
        most_octets = link.most_octets if isinstance(link, BoundedLink) else None
        super().__init__(link, Associations(make, most, most_octets))

    def _outgoing(self) -> Iterator[tuple[int | None, bytes]]:
        return self._session.messages_to_send()

    def _lost(self, client: int | None, now: float) -> None:
        self._session.disconnected(now, client)


def _busy(message: bytes) -> bytes:
    if not message.startswith(Aarq.HEAD):
        return ExceptionResponse(StateError.SERVICE_NOT_ALLOWED, ServiceErrorCode.OPERATION_NOT_POSSIBLE).to_bytes()
    return Aare(
        application_context_name=ApplicationContext.LN,
        result=AssociationResult.REJECTED_TRANSIENT,
        result_source_diagnostic=ResultSourceDiagnostic(admission.NO_REASON),
    ).to_bytes()
