"""What a pump has to do to get an answer out of a stack, written once for blocking and asyncio pumps.

A dialogue is a set of generators. Each yields one step at a time (write these octets, wait for octets until then,
change the line, look something up) and ends with the answer; the pump performs the step in its own way and sends the
outcome back in. So both pumps are a few lines, and neither knows the protocol.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from dlmskit.exceptions import (
    AssociationError,
    DlmskitError,
    LocalProtocolError,
    ServiceError,
    TransportClosed,
    TransportError,
    TransportTimeout,
)
from dlmskit.link.base import Connected, Disconnected, Drain, FrameDropped, SetLine
from dlmskit.security.needs import (
    AgreeNeed,
    CounterHint,
    CounterNeed,
    CounterSighting,
    KeysNeed,
    KeysProvided,
    SignNeed,
    VerifyNeed,
)
from dlmskit.session.base import Completed, Failed, Notified, Opened, Progressed
from dlmskit.session.operations import Operation, only_reads
from dlmskit.stack.base import StackEvent, earlier
from dlmskit.stack.client import ClientStack, State
from dlmskit.stack.log import log, logged
from dlmskit.stack.recovery import NO_RETRY, Attempts, Retry, unanswered
from dlmskit.stack.transcript import Transcript

T = TypeVar("T")


class Write(msgspec.Struct, frozen=True):
    """Write `octets`. Outcome: None."""

    octets: bytes


class Read(msgspec.Struct, frozen=True):
    """Write `written`, then wait for octets for at most `seconds`. Outcome: these, empty when none came in time."""

    seconds: float
    written: bytes = b""


class Ask(msgspec.Struct, frozen=True):
    """Look up keys, reserve or note counters, sign, verify or agree. Outcome: the answer, None for a note."""

    need: KeysNeed | CounterNeed | CounterSighting | CounterHint | SignNeed | VerifyNeed | AgreeNeed


class Pause(msgspec.Struct, frozen=True):
    """Wait `seconds`. Outcome: None."""

    seconds: float


class Reopen(msgspec.Struct, frozen=True):
    """Put a new line in the place of the one that broke. Outcome: the new `ClientStack`, not opened yet."""


class Resumable(msgspec.Struct, frozen=True):
    """In a procedure: run `operation`; where the line breaks and may be opened anew, the result is `Broken`."""

    operation: Operation


class Broken(msgspec.Struct, frozen=True):
    """The line broke after `octets` of a value had come in blocks; `error` says how."""

    octets: bytes
    error: TransportError


MOST_NOTIFICATIONS = 1024
"""notifications kept until somebody asks for them; then the oldest ones are forgotten"""

Step = Write | Read | Ask | SetLine | Drain | Pause | Reopen
Steps = Generator[Step, Any, T]
Procedure = Generator[Operation | Resumable, Any, T]
"""Several operations that make one typed answer: yields an operation, gets its result, returns the answer."""


class Dialogue:
    """One stack from open to close, and by `retry` others after it where the line breaks.

    `clock` is monotonic; `patience` bounds a wait that nothing else does (seconds). `name` says in logs whose it is.
    """

    def __init__(
        self,
        stack: ClientStack,
        clock: Callable[[], float],
        *,
        patience: float = 30.0,
        transcript: Transcript | None = None,
        retry: Retry = NO_RETRY,
        name: str = "",
    ) -> None:
        self.notifications: deque[Notified] = deque(maxlen=MOST_NOTIFICATIONS)
        self.negotiated: Mapping[str, Any] = {}
        self._clock = clock
        self._patience = patience
        self._transcript = transcript
        self._dropped: FrameDropped | None = None
        self._closed = False
        self._retry = retry
        self._name = name
        self._broken = False
        self._progress: Progressed | None = None
        self._told: Callable[[Progressed], Any] | None = None
        self._noted = False
        self._use(stack)

    def open(self) -> Steps[None]:
        """Set up link and session, by the policy more than once. Raises whatever made it fail."""
        attempts = Attempts(self._retry)
        while True:
            try:
                yield from self._reopen() if self._broken else self._associate()
                return
            except (TransportError, AssociationError) as error:
                self._broken = True
                if not attempts.again(error):
                    raise
                self._note("retry", repeat=attempts.repeat, seconds=attempts.seconds, reason=str(error))
            yield Pause(attempts.seconds)

    def _associate(self) -> Steps[None]:
        self._stack.open(self._clock())
        while not isinstance(opened := (yield from self._event()), Opened):
            self._ended(opened)
        self.negotiated = opened.detail
        self._note("associated", **_plain(opened.detail))

    def run(
        self, operation: Operation, progress: Callable[[Progressed], Any] | None = None, *, resumable: bool = False
    ) -> Steps[Any]:
        """Run one operation and return its result; one that only reads is repeated by the policy.

        Raises what made it fail, `ServiceError` where the meter refused, `UnknownOutcome` where something that changes
        the meter got no answer.
        """
        attempts: Attempts | None = None
        while True:
            sent = False
            try:
                if self._broken:
                    yield from self._reopen()
                sent = True
                self._begin(operation, progress)
                while not isinstance(completed := (yield from self._event()), Completed):
                    self._ended(completed)
                if self._noted:
                    self._note("completed")
                return completed.result
            except (TransportError, AssociationError) as error:
                self._broken = self._retry.repeats > 0 and not self.up
                if isinstance(error, TransportError) and sent and not only_reads(operation):
                    raise unanswered(operation, error) from error
                attempts = attempts or Attempts(self._retry)
                if not attempts.again(error):
                    raise
                self._note("retry", repeat=attempts.repeat, seconds=attempts.seconds, reason=str(error))
                broken = Broken(self._so_far(), error) if sent and isinstance(error, TransportError) else None
            yield Pause(attempts.seconds)
            if resumable and broken is not None:
                return broken

    def _begin(self, operation: Operation, progress: Callable[[Progressed], Any] | None) -> None:
        self._progress, self._told = None, progress
        self._stack.start(operation, self._clock())
        self._noted = self._transcript is not None or logged()
        if self._noted:
            self._note("request", **describe(operation))

    def _so_far(self) -> bytes:
        return self._progress.so_far() if self._progress is not None else b""

    def _reopen(self) -> Steps[None]:
        self._use((yield Reopen()))
        self._dropped = None
        self._note("reopened")
        yield from self._associate()
        self._broken = False

    def _use(self, stack: ClientStack) -> None:
        self._stack = stack
        if self._transcript is not None:
            stack.on_message = self._transcript.message

    def follow(self, procedure: Procedure[T], progress: Callable[[Progressed], Any] | None = None) -> Steps[T]:
        """Run a procedure to its answer. A refusal by the meter is raised inside the procedure, which may go on."""
        try:
            wanted = next(procedure)
            while True:
                resumable = isinstance(wanted, Resumable)
                operation = wanted.operation if isinstance(wanted, Resumable) else wanted
                try:
                    result = yield from self.run(operation, progress, resumable=resumable)
                except (ServiceError, LocalProtocolError) as refusal:
                    wanted = procedure.throw(refusal)
                else:
                    wanted = procedure.send(result)
        except StopIteration as end:
            answer: T = end.value
            return answer

    def listen(self, seconds: float) -> Steps[Notified | None]:
        """The next notification of the meter, None when none came in `seconds`."""
        end = self._clock() + seconds
        while not self.notifications:
            event = yield from self._event(end)
            if event is None and self._clock() >= end:
                return None
            self._ended(event)
        return self.notifications.popleft()

    def close(self) -> Steps[None]:
        """Release and disconnect, whatever state things are in; once. Raises nothing of ours: what failed said so."""
        if self._closed:
            return
        self._closed = True
        with suppress(DlmskitError):
            self._stack.close(self._clock())
            while (event := (yield from self._event())) is not None:
                self._note_failure(event)
            self._note("closed")

    def _ended(self, event: StackEvent | None) -> None:
        if isinstance(event, Failed):
            self._note_failure(event)
            raise self._explained(event.error)
        if isinstance(event, Disconnected):
            raise TransportClosed(event.reason)
        if event is None:
            raise TransportClosed("the connection is down")

    def _note_failure(self, event: StackEvent) -> None:
        if isinstance(event, Failed):
            refused = isinstance(event.error, ServiceError)
            self._note(
                "failed",
                logged_as="refused" if refused else "failed",
                error=type(event.error).__name__,
                reason=str(event.error),
            )

    def _explained(self, error: DlmskitError) -> DlmskitError:
        """A time-out after octets that could not be used says so: that is a wrong setting, not a silent meter."""
        if isinstance(error, TransportTimeout) and self._dropped is not None:
            what = f"{error}; {self._dropped.octets} octets came that could not be used ({self._dropped.reason})"
            return TransportTimeout(what)
        return error

    def _event(self, end: float | None = None) -> Steps[StackEvent | None]:
        """The next event that is not settled here, waited for; None at `end`, or when nothing can come any more."""
        stack, octets = self._stack, b""
        while True:
            octets += stack.data_to_send()
            event = stack.next_event()
            if event is None:
                octets += stack.data_to_send()
                now = self._clock()
                if stack.state is not State.DOWN and (end is None or now < end):
                    if octets and self._transcript is not None:
                        self._transcript.sent(octets, now)
                    limit = earlier(stack.next_deadline(), end)
                    until = now + self._patience if limit is None else limit
                    try:
                        data = yield Read(max(until - now, 0.0), octets)
                    except TransportError as error:
                        stack.connection_lost(error, self._clock())
                    else:
                        self._came(data, until, patiently=limit is None)
                    octets = b""
                    continue
            if octets:
                yield from self._write(octets)
                octets = b""
            match event:
                case None | Completed():
                    return event
                case Progressed():
                    self._progress = event
                    if self._told is not None:
                        self._told(event)
                case SetLine() | Drain():
                    yield event
                case KeysNeed() | CounterNeed() | SignNeed() | VerifyNeed() | AgreeNeed():
                    answer = yield Ask(event)
                    self._learn(answer)
                    stack.provide(answer, self._clock())
                case CounterSighting():
                    yield Ask(event)
                case CounterHint():
                    self._note("counter-hint", invocation_counter=event.invocation_counter)
                    yield Ask(event)
                case Notified():
                    self.notifications.append(event)
                    self._note("notified", apdu=type(event.apdu).NAME, authenticated=event.authenticated)
                    return event
                case FrameDropped():
                    self._dropped = event
                    self._note("dropped", reason=event.reason, octets=event.octets)
                case Connected():
                    self._note("connected")
                case _:
                    return event

    def _write(self, octets: bytes) -> Steps[None]:
        if self._transcript is not None:
            self._transcript.sent(octets, self._clock())
        try:
            yield Write(octets)
        except TransportError as error:
            self._stack.connection_lost(error, self._clock())

    def _came(self, data: bytes, until: float, *, patiently: bool) -> None:
        """Octets came, or none until then; `patiently` where nothing but our patience bounds the wait."""
        now = self._clock()
        if data:
            if self._transcript is not None:
                self._transcript.received(data, now)
            self._stack.receive_data(data, now)
        # also after octets: a peer that never falls silent must not put the deadline off
        deadline = self._stack.next_deadline() if now >= until or not data else None
        if deadline is not None and deadline <= now:
            self._stack.handle_timeout(now)
        elif not data and patiently:
            self._stack.connection_lost(TransportTimeout(f"nothing came in {self._patience:g} s"), now)

    def _learn(self, answer: Any) -> None:
        if self._transcript is not None and isinstance(answer, KeysProvided) and answer.keys is not None:
            keys = answer.keys
            known = (keys.password, keys.guek, keys.gak, keys.gbek, keys.dedicated_key, keys.master_key)
            self._transcript.learn(secret for secret in known if secret is not None)

    def _note(self, event: str, *, logged_as: str = "", **detail: Any) -> None:
        if self._transcript is not None:
            self._transcript.happened(event, self._clock(), **detail)
        log(self._name, logged_as or event, detail)

    @property
    def up(self) -> bool:
        """Whether operations can be run."""
        return self._stack.state == State.OPEN


def describe(operation: Operation) -> dict[str, Any]:
    """An operation for a recording: what it points at, never the value that it carries."""
    shown: dict[str, Any] = {"op": operation.__struct_config__.tag}
    for name in ("class_id", "obis", "attribute", "method", "address", "command"):
        if hasattr(operation, name):
            value = getattr(operation, name)
            shown[name] = value if isinstance(value, int | str) else str(value)
    if hasattr(operation, "items"):
        shown["items"] = [describe(item) for item in operation.items]
    return shown


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in detail.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain_value(item) for item in value]
    return value if isinstance(value, int | str | None) else str(value)
