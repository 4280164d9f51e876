"""Receiving pushes: notifications on a pre-established association, in clear or ciphered."""

from __future__ import annotations

from collections import deque
from typing import Any

from dlmskit.apdu import (
    GLO_TAGS,
    Apdu,
    DataNotification,
    DataNotificationConfirm,
    EventNotificationRequest,
    GeneralCiphering,
    GeneralGloCiphering,
    GeneralSigning,
    InformationReportRequest,
    ServiceCiphered,
    decode,
)
from dlmskit.exceptions import (
    AuthenticationError,
    DlmskitError,
    KeyUnavailable,
    PolicyError,
    RemoteProtocolError,
    SecurityError,
)
from dlmskit.limits import DEFAULT_LIMITS, Limits, Tolerance
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.security.policy import UNPROTECTED, Protection
from dlmskit.security.profile import DLMS, GeneralProfile
from dlmskit.security.protection import protect, unprotect
from dlmskit.session.base import CounterNeeded, CounterSeen, Failed, KeysNeeded, Notified, SessionEvent
from dlmskit.session.cosem import general_messages
from dlmskit.session.cosem.general_messages import Line, Parties
from dlmskit.session.cosem.invoke import CONFIRMED
from dlmskit.session.cosem.questions import Questions, Steps, Work

Notification = DataNotification | EventNotificationRequest | InformationReportRequest
PUSH_TAGS = frozenset(GLO_TAGS[kind.HEAD[0]] for kind in (EventNotificationRequest, InformationReportRequest))
"""tags of pushes in service-specific ciphering"""
PURPOSE = "push"
_MOST_WAITING = 64
_CONFIRMED = CONFIRMED << 24
"""service-class of a long-invoke-id-and-priority"""
_EMPTY_TITLE = "empty-system-title"


_Envelope = ServiceCiphered | GeneralGloCiphering | GeneralCiphering | GeneralSigning
_General = GeneralCiphering | GeneralSigning


