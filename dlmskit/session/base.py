"""What every session is: operations in, results out, over whole messages; no framing, no port, no file, no clock.

A session never reads a key: it emits `KeysNeeded` or `CounterNeeded` and goes on when `provide` answers.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from dlmskit.exceptions import DlmskitError
from dlmskit.security.keys import KeySet
from dlmskit.session.operations import Operation


class SessionEvent(msgspec.Struct, frozen=True):
    """Base of everything that `Session.next_event` returns."""


class Opened(SessionEvent, frozen=True):
    """The dialogue is established: operations may start. `detail` says what was negotiated, in words per item."""

    detail: dict[str, Any] = {}


class Closed(SessionEvent, frozen=True):
    """The dialogue has ended in order; the link may be closed."""


class Completed(SessionEvent, frozen=True):
    """An operation was answered. `result` is what the operation's docstring says."""

    operation: Operation
    result: Any


class Progressed(SessionEvent, frozen=True):
    """A long operation got another block: `blocks` and `octets` so far."""

    operation: Operation
    blocks: int
    octets: int


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


class KeysNeeded(SessionEvent, frozen=True):
    """The session waits for `provide(KeysProvided(...))`; `system_title` is the peer's where it is known."""

    system_title: bytes | None
    purpose: str


class CounterNeeded(SessionEvent, frozen=True):
    """The session waits for `provide(CounterProvided(...))`: `count` fresh invocation counters for sending.

    They are reserved durably before the answer is given, one stream per (`key_id`, own `system_title`).
    """

    purpose: str
    count: int
    system_title: bytes = b""
    key_id: str = ""


class CounterSeen(SessionEvent, frozen=True):
    """A verified APDU carried this invocation counter: remember it as the last one accepted from this peer and key."""

    purpose: str
    system_title: bytes
    invocation_counter: int
    key_id: str = ""


class KeysProvided(msgspec.Struct, frozen=True):
    """Answer to `KeysNeeded`: the keys, or None where the store has none for this peer.

    `last_counter` is the highest invocation counter ever accepted from this peer under the unicast key, None where
    none was.
    """

    keys: KeySet | None
    last_counter: int | None = None


class CounterProvided(msgspec.Struct, frozen=True):
    """Answer to `CounterNeeded`: `count` counters from `first` on are ours alone; None where none can be had."""

    first: int | None
    count: int = 0


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
        """Answer a `KeysNeeded` or `CounterNeeded` event."""

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""

    def handle_timeout(self, now: float) -> None:
        """A deadline passed: the operation, or the dialogue, fails with `TransportTimeout`."""
