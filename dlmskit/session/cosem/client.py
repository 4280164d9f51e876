"""The client's side of a COSEM association.

::

    IDLE -> KEYS -> ASSOCIATING -> AUTHENTICATING -> READY <-> BUSY -> RELEASING -> IDLE
            only where a secret is needed    only with HLS
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any

from dlmskit.apdu import (
    Aare,
    Apdu,
    ConfirmedServiceError,
    DataNotification,
    EventNotificationRequest,
    ExceptionResponse,
    GeneralBlockTransfer,
    GeneralCiphering,
    GeneralGloCiphering,
    GeneralSigning,
    InformationReportRequest,
    ReadResponse,
    Rlre,
    ServiceCiphered,
    UnconfirmedWriteRequest,
    WriteResponse,
    decode,
)
from dlmskit.cosem.short_names import ShortNamed
from dlmskit.enums import Conformance
from dlmskit.exceptions import (
    AssociationError,
    AuthenticationError,
    DlmskitError,
    ExceptionResponseError,
    LocalProtocolError,
    PolicyError,
    RemoteProtocolError,
    ReplayError,
    ServiceError,
    TransportClosed,
    TransportTimeout,
)
from dlmskit.limits import DEFAULT_LIMITS, Limits, Tolerance
from dlmskit.obis import Obis
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.needs import KeysProvided
from dlmskit.session.base import (
    Closed,
    Completed,
    Failed,
    Ignored,
    KeysNeeded,
    Notified,
    Opened,
    Progressed,
    SessionEvent,
)
from dlmskit.session.cosem.block_streams import BlockStreams
from dlmskit.session.cosem.channel import ENVELOPES, Channel, Plain
from dlmskit.session.cosem.exchange import Exchange, Scope, describe
from dlmskit.session.cosem.handshake import Handshake
from dlmskit.session.cosem.invoke import CONFIRMED, HIGH_PRIORITY, MASK, InvokeIds, invoke_id
from dlmskit.session.cosem.outbox import Outbox
from dlmskit.session.cosem.questions import QUESTIONS, Questions, Steps, Work
from dlmskit.session.cosem.receiver import PUSH_TAGS, ReceiverSession
from dlmskit.session.cosem.requests import begin
from dlmskit.session.cosem.settings import SHORT_NAMES, AssociationSettings
from dlmskit.session.cosem.transfer import Assembly
from dlmskit.session.operations import Operation


class State(Enum):
    """Where the association stands."""

    IDLE = "idle"
    KEYS = "waiting for keys"
    ASSOCIATING = "waiting for the AARE"
    AUTHENTICATING = "waiting for the meter's answer to our challenge"
    READY = "ready"
    BUSY = "an operation runs"
    RELEASING = "waiting for the RLRE"


_OPENING = frozenset({State.KEYS, State.ASSOCIATING, State.AUTHENTICATING})
_REFUSALS = (ExceptionResponse, ConfirmedServiceError)
_MOST_WAITING = 64
"""messages that wait for a signature or key of one before them"""
_FORGED = (AuthenticationError, ReplayError)
_NOTIFICATIONS = (DataNotification, EventNotificationRequest, InformationReportRequest)


class CosemClientSession:
    """Associates, runs one operation at a time, releases. Implements `dlmskit.session.base.Session`.

    `random` gives octets for challenges and dedicated keys. Protection never falls below what the settings ask for: in
    a ciphered context an answer in clear fails the operation, except that a refusal in clear is reported as one. An
    APDU whose tag or counter is wrong is `Ignored`: the genuine answer may still come; without one the operation fails
    at its time-out, and with that error.
    """

    def __init__(
        self, settings: AssociationSettings, random: Callable[[int], bytes], *, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.settings = settings
        self._random = random
        self._limits = limits
        self._events: deque[SessionEvent] = deque()
        self._now = 0.0
        self._questions = Questions(self._events.append)
        self._outbox = Outbox(self._questions.ask)
        self._inbox = Work(self._questions.ask)
        self._guard = ReplayGuard()
        self._receiver = ReceiverSession(
            allow_unauthenticated=not settings.context.ciphered,
            own_title=settings.system_title,
            profile=settings.general_profile,
            guard=self._guard,
            limits=limits,
        )
        self._reset()

    def _reset(self) -> None:
        self.state = State.IDLE
        self._handshake = Handshake(self.settings, self._random, self._limits)
        self._invoke_ids = InvokeIds()
        self._invoke = 0
        self._operation: Operation | None = None
        self._exchange: Exchange | None = None
        self._deadline: float | None = None
        self._forged: DlmskitError | None = None
        self._blocks: BlockStreams | None = None
        self._unsettled = False
        self._unconfirmed = False
        self._names: dict[tuple[int, Obis], ShortNamed] = {}
        self._outbox.use(None)
        self._inbox.clear()

    # -- verbs --------------------------------------------------------------------------------------------------------

    def open(self, now: float) -> None:
        """Begin to associate; `KeysNeeded` comes first where a secret is needed. `Opened` or `Failed` follows."""
        if self.state is not State.IDLE:
            raise LocalProtocolError(f"cannot open: {self.state.value}")
        self._reset()
        self._now = now
        try:
            self._handshake.check_settings()
            if not self.settings.needs_keys:
                self._associate()
                return
            self.state = State.KEYS
            asked = KeysNeeded(self.settings.peer_system_title or None, "association")
            self._questions.ask(asked, partial(self._keys_came, self._handshake))
        except DlmskitError as error:
            self._fail_dialogue(error)

    def start(self, operation: Operation, now: float) -> None:
        """Begin one operation; `Completed` or `Failed` follows.

        Raises `LocalProtocolError` when not associated, while another operation runs, and for what the meter did not
        grant.
        """
        if self.state is not State.READY:
            raise LocalProtocolError(f"cannot start an operation: {self.state.value}")
        if self._unsettled:
            raise LocalProtocolError("an answer without invoke-id may still come: associate anew")
        scope = Scope(
            invoke=self._next_invoke(),
            conformance=self._handshake.negotiated.conformance,
            capacity=self._handshake.capacity,
            limits=self._limits,
            progressed=partial(self._progressed, operation),
            names=self._names if self.settings.context in SHORT_NAMES else None,
        )
        exchange = begin(operation, scope)
        try:
            request = next(exchange)
        except StopIteration as known:
            self._events.append(Completed(operation, known.value))
            return
        except ServiceError as error:
            self._events.append(Failed(error, operation))
            return
        self.state, self._operation, self._exchange, self._now = State.BUSY, operation, exchange, now
        try:
            self._send(request)
        except DlmskitError as error:
            self._fail_operation(error)
            return
        if isinstance(request, UnconfirmedWriteRequest):
            self._unconfirmed = True
            self._operation = None
            self._finish_operation()
            self._events.append(Completed(operation, None))

    def close(self, now: float) -> None:
        """Release the association where the settings say so; `Closed` follows in any case."""
        if self.state is State.BUSY:
            self._fail_operation(AssociationError("the association was closed while the operation ran"))
        if self.state is not State.READY or not self.settings.release or self.settings.pre_established:
            self._closed()
            return
        self.state = State.RELEASING
        self._deadline = now + self.settings.timeout
        try:
            self._outbox.put(self._handshake.rlrq)
        except DlmskitError:
            self._closed()

    def disconnected(self, reason: str, now: float) -> None:
        """The link is gone: what was running fails, and the session may be opened again."""
        error = TransportClosed(f"the link is down: {reason}")
        if self.state is State.BUSY:
            self._fail_operation(error)
        elif self.state in _OPENING:
            self._fail_dialogue(error)
        elif self.state is State.RELEASING:
            self._closed()
        self._keep_counters()
        self._reset()
        self._outbox.clear()

    def receive(self, message: bytes, now: float) -> None:
        """Take one whole message. Never raises for what a peer sent."""
        if len(self._inbox) < _MOST_WAITING:
            self._now = now
            self._inbox.put(self._receive(message))
        else:
            self._events.append(Ignored(RemoteProtocolError("too many messages wait for the one before them")))

    def messages_to_send(self) -> list[bytes]:
        """Whole messages for the link, oldest first."""
        messages = self._outbox.take()
        try:
            return messages if self._blocks is None else self._blocks.outgoing(messages)
        except DlmskitError as error:
            self._fail(error)
            return []

    def next_event(self) -> SessionEvent | None:
        """The oldest event not yet taken."""
        return self._events.popleft() if self._events else None

    def provide(self, answer: Any, now: float) -> None:
        """Answer the oldest event that asks for this kind of answer."""
        self._now = now
        try:
            self._questions.answer(answer)
        except DlmskitError as error:
            self._fail(error)

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""
        return self._deadline

    def handle_timeout(self, now: float) -> None:
        """A deadline passed: the operation, or the opening, fails with `TransportTimeout`; a release just ends."""
        if self._deadline is None or now < self._deadline:
            return
        seconds = f"{self.settings.timeout:g} s"
        self._deadline = None
        if self.state is State.BUSY and self._blocks is not None and self._repeat_blocks(self._blocks, now):
            return
        if self.state is State.BUSY and self._operation is not None:
            late = TransportTimeout(f"no answer to {describe(self._operation)} within {seconds}")
            self._fail_operation(self._forged or late)
        elif self.state in _OPENING:
            self._fail_dialogue(TransportTimeout(f"the meter did not answer within {seconds}: {self.state.value}"))
        elif self.state is State.RELEASING:
            self._closed()

    def _repeat_blocks(self, blocks: BlockStreams, now: float) -> bool:
        """Whether a block transfer that has come to a stop was asked to go on."""
        again = blocks.again()
        for octets in again:
            self._outbox.put(partial(bytes, octets))
        if again:
            self._deadline = now + self.settings.timeout
        return bool(again)

    # -- opening ------------------------------------------------------------------------------------------------------

    def _keys_came(self, handshake: Handshake, answer: KeysProvided) -> None:
        if handshake is not self._handshake or self.state is not State.KEYS:
            return  # the association that wanted them is gone
        handshake.take_keys(answer, self._guard)
        self._outbox.use(handshake.channel)
        self._associate()

    def _associate(self) -> None:
        if self.settings.pre_established:
            self._handshake.presume()
            self._prepare_blocks()
            self._opened()
            return
        self.state = State.ASSOCIATING
        self._wait()
        self._outbox.put(self._handshake.aarq)

    def _on_associating(self, apdu: Apdu, plain: Plain | None) -> None:
        if isinstance(apdu, _REFUSALS):
            self._take_hint(apdu)
            raise AssociationError(f"the meter refused the association: {_words(apdu)}", diagnostic=_words(apdu))
        if not isinstance(apdu, Aare):
            raise RemoteProtocolError(f"{apdu.NAME} is no answer to an AARQ")
        proof = self._handshake.take_aare(apdu)
        self._prepare_blocks()
        if proof is None:
            self._opened()
            return
        self.state = State.AUTHENTICATING
        self._wait()
        self._outbox.put(partial(self._handshake.pass3, self._next_invoke(), proof))

    def _prepare_blocks(self) -> None:
        agreed = self._handshake.negotiated
        if Conformance.GENERAL_BLOCK_TRANSFER in agreed.conformance:
            size, window = agreed.server_max_receive_pdu_size, self.settings.block_window
            self._blocks = BlockStreams(size, window, self._limits)

    def _on_authenticating(self, apdu: Apdu, plain: Plain | None) -> Steps[None]:
        if isinstance(apdu, _REFUSALS):
            self._take_hint(apdu)
            raise AssociationError(f"the meter refused our authentication: {_words(apdu)}", diagnostic=_words(apdu))
        self._require_protection(apdu, plain)
        if self._outbox.waits:
            self._events.append(Ignored(RemoteProtocolError(f"{apdu.NAME} came before our own answer had left")))
        elif self._answers(apdu):
            yield from self._handshake.pass4(apdu, plain)
            self._opened()

    def _opened(self) -> None:
        self.state, self._deadline = State.READY, None
        self._keep_counters()
        settings, agreed = self.settings, self._handshake.negotiated
        self._events.append(
            Opened(
                {
                    "context": settings.context.label,
                    "mechanism": settings.mechanism.label,
                    "conformance": agreed.conformance.labels,
                    "server_max_receive_pdu_size": agreed.server_max_receive_pdu_size,
                    "system_title": self._channel.peer_title.hex() if self._channel else None,
                    "quirks": list(self._handshake.proof.quirks) if self._handshake.proof else [],
                }
            )
        )

    # -- operations ---------------------------------------------------------------------------------------------------

    def _receive(self, message: bytes) -> Steps[None]:
        try:
            yield from self._take(message)
        except DlmskitError as error:
            self._fail(error)

    def _take(self, message: bytes) -> Steps[None]:
        tolerance = Tolerance()
        apdu = decode(message, tolerance=tolerance, limits=self._limits)
        if isinstance(apdu, GeneralBlockTransfer):
            yield from self._on_block(apdu)
            return
        plain: Plain | None = None
        if isinstance(apdu, ENVELOPES):
            if self._is_push(apdu):
                self._receiver.receive(message, self._now)
                self._collect_pushes()
                return
            if self._channel is None or not self._sealed:
                raise RemoteProtocolError(f"{apdu.NAME} came in an association without ciphering")
            plain = yield from self._channel.opening(apdu)
            apdu = decode(plain.octets, tolerance=tolerance, limits=self._limits)
        if isinstance(apdu, _NOTIFICATIONS):
            self._notified(apdu, plain, tolerance)
        elif self.state is State.AUTHENTICATING:
            yield from self._on_authenticating(apdu, plain)
        elif (handler := _HANDLERS.get(self.state)) is not None:
            handler(self, apdu, plain)
        else:
            raise RemoteProtocolError(f"{apdu.NAME} came unasked")

    def _on_block(self, block: GeneralBlockTransfer) -> Steps[None]:
        if self._blocks is None:
            raise RemoteProtocolError(f"{block.NAME} came unasked")
        exchanging = self.state in (State.AUTHENTICATING, State.BUSY)
        heard, asked = self._blocks.receive(block, exchanging=exchanging)
        if heard.broken_off:
            lost = f"a general block transfer was given up after {heard.broken_off} blocks"
            self._events.append(Ignored(RemoteProtocolError(lost)))
        if asked and (heard.replies or heard.assembly is not None):
            self._wait()
        if asked and heard.assembly is not None and self._operation is not None:
            self._progressed(self._operation, heard.assembly)
        for reply in heard.replies:
            self._outbox.put(partial(bytes, reply))
        if heard.message is not None:
            if heard.message[:1] == GeneralBlockTransfer.HEAD:
                raise RemoteProtocolError("a general block transfer within another one")
            yield from self._take(heard.message)

    def _on_busy(self, apdu: Apdu, plain: Plain | None) -> None:
        if isinstance(apdu, _REFUSALS):
            self._take_hint(apdu)
            unproven = self._sealed and plain is None
            words = _words(apdu) + (" (not authenticated)" if unproven else "")
            what = describe(self._operation) if self._operation is not None else ""
            self._fail_operation(ExceptionResponseError(words, what))
            # whoever can put octets on the line can refuse, a meter refuses what asks for no answer, and the genuine
            # answer still comes
            doubtful = unproven or self._unconfirmed
            self._unsettled = self._unsettled or (doubtful and self.settings.context in SHORT_NAMES)
            return
        self._require_protection(apdu, plain)
        if not self._answers(apdu) or self._exchange is None:
            return
        try:
            request = self._exchange.send(apdu)
        except StopIteration as finished:
            operation, self._operation = self._operation, None
            self._finish_operation()
            if operation is not None:
                self._events.append(Completed(operation, finished.value))
            return
        self._send(request)

    def _on_ready(self, apdu: Apdu, plain: Plain | None) -> None:
        self._require_protection(apdu, plain)
        invoke = invoke_id(apdu)
        if invoke is not None:
            self._invoke_ids.release(invoke)
        raise RemoteProtocolError(f"{apdu.NAME} came unasked")

    def _on_releasing(self, apdu: Apdu, plain: Plain | None) -> None:
        if isinstance(apdu, Rlre | ExceptionResponse | ConfirmedServiceError):
            self._closed()
        else:
            raise RemoteProtocolError(f"{apdu.NAME} came while releasing")

    def _take_hint(self, refusal: Apdu) -> None:
        expected = refusal.invocation_counter if isinstance(refusal, ExceptionResponse) else None
        if expected is None or self._channel is None or not self.settings.most_counters_ahead:
            return
        hint = self._channel.hinted(expected, self.settings.most_counters_ahead)
        if hint is not None:
            self._events.append(hint)

    def _answers(self, apdu: Apdu) -> bool:
        """Whether the invoke-id is that of the running request; a late or repeated answer is noted and dropped."""
        invoke = invoke_id(apdu)
        if invoke is None and self.settings.context in SHORT_NAMES and isinstance(apdu, ReadResponse | WriteResponse):
            return True
        if invoke is None:
            raise RemoteProtocolError(f"{apdu.NAME} is no answer to a request")
        if invoke == self._invoke & MASK:
            return True
        self._invoke_ids.release(invoke)
        late = f"{apdu.NAME} of invoke-id {invoke}, wanted {self._invoke & MASK}"
        self._events.append(Ignored(RemoteProtocolError(f"late or foreign answer: {late}")))
        return False

    def _require_protection(self, apdu: Apdu, plain: Plain | None) -> None:
        if self._sealed and plain is None:
            raise PolicyError(f"{apdu.NAME} came in clear in a ciphered association")

    def _progressed(self, operation: Operation, assembly: Assembly) -> None:
        self._events.append(Progressed(operation, assembly.blocks, assembly.octets, assembly.join))

    def _next_invoke(self) -> int:
        priority = HIGH_PRIORITY if self.settings.priority else 0
        self._invoke = priority | CONFIRMED | self._invoke_ids.take()
        return self._invoke

    # -- notifications ------------------------------------------------------------------------------------------------

    def _is_push(self, envelope: Any) -> bool:
        if isinstance(envelope, ServiceCiphered):
            return not self._sealed and envelope.tag in PUSH_TAGS
        own = isinstance(envelope, GeneralCiphering | GeneralSigning)
        title = envelope.originator_system_title if own else envelope.system_title
        if title == self.settings.system_title and title:
            raise AuthenticationError("an APDU came back under our own system title")
        foreign = self._channel is None or not self._sealed or title != self._channel.peer_title
        return foreign and bool(title) and (own or isinstance(envelope, GeneralGloCiphering))

    def _notified(self, apdu: Apdu, plain: Plain | None, tolerance: Tolerance) -> None:
        if self._sealed and plain is None:
            error = PolicyError(f"{apdu.NAME} came in clear in a ciphered association")
            self._events.append(Ignored(error))
            return
        title = self._channel.peer_title if self._channel is not None and plain is not None else None
        authenticated = plain is not None and plain.authenticated
        self._keep_counters()
        self._events.append(Notified(apdu, title, authenticated, tuple(tolerance.noticed)))

    def _collect_pushes(self) -> None:
        while (event := self._receiver.next_event()) is not None:
            if isinstance(event, QUESTIONS):
                self._questions.ask(event, self._answer_push)
            else:
                self._events.append(Ignored(event.error) if isinstance(event, Failed) else event)

    def _answer_push(self, answer: Any) -> None:
        self._receiver.provide(answer, self._now)
        self._collect_pushes()

    # -- ends ---------------------------------------------------------------------------------------------------------

    def _fail(self, error: DlmskitError) -> None:
        if self.state is State.BUSY and isinstance(error, _FORGED):
            # whoever can put octets on the line must not end what the genuine answer still completes
            self._forged = error
            self._events.append(Ignored(error))
        elif self.state is State.BUSY:
            self._fail_operation(error)
        elif self.state in _OPENING:
            self._fail_dialogue(error)
        else:
            self._events.append(Ignored(error))

    def _fail_operation(self, error: DlmskitError) -> None:
        operation, self._operation = self._operation, None
        # whatever the meter still has to say about it must not be taken for a later answer; a refusal is all it says,
        # and what we find wrong ourselves we find between answer and request
        if not isinstance(error, ServiceError | LocalProtocolError):
            self._invoke_ids.quarantine(self._invoke)
            self._unsettled = self.settings.context in SHORT_NAMES
        self._outbox.drop_waiting()
        self._finish_operation()
        self._events.append(Failed(error, operation))

    def _finish_operation(self) -> None:
        self.state, self._exchange, self._deadline, self._forged = State.READY, None, None, None
        self._keep_counters()

    def _fail_dialogue(self, error: DlmskitError) -> None:
        self._keep_counters()
        self._reset()
        self._events.append(Failed(error))

    def _closed(self) -> None:
        self._keep_counters()
        self._reset()
        self._events.append(Closed())

    # -- protection ---------------------------------------------------------------------------------------------------

    @property
    def _channel(self) -> Channel | None:
        return self._handshake.channel

    @property
    def _sealed(self) -> bool:
        return self._handshake.sealed

    def _send(self, apdu: Apdu) -> None:
        if self._blocks is not None:
            self._blocks.reset()
        self._wait()
        self._outbox.put(partial(self._handshake.seal, apdu.to_bytes()))

    def _wait(self) -> None:
        self._deadline = self._now + self.settings.timeout

    def _keep_counters(self) -> None:
        if self._channel is not None:
            self._events.extend(self._channel.sightings())


_HANDLERS: dict[State, Callable[[CosemClientSession, Apdu, Plain | None], None]] = {
    State.ASSOCIATING: CosemClientSession._on_associating,
    State.READY: CosemClientSession._on_ready,
    State.BUSY: CosemClientSession._on_busy,
    State.RELEASING: CosemClientSession._on_releasing,
}


def _words(refusal: Apdu) -> str:
    if isinstance(refusal, ConfirmedServiceError):
        return refusal.label
    assert isinstance(refusal, ExceptionResponse)
    words = f"{refusal.state_error.label}, {refusal.service_error.label}"
    counter = refusal.invocation_counter
    return words if counter is None else f"{words}: the meter expects {counter}"
