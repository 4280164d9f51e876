"""Receiving pushes: notifications on a pre-established association, in clear or ciphered."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec

from dlmskit.apdu import (
    GLO_TAGS,
    Apdu,
    DataNotification,
    DataNotificationConfirm,
    EventNotificationRequest,
    GeneralGloCiphering,
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
from dlmskit.security.needs import CounterProvided, KeysProvided
from dlmskit.security.protection import BROADCAST, protect, unprotect
from dlmskit.session.base import CounterNeeded, CounterSeen, Failed, KeysNeeded, Notified, SessionEvent
from dlmskit.session.cosem.invoke import CONFIRMED

Notification = DataNotification | EventNotificationRequest | InformationReportRequest
PUSH_TAGS = frozenset(GLO_TAGS[kind.HEAD[0]] for kind in (EventNotificationRequest, InformationReportRequest))
"""tags of pushes in service-specific ciphering"""
PURPOSE = "push"
_MOST_WAITING = 64
_CONFIRMED = CONFIRMED << 24
"""service-class of a long-invoke-id-and-priority"""
_EMPTY_TITLE = "empty-system-title"


class _Sealed(msgspec.Struct, frozen=True):
    envelope: ServiceCiphered | GeneralGloCiphering
    system_title: bytes
    quirks: tuple[str, ...]


class ReceiverSession:
    """Turns whole messages into `Notified`; what cannot be opened or is no notification becomes `Failed`.

    A push in clear, encrypted only, or whose tag cannot be checked for want of the authentication key is refused unless
    `allow_unauthenticated`, and then marked so. Keys are asked for once a system title, and again after a push that did
    not open. `system_title` names the sender where the message itself does not: service-specific ciphering, or a meter
    that leaves the title empty.

    With `confirms` a DataNotification that asks for it is confirmed: one in clear in clear, a ciphered one under
    `own_title` and with the protection that it had; `CounterNeeded` asks for the counter.
    """

    def __init__(
        self,
        *,
        allow_unauthenticated: bool = False,
        system_title: bytes = b"",
        guard: ReplayGuard | None = None,
        confirms: bool = False,
        own_title: bytes = b"",
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._allow = allow_unauthenticated
        self._title = system_title
        self._guard = guard or ReplayGuard()
        self._confirms = confirms
        self._own_title = own_title
        self._outgoing: list[bytes] = []
        self._confirming: deque[tuple[bytes, KeySet, int]] = deque()
        self._limits = limits
        self._events: deque[SessionEvent] = deque()
        self._keys: dict[bytes, KeySet] = {}
        self._waiting: deque[_Sealed] = deque()
        self._asked = False

    def receive(self, message: bytes, now: float) -> None:
        """Take one whole message. Never raises for what a peer sent."""
        tolerance = Tolerance()
        try:
            self._take(decode(message, tolerance=tolerance, limits=self._limits), tolerance)
        except DlmskitError as error:
            self._events.append(Failed(error))

    def provide(self, answer: Any, now: float) -> None:
        """Answer the oldest `KeysNeeded` or `CounterNeeded`; pushes that came meanwhile are opened."""
        if isinstance(answer, CounterProvided) and self._confirming:
            self._seal_confirmation(answer)
        if not isinstance(answer, KeysProvided) or not self._waiting:
            return
        self._asked = False
        title = self._waiting[0].system_title
        self._guard.learn(answer.last_counters)
        if answer.keys is None:
            refused = [sealed for sealed in self._waiting if sealed.system_title == title]
            self._waiting = deque(sealed for sealed in self._waiting if sealed.system_title != title)
            self._events.extend(Failed(KeyUnavailable(f"no keys for system title {title.hex()}")) for _ in refused)
        else:
            self._keys[title] = answer.keys
        self._drain()

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
        if isinstance(apdu, ServiceCiphered | GeneralGloCiphering):
            self._wait(apdu, tuple(tolerance.noticed))
            self._drain()
            return
        notification = _notification(apdu)
        if not self._allow:
            raise PolicyError(f"{notification.NAME} came without protection")
        self._events.append(Notified(notification, self._title or None, False, tuple(tolerance.noticed)))
        if (confirmation := self._confirmation(notification)) is not None:
            self._outgoing.append(confirmation)

    def _wait(self, envelope: ServiceCiphered | GeneralGloCiphering, quirks: tuple[str, ...]) -> None:
        title = envelope.system_title if isinstance(envelope, GeneralGloCiphering) else b""
        if isinstance(envelope, ServiceCiphered) and envelope.tag not in PUSH_TAGS:
            raise RemoteProtocolError(f"{envelope.NAME} is no push")
        if not title and not self._title:
            raise AuthenticationError(f"{envelope.NAME} names no system title and none is known beforehand")
        if len(self._waiting) >= _MOST_WAITING:
            raise RemoteProtocolError(f"more than {_MOST_WAITING} pushes wait for keys")
        if isinstance(envelope, GeneralGloCiphering) and not title:
            quirks = (*quirks, _EMPTY_TITLE)
        self._waiting.append(_Sealed(envelope, title or self._title, quirks))

    def _drain(self) -> None:
        while self._waiting:
            sealed = self._waiting[0]
            keys = self._keys.get(sealed.system_title)
            if keys is None:
                if not self._asked:
                    self._asked = True
                    self._events.append(KeysNeeded(sealed.system_title, PURPOSE))
                return
            self._waiting.popleft()
            try:
                self._open(sealed, keys)
            except DlmskitError as error:
                # titles that a forger makes up must not fill the memory
                self._keys.pop(sealed.system_title, None)
                self._events.append(Failed(error))

    def _open(self, sealed: _Sealed, keys: KeySet) -> None:
        title, content = sealed.system_title, sealed.envelope.content
        opened = unprotect(content, keys=keys, system_title=title, allow_unauthenticated=self._allow)
        key_id = keys.key_id(opened.purpose)
        if opened.authenticated:
            self._guard.check(key_id, title, opened.invocation_counter)
            self._guard.accept(key_id, title, opened.invocation_counter)
            self._events.append(CounterSeen(opened.purpose.value, title, opened.invocation_counter, key_id))
        tolerance = Tolerance()
        notification = _notification(decode(opened.plain, tolerance=tolerance, limits=self._limits))
        quirks = (*sealed.quirks, *tolerance.noticed)
        self._events.append(Notified(notification, title, opened.authenticated, quirks))
        confirmation = self._confirmation(notification)
        if confirmation is not None and self._own_title and opened.authenticated:
            self._confirming.append((confirmation, keys, opened.security_control))
            key_id = keys.key_id(KeyPurpose.GUEK)
            self._events.append(CounterNeeded(KeyPurpose.GUEK.value, 1, self._own_title, key_id))

    def _confirmation(self, notification: Notification) -> bytes | None:
        """The confirmation of a push that asks for one."""
        if not (self._confirms and isinstance(notification, DataNotification)):
            return None
        invoke = notification.long_invoke_id_and_priority
        return DataNotificationConfirm(invoke).to_bytes() if invoke & _CONFIRMED else None

    def _seal_confirmation(self, provided: CounterProvided) -> None:
        plain, keys, control = self._confirming.popleft()
        if provided.first is None:
            self._events.append(Failed(SecurityError("no invocation counter is left to confirm a push with")))
            return
        content = protect(
            plain,
            keys=keys,
            system_title=self._own_title,
            invocation_counter=provided.first,
            security_control=control & ~BROADCAST,
        )
        self._outgoing.append(GeneralGloCiphering(self._own_title, content).to_bytes())


def _notification(apdu: Apdu) -> Notification:
    if not isinstance(apdu, Notification):
        raise RemoteProtocolError(f"{apdu.NAME} is no notification")
    return apdu
