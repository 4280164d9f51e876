"""A link and a session put together as a client: one set of verbs, one stream of events, still no port and no clock.

::

    idle -> linking -> opening -> open -> releasing -> unlinking -> down
                          |         |                      ^
                          +-> dead -+----------------------+          the session failed, the link is still up
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from dlmskit.exceptions import DlmskitError, LocalProtocolError, TransportClosed, TransportError, TransportTimeout
from dlmskit.link.base import Connected, Disconnected, Link, LinkEvent, Received
from dlmskit.session.base import AnswerDue, Closed, Completed, Failed, Opened, Progressed, Session, SessionEvent
from dlmskit.session.operations import Operation
from dlmskit.stack.base import Stack


class State(Enum):
    """Where a stack is; see the module."""

    IDLE = auto()
    LINKING = auto()
    OPENING = auto()
    OPEN = auto()
    DEAD = auto()
    RELEASING = auto()
    UNLINKING = auto()
    DOWN = auto()


_ENDING = (State.UNLINKING, State.DOWN)


class ClientStack(Stack[Session]):
    """Speaks for a client over any link with any session.

    `on_message` sees each whole message before it is framed; a recorder uses it to know what must not be written down.
    Whatever ends the link ends the running operation with `Failed`; `Disconnected` is always the last event.
    """

    def __init__(self, link: Link, session: Session, on_message: Callable[[bytes], None] | None = None) -> None:
        super().__init__(link, session)
        self.state = State.IDLE
        self.on_message = on_message
        self._operation: Operation | None = None
        self._timed_out = False

    def open(self, now: float) -> None:
        """Set up the link, then the session; `Opened` or `Failed` follows."""
        self._require(State.IDLE, "opened")
        self.state = State.LINKING
        self._link.open(now)
        self._advance(now)

    def start(self, operation: Operation, now: float) -> None:
        """Begin one operation; `Completed` or `Failed` follows. Raises `LocalProtocolError` unless open."""
        self._require(State.OPEN, f"asked to {operation.__struct_config__.tag}")
        self._session.start(operation, now)
        self._operation = operation
        self._advance(now)

    def close(self, now: float) -> None:
        """Release the session where it is open, then end the link; `Disconnected` follows in any case."""
        if self.state == State.IDLE:
            self._down("never opened")
        elif self.state == State.OPEN:
            self.state = State.RELEASING
            self._session.close(now)
        elif self.state in (State.LINKING, State.OPENING, State.DEAD):
            self._unlink(now)
        self._advance(now)

    def connection_lost(self, error: TransportError, now: float) -> None:
        """The line is gone: what runs fails with `error`."""
        if self.state not in (State.IDLE, State.DOWN):
            self._lost(error)

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called, None for never."""
        return None if self.state == State.DOWN else super().next_deadline()

    def handle_timeout(self, now: float) -> None:
        """Act on every deadline that has passed."""
        self._timed_out = True
        super().handle_timeout(now)
        self._timed_out = False

    def _require(self, state: State, what: str) -> None:
        if self.state != state:
            raise LocalProtocolError(f"a connection that is {self.state.name.lower()} cannot be {what}")

    def _advance(self, now: float) -> None:
        self._now = now
        self._outward(now)
        self._hear(now)

    def _hear(self, now: float) -> None:
        # only what the link has to say gives the session anything to do
        link = self._link
        while (event := link.next_event()) is not None:
            while event is not None:
                self._from_link(event, now)
                event = link.next_event()
            self._outward(now)

    def _outward(self, now: float) -> None:
        """Messages and events of the session, until it has none."""
        session = self._session
        for message in session.messages_to_send():
            self._send(message, now)
        while (event := session.next_event()) is not None:
            self._from_session(event, now)

    def _send(self, message: bytes, now: float) -> None:
        if self.state in _ENDING:
            return
        if self.on_message is not None:
            self.on_message(message)
        self._link.send(message, now)

    def _from_link(self, event: LinkEvent, now: float) -> None:
        match event:
            case Received():
                self._session.receive(event.octets, now)
            case Connected():
                self._put(event)
                if self.state == State.LINKING:
                    self.state = State.OPENING
                    self._session.open(now)
            case Disconnected():
                if event.clean or self.state == State.UNLINKING:
                    self._down(event.reason, clean=True)
                else:
                    self._lost(TransportTimeout(event.reason) if self._timed_out else TransportClosed(event.reason))
            case _:
                self._put(event)

    def _from_session(self, event: SessionEvent, now: float) -> None:
        match event:
            case Progressed():
                pass
            case Completed():
                self._operation = None
            case Opened():
                self.state = State.OPEN
            case Failed(operation=operation):
                self._operation = None
                if operation is None:
                    self._session_failed(now)
            case Closed():
                self._unlink(now)
            case AnswerDue():
                self._link.expect(now)
                return
            case _:
                pass
        self._put(event)

    def _session_failed(self, now: float) -> None:
        if self.state == State.RELEASING:
            self._unlink(now)
        elif self.state not in _ENDING:
            self.state = State.DEAD

    def _unlink(self, now: float) -> None:
        if self.state not in _ENDING:
            self.state = State.UNLINKING
            self._link.close(now)

    def _lost(self, error: DlmskitError) -> None:
        if self.state in (State.LINKING, State.OPENING, State.OPEN):
            self._put(Failed(error, self._operation))
        self._down(str(error), clean=self.state == State.UNLINKING)

    def _down(self, reason: str, clean: bool = True) -> None:
        if self.state != State.DOWN:
            self.state = State.DOWN
            self._operation = None
            self._put(Disconnected(reason, clean))