class ReceiverSession:
    """Turns whole messages into `Notified`; what cannot be opened or is no notification becomes `Failed`.

    A push in clear, encrypted only, or whose tag cannot be checked for want of the authentication key is refused unless
    `allow_unauthenticated`, and then marked so. Keys are asked for once a system title, and again after a push that did
    not open. `system_title` names the sender where the message itself does not: service-specific ciphering, or a meter
    that leaves the title empty. `own_title` is ours where messages name their recipient, `floor` what every push must
    have besides, a signature say; `profile` reads general-ciphering and general-signing.

    With `confirms` a DataNotification that asks for it is confirmed: one in clear in clear, a ciphered one under
    `own_title` and with the protection that it had; `CounterNeeded` asks for the counter.
    """

    def __init__(
        self,
        *,
        allow_unauthenticated: bool = False,
        system_title: bytes = b"",
        own_title: bytes = b"",
        floor: Protection = UNPROTECTED,
        profile: GeneralProfile = DLMS,
        guard: ReplayGuard | None = None,
        confirms: bool = False,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._allow = allow_unauthenticated
        self._title = system_title
        self._own_title = own_title
        self._confirms = confirms
        self._outgoing: list[bytes] = []
        self._floor = floor
        self._profile = profile
        self._guard = guard or ReplayGuard()
        self._limits = limits
        self._events: deque[SessionEvent] = deque()
        self._questions = Questions(self._events.append)
        self._work = Work(self._questions.ask)
        self._keys: dict[bytes, KeySet] = {}

    def receive(self, message: bytes, now: float) -> None:
        """Take one whole message. Never raises for what a peer sent."""
        tolerance = Tolerance()
        try:
            self._take(decode(message, tolerance=tolerance, limits=self._limits), tolerance)
        except DlmskitError as error:
            self._events.append(Failed(error))

    def provide(self, answer: Any, now: float) -> None:
        """Answer the oldest event that asks for this kind of answer; pushes that came meanwhile are opened."""
        self._questions.answer(answer)

    def next_event(self) -> SessionEvent | None:
        """The oldest event not yet taken."""
        return self._events.popleft() if self._events else None

    def messages_to_send(self) -> list[bytes]:
        """Confirmations."""
        messages, self._outgoing = self._outgoing, []
        return messages

    def next_deadline(self) -> float | None:
        """None: a receiver waits for ever."""
        return None

    def handle_timeout(self, now: float) -> None:
        """Nothing to do."""

    def _take(self, apdu: Apdu, tolerance: Tolerance) -> None:
        quirks = tuple(tolerance.noticed)
        if isinstance(apdu, _Envelope):
            title = self._title_of(apdu)
            if isinstance(apdu, GeneralGloCiphering) and not apdu.system_title:
                quirks = (*quirks, _EMPTY_TITLE)
            if len(self._work) >= _MOST_WAITING:
                raise RemoteProtocolError(f"more than {_MOST_WAITING} pushes wait for keys")
            self._work.put(self._opened(apdu, title, quirks))
            return
        notification = _notification(apdu)
        if not self._allow:
            raise PolicyError(f"{notification.NAME} came without protection")
        self._floor.require(UNPROTECTED, notification.NAME)
        self._events.append(Notified(notification, self._title or None, False, quirks))
        if self._to_confirm(notification):
            self._outgoing.append(_confirmation(notification))

    def _title_of(self, envelope: _Envelope) -> bytes:
        if isinstance(envelope, ServiceCiphered) and envelope.tag not in PUSH_TAGS:
            raise RemoteProtocolError(f"{envelope.NAME} is no push")
        title = b""
        if isinstance(envelope, _General):
            title = envelope.originator_system_title
        elif isinstance(envelope, GeneralGloCiphering):
            title = envelope.system_title
        if not title and not self._title:
            raise AuthenticationError(f"{envelope.NAME} names no system title and none is known beforehand")
        return title or self._title

    def _opened(self, envelope: _Envelope, title: bytes, quirks: tuple[str, ...]) -> Steps[None]:
        try:
            keys = yield from self._keys_of(title)
            parties = Parties(keys, self._own_title, title, self._profile, self._guard.learn)
            octets, found = yield from self._open(envelope, parties)
            tolerance = Tolerance()
            notification = _notification(decode(octets, tolerance=tolerance, limits=self._limits))
            self._floor.require(found, notification.NAME)
            authenticated = bool(found & (Protection.AUTHENTICATED | Protection.SIGNED))
            self._events.append(Notified(notification, title, authenticated, (*quirks, *tolerance.noticed)))
            if self._to_confirm(notification) and self._own_title and Protection.AUTHENTICATED in found:
                yield from self._confirm(_confirmation(notification), keys, found)
        except DlmskitError as error:
            # titles that a forger makes up must not fill the memory
            self._keys.pop(title, None)
            self._events.append(Failed(error))

    def _to_confirm(self, notification: Notification) -> bool:
        return (
            self._confirms
            and isinstance(notification, DataNotification)
            and bool(notification.long_invoke_id_and_priority & _CONFIRMED)
        )

    def _confirm(self, plain: bytes, keys: KeySet, found: Protection) -> Steps[None]:
        key_id = keys.key_id(KeyPurpose.GUEK)
        answer = yield CounterNeeded(KeyPurpose.GUEK.value, 1, self._own_title, key_id)
        if answer.first is None:
            raise SecurityError("no invocation counter is left to confirm a push with")
        content = protect(
            plain,
            keys=keys,
            system_title=self._own_title,
            invocation_counter=answer.first,
            security_control=int(found & ~Protection.SIGNED) | keys.suite,
        )
        self._outgoing.append(GeneralGloCiphering(self._own_title, content).to_bytes())

    def _keys_of(self, title: bytes) -> Steps[KeySet]:
        if title not in self._keys:
            answer = yield KeysNeeded(title, PURPOSE)
            self._guard.learn(answer.last_counters)
            if answer.keys is None:
                raise KeyUnavailable(f"no keys for system title {title.hex()}")
            self._keys[title] = answer.keys
        return self._keys[title]

    def _open(self, envelope: Apdu, parties: Parties) -> Steps[tuple[bytes, Protection]]:
        match envelope:
            case GeneralSigning():
                return (yield from self._open_signed(envelope, parties))
            case GeneralCiphering():
                opened = yield from general_messages.open_message(envelope, parties)
                self._accept(opened.line, parties.peer_title, opened.number)
                return opened.message.plain, Protection.of_control(opened.message.security_control)
            case ServiceCiphered() | GeneralGloCiphering():
                return self._open_ciphered(envelope, parties)
            case _:
                raise RemoteProtocolError(f"{envelope.NAME} is no push")

    def _open_signed(self, envelope: GeneralSigning, parties: Parties) -> Steps[tuple[bytes, Protection]]:
        line = yield from general_messages.verify(envelope, parties)
        carried = decode(envelope.content, limits=self._limits)
        octets, found = envelope.content, UNPROTECTED
        if isinstance(carried, ServiceCiphered | GeneralGloCiphering | GeneralCiphering):
            octets, found = yield from self._open(carried, parties)
        if Protection.AUTHENTICATED not in found:
            # without a tag no invocation counter can be believed
            number = general_messages.originator_counter(envelope.transaction_id)
            self._accept(line, parties.peer_title, number)
        return octets, found | Protection.SIGNED

    def _open_ciphered(
        self, envelope: ServiceCiphered | GeneralGloCiphering, parties: Parties
    ) -> tuple[bytes, Protection]:
        keys, title = parties.keys, parties.peer_title
        opened = unprotect(envelope.content, keys=keys, system_title=title, allow_unauthenticated=self._allow)
        found = Protection.of_control(opened.security_control)
        if not opened.authenticated:
            return opened.plain, found & ~Protection.AUTHENTICATED
        self._accept(Line(opened.purpose.value, keys.key_id(opened.purpose)), title, opened.invocation_counter)
        return opened.plain, found

    def _accept(self, line: Line, title: bytes, number: int) -> None:
        self._guard.check(line.key_id, title, number)
        self._guard.accept(line.key_id, title, number)
        self._events.append(CounterSeen(line.purpose, title, number, line.key_id))


def _confirmation(notification: Notification) -> bytes:
    assert isinstance(notification, DataNotification)
    return DataNotificationConfirm(notification.long_invoke_id_and_priority).to_bytes()


def _notification(apdu: Apdu) -> Notification:
    if not isinstance(apdu, Notification):
        raise RemoteProtocolError(f"{apdu.NAME} is no notification")
    return apdu
