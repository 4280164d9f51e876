"""What every session is: operations in, results out, over whole messages; no framing, no port, no file, no clock.

A session never reads a key: it emits `KeysNeeded`, `CounterNeeded`, `SignNeeded`, `VerifyNeeded` or `AgreeNeeded` and
goes on when `provide` answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from dlmskit.exceptions import DlmskitError
from dlmskit.security.needs import AgreeNeed, CounterHint, CounterNeed, CounterSighting, KeysNeed, SignNeed, VerifyNeed
from dlmskit.session.operations import Operation


class SessionEvent(msgspec.Struct, frozen=True):
    """Base of everything that `Session.next_event` returns."""


class Opened(SessionEvent, frozen=True):
    """The dialogue is established: operations may start. `detail` says what was negotiated, in words per item."""

    detail: dict[str, Any] = {}


class Closed(SessionEvent, frozen=True):
    """The dialogue has ended in order; the link may be closed. A meter's session says whose it was."""

    client_sap: int | None = None


class Completed(SessionEvent, frozen=True):
    """An operation was answered. `result` is what the operation's docstring says."""

    operation: Operation
    result: Any


class Progressed(SessionEvent, frozen=True):
    """A long operation got another block: `blocks` and `octets` so far; `so_far` puts these together."""

    operation: Operation
    blocks: int
    octets: int
    so_far: Callable[[], bytes] = bytes


class AnswerDue(SessionEvent, frozen=True):
    """What came is not, or not all of, the answer that is waited for: a link that polls has to ask for the rest."""


class Failed(SessionEvent, frozen=True):
    """An operation, or with `operation` None the whole dialogue, failed with one of our errors."""

    error: DlmskitError
    operation: Operation | None = None


class Notified(SessionEvent, frozen=True):
    """The meter spoke on its own: `apdu` is a DataNotification or EventNotificationRequest.

    `authenticated` is False where protection was absent or could not be verified and that was explicitly allowed.
    """

    apdu: Any
    system_title: bytes | None
    authenticated: bool
    quirks: tuple[str, ...] = ()


class Ignored(SessionEvent, frozen=True):
    """Something came that answers nothing that was asked, a late or repeated answer say; it was dropped."""

    error: DlmskitError


class KeysNeeded(SessionEvent, KeysNeed, frozen=True):
    """The session waits for `provide(KeysProvided(...))`."""


class CounterNeeded(SessionEvent, CounterNeed, frozen=True):
    """The session waits for `provide(CounterProvided(...))`."""


class SignNeeded(SessionEvent, SignNeed, frozen=True):
    """The session waits for `provide(SignatureProvided(...))`."""


class VerifyNeeded(SessionEvent, VerifyNeed, frozen=True):
    """The session waits for `provide(VerificationProvided(...))`."""


class AgreeNeeded(SessionEvent, AgreeNeed, frozen=True):
    """The session waits for `provide(SecretProvided(...))`."""


class CounterHinted(SessionEvent, CounterHint, frozen=True):
    """The peer refused our counter and named the one that it expects; the session goes on."""


class CounterSeen(SessionEvent, CounterSighting, frozen=True):
    """The session goes on; the counter must be kept before the next association or push of this peer."""


class Session(Protocol):
    """The verbs of a session that asks (a client)."""

    def open(self, now: float) -> None:
        """Begin the dialogue; `Opened` or `Failed` follows."""

    def start(self, operation: Operation, now: float) -> None:
        """Begin one operation; `Completed` or `Failed` follows. One at a time.

        Raises `LocalProtocolError` when the dialogue is not open or another operation runs.
        """

    def close(self, now: float) -> None:
        """Begin an orderly end; `Closed` follows."""

    def receive(self, message: bytes, now: float) -> None:
        """Take one whole message from the link. Never raises for what a peer sent: `Failed` follows."""

    def messages_to_send(self) -> list[bytes]:
        """Whole messages for the link, oldest first."""

    def next_event(self) -> SessionEvent | None:
        """The oldest event not yet taken."""

    def provide(self, answer: Any, now: float) -> None:
        """Answer the oldest event that asks for this kind of answer."""

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""

    def handle_timeout(self, now: float) -> None:
        """A deadline passed: the operation, or the dialogue, fails with `TransportTimeout`."""
