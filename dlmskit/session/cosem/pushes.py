"""What a meter says unasked while a client is connected: its own notifications, and pushes of other meters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlmskit.apdu import (
    Apdu,
    DataNotification,
    EventNotificationRequest,
    GeneralCiphering,
    GeneralGloCiphering,
    GeneralSigning,
    InformationReportRequest,
    ServiceCiphered,
)
from dlmskit.exceptions import AuthenticationError, PolicyError
from dlmskit.limits import Limits, Tolerance
from dlmskit.security.counters import ReplayGuard
from dlmskit.session.base import Failed, Ignored, Notified, SessionEvent
from dlmskit.session.cosem.channel import Envelope, Plain
from dlmskit.session.cosem.handshake import Handshake
from dlmskit.session.cosem.questions import QUESTIONS, Questions
from dlmskit.session.cosem.receiver import PUSH_TAGS, ReceiverSession
from dlmskit.session.cosem.settings import AssociationSettings

NOTIFICATIONS = (DataNotification, EventNotificationRequest, InformationReportRequest)


class Pushes:
    """Tells notifications by `emit`; a message under a title other than the meter's is opened with keys of its own."""

    def __init__(
        self,
        settings: AssociationSettings,
        guard: ReplayGuard,
        questions: Questions,
        emit: Callable[[SessionEvent], None],
        limits: Limits,
    ) -> None:
        self._settings = settings
        self._questions = questions
        self._emit = emit
        self._receiver = ReceiverSession(
            allow_unauthenticated=not settings.context.ciphered,
            own_title=settings.system_title,
            profile=settings.general_profile,
            guard=guard,
            limits=limits,
        )

    def foreign(self, envelope: Envelope, handshake: Handshake) -> bool:
        """Whether `envelope` is none of the association's. Raises `AuthenticationError` for one under our own title."""
        if isinstance(envelope, ServiceCiphered):
            return not handshake.sealed and envelope.tag in PUSH_TAGS
        if isinstance(envelope, GeneralCiphering | GeneralSigning):
            title, may_be = envelope.originator_system_title, True
        else:
            title, may_be = envelope.system_title, isinstance(envelope, GeneralGloCiphering)
        if title == self._settings.system_title and title:
            raise AuthenticationError("an APDU came back under our own system title")
        channel = handshake.channel
        others = channel is None or not handshake.sealed or title != channel.peer_title
        return may_be and others and bool(title)

    def receive(self, message: bytes) -> None:
        """Take a foreign message."""
        self._receiver.receive(message, 0.0)
        self._collect()

    def notified(self, apdu: Apdu, plain: Plain | None, handshake: Handshake, tolerance: Tolerance) -> None:
        """Take a notification of the association, opened where it was sealed."""
        if handshake.sealed and plain is None:
            self._emit(Ignored(PolicyError(f"{apdu.NAME} came in clear in a ciphered association")))
            return
        channel = handshake.channel
        title = channel.peer_title if channel is not None and plain is not None else None
        authenticated = plain is not None and plain.authenticated
        self._emit(Notified(apdu, title, authenticated, tuple(tolerance.noticed)))

    def _collect(self) -> None:
        while (event := self._receiver.next_event()) is not None:
            if isinstance(event, QUESTIONS):
                self._questions.ask(event, self._answered)
            else:
                self._emit(Ignored(event.error) if isinstance(event, Failed) else event)

    def _answered(self, answer: Any) -> None:
        self._receiver.provide(answer, 0.0)
        self._collect()
