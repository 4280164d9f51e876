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
    GeneralBlockTransfer,
    ReadResponse,
    Rlre,
    UnconfirmedWriteRequest,
    WriteResponse,
    decode,
)
from dlmskit.cosem.short_names import ShortNamed
from dlmskit.exceptions import (
    AssociationError,
    DlmskitError,
    ExceptionResponseError,
    LocalProtocolError,
    PolicyError,
    RemoteProtocolError,
    SecurityError,
    ServiceError,
    TransportClosed,
    TransportTimeout,
)
from dlmskit.limits import DEFAULT_LIMITS, Limits, Tolerance
from dlmskit.obis import Obis
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.needs import KeysProvided
from dlmskit.security.policy import Protection
from dlmskit.session.base import (
    AnswerDue,
    Closed,
    Completed,
    Failed,
    Ignored,
    KeysNeeded,
    Opened,
    Progressed,
    SessionEvent,
)
from dlmskit.session.cosem.activation import ACTING, activated
from dlmskit.session.cosem.block_streams import BlockStreams
from dlmskit.session.cosem.channel import ENVELOPES, Channel, Envelope, Plain
from dlmskit.session.cosem.exchange import Exchange, Scope, describe
from dlmskit.session.cosem.handshake import Handshake
from dlmskit.session.cosem.invoke import MASK, InvokeIds, invoke_id
from dlmskit.session.cosem.outbox import Outbox
from dlmskit.session.cosem.pushes import NOTIFICATIONS, Pushes
from dlmskit.session.cosem.questions import Questions, Steps, Work
from dlmskit.session.cosem.refusals import REFUSALS, CounterHints, words
from dlmskit.session.cosem.requests import begin
from dlmskit.session.cosem.settings import SHORT_NAMES, AssociationSettings
from dlmskit.session.cosem.transfer import Assembly
from dlmskit.session.operations import Operation


class State(Enum):
    """Where the association stands."""

    __hash__ = object.__hash__  # each is one object, and looking up by it is frequent
    IDLE = "idle"
    KEYS = "waiting for keys"
    ASSOCIATING = "waiting for the AARE"
    AUTHENTICATING = "waiting for the meter's answer to our challenge"
    READY = "ready"
    BUSY = "an operation runs"
    RELEASING = "waiting for the RLRE"


_OPENING = frozenset({State.KEYS, State.ASSOCIATING, State.AUTHENTICATING})
_WAITING = frozenset({State.ASSOCIATING, State.AUTHENTICATING, State.BUSY, State.RELEASING})
_MOST_WAITING = 64
"""messages that wait for a signature or key of one before them"""
_IN_CLEAR: dict[State, tuple[type[Apdu], ...]] = {
    State.ASSOCIATING: (Aare, *REFUSALS),
    State.AUTHENTICATING: REFUSALS,
    State.BUSY: REFUSALS,
    State.RELEASING: (Rlre, *REFUSALS),
}
"""what is taken in clear in a ciphered association besides; notifications are told apart later"""


class CosemClientSession:
    """Associates, runs one operation at a time, releases. Implements `dlmskit.session.base.Session`.

    `random` gives octets for challenges and dedicated keys. Protection never falls below what the settings ask for.

    In a ciphered association whatever nobody vouches for is `Ignored`, because anybody who reaches the line could have
    sent it and the genuine answer may still come: octets that are no APDU, an APDU in clear, a wrong tag or counter.
    Without a genuine answer the operation, or the opening, fails at its time-out, and with that error. A refusal in
    clear is the exception: a meter that could not open a request has no other way to say so, and it ends the operation,
    reported as not authenticated. In an association without ciphering nothing tells the meter from others, the link
    keeps the order, and what cannot be decoded fails the operation at once.
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
        self._hints = CounterHints(settings.most_counters_ahead)
        self._pushes = Pushes(settings, self._guard, self._questions, self._events.append, limits)
        self._reset()

    def _reset(self) -> None:
        self.state = State.IDLE
        self._handshake = Handshake(self.settings, self._random, self._limits)
        self._invoke_ids = InvokeIds()
        self._operation: Operation | None = None
        self._exchange: Exchange | None = None
        self._deadline: float | None = None
        self._forged: DlmskitError | None = None
        self._thrown_away = 0
        """transfers in general blocks that came whole and were nobody's, in this exchange"""
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
            invoke=self._invoke_ids.begin(priority=self.settings.priority),
            conformance=self._handshake.negotiated.conformance,
            capacity=self._handshake.capacity,
            limits=self._limits,
            progressed=self._progressed,
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
            self._send(scope.octets_of(request))
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
        blocks = self._blocks if self.state is State.BUSY and self._patient else None
        if blocks is not None and self._repeat_blocks(blocks, now):
            return
        if self.state is State.BUSY and self._operation is not None:
            late = TransportTimeout(f"no answer to {describe(self._operation)} within {seconds}")
            self._fail_operation(self._forged or late)
        elif self.state in _OPENING:
            late = TransportTimeout(f"the meter did not answer within {seconds}: {self.state.value}")
            self._fail_dialogue(self._forged or late)
        elif self.state is State.RELEASING:
            self._closed()

    def _repeat_blocks(self, blocks: BlockStreams, now: float) -> bool:
        """Whether a block transfer that has come to a stop was asked to go on."""
        again = blocks.again()
        for octets in again:
            self._outbox.put(octets)
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
            self._blocks = self._handshake.blocks()
            self._opened()
            return
        self.state = State.ASSOCIATING
        self._wait()
        self._outbox.put(self._handshake.aarq)

    def _on_associating(self, apdu: Apdu, plain: Plain | None) -> None:
        if isinstance(apdu, REFUSALS):
            self._events.extend(self._hints.of(apdu, self._channel if self._sealed else None))
            raise AssociationError(f"the meter refused the association: {words(apdu)}", diagnostic=words(apdu))
        if not isinstance(apdu, Aare):
            raise RemoteProtocolError(f"{apdu.NAME} is no answer to an AARQ")
        proof = self._handshake.take_aare(apdu)
        self._blocks = self._handshake.blocks()
        if proof is None:
            self._opened()
            return
        self.state = State.AUTHENTICATING
        self._wait()
        self._outbox.put(partial(self._handshake.pass3, self._invoke_ids.begin(priority=self.settings.priority), proof))

    def _on_authenticating(self, apdu: Apdu, plain: Plain | None) -> Steps[None]:
        if isinstance(apdu, REFUSALS):
            self._events.extend(self._hints.of(apdu, self._channel))
            raise AssociationError(f"the meter refused our authentication: {words(apdu)}", diagnostic=words(apdu))
        if self._outbox.waits:
            self._events.append(Ignored(RemoteProtocolError(f"{apdu.NAME} came before our own answer had left")))
        elif self._answers(apdu):
            yield from self._handshake.pass4(apdu, plain)
            self._opened()

    def _opened(self) -> None:
        self.state, self._deadline, self._forged = State.READY, None, None
        self._thrown_away = 0
        self._hints.opened()
        self._keep_counters()
        self._events.append(Opened(self._handshake.detail))

    # -- operations ---------------------------------------------------------------------------------------------------

    def _receive(self, message: bytes) -> Steps[None]:
        tolerance = Tolerance()
        joined = False
        try:
            apdu: Apdu | None = decode(message, tolerance=tolerance, limits=self._limits)
            plain: Plain | None = None
            if isinstance(apdu, GeneralBlockTransfer):
                message = self._on_block(apdu) or b""
                joined = bool(message)
                apdu = decode(message, tolerance=tolerance, limits=self._limits) if message else None
            if isinstance(apdu, ENVELOPES):
                apdu, plain = yield from self._open(apdu, message, tolerance)
            elif self._sealed and apdu is not None:
                self._require_protection(apdu)
        except DlmskitError as error:
            self._thrown_away += joined
            self._doubt(error)
        else:
            if apdu is not None and self.state is State.AUTHENTICATING and not isinstance(apdu, NOTIFICATIONS):
                yield from self._authenticate(apdu, plain)
            elif apdu is not None:
                self._take(apdu, plain, tolerance)
        if self.state in _WAITING and self._outbox.empty:
            self._events.append(AnswerDue())

    def _open(
        self, envelope: Envelope, message: bytes, tolerance: Tolerance
    ) -> Steps[tuple[Apdu, Plain] | tuple[None, None]]:
        """What the meter said under protection; None for another meter's push."""
        if self._pushes.foreign(envelope, self._handshake):
            self._pushes.receive(message)
            return None, None
        if self._channel is None or not self._sealed:
            raise RemoteProtocolError(f"{envelope.NAME} came in an association without ciphering")
        plain = yield from self._channel.opening(envelope)
        return decode(plain.octets, tolerance=tolerance, limits=self._limits), plain

    def _authenticate(self, apdu: Apdu, plain: Plain | None) -> Steps[None]:
        try:
            yield from self._on_authenticating(apdu, plain)
        except DlmskitError as error:
            self._fail(error)

    def _take(self, apdu: Apdu, plain: Plain | None, tolerance: Tolerance) -> None:
        try:
            if isinstance(apdu, NOTIFICATIONS):
                self._keep_counters()
                self._pushes.notified(apdu, plain, self._handshake, tolerance)
            elif (handler := _HANDLERS.get(self.state)) is not None:
                handler(self, apdu, plain)
            else:
                raise RemoteProtocolError(f"{apdu.NAME} came unasked")
        except DlmskitError as error:
            self._fail(error)

    def _on_block(self, block: GeneralBlockTransfer) -> bytes | None:
        """The whole message once its last block has come."""
        if self._blocks is None:
            raise RemoteProtocolError(f"{block.NAME} came unasked")
        exchanging = self.state in (State.AUTHENTICATING, State.BUSY)
        heard, asked = self._blocks.receive(block, exchanging=exchanging)
        if heard.broken_off:
            lost = f"a general block transfer was given up after {heard.broken_off} blocks"
            self._events.append(Ignored(RemoteProtocolError(lost)))
        if asked and (heard.replies or heard.assembly is not None) and self._patient:
            self._wait()
        if asked and heard.assembly is not None and self._operation is not None:
            self._progressed(heard.assembly)
        for reply in heard.replies:
            self._outbox.put(reply)
        if heard.message is not None and heard.message[:1] == GeneralBlockTransfer.HEAD:
            raise RemoteProtocolError("a general block transfer within another one")
        return heard.message

    def _on_busy(self, apdu: Apdu, plain: Plain | None) -> None:
        if isinstance(apdu, REFUSALS):
            self._events.extend(self._hints.of(apdu, self._handshake.counting))
            unproven = self._sealed and plain is None
            said = words(apdu) + (" (not authenticated)" if unproven else "")
            what = describe(self._operation) if self._operation is not None else ""
            self._fail_operation(ExceptionResponseError(said, what))
            # whoever can put octets on the line can refuse, a meter refuses what asks for no answer, and the genuine
            # answer still comes
            doubtful = unproven or self._unconfirmed
            self._unsettled = self._unsettled or (doubtful and self.settings.context in SHORT_NAMES)
            return
        if not self._answers(apdu) or self._exchange is None:
            return
        try:
            request = self._exchange.send(apdu)
        except StopIteration as finished:
            operation, self._operation = self._operation, None
            self._finish_operation()
            if operation is not None:
                self._completed(operation, finished.value)
            return
        self._send(request.to_bytes())

    def _completed(self, operation: Operation, result: Any) -> None:
        if self._channel is not None and isinstance(operation, ACTING):
            # whether this association refers to that setup is not known: to protect more does no harm, to ask could
            sends = activated(operation, result).requests
            self._channel.strengthen(sends=sends & ~Protection.SIGNED if self.settings.suite == 0 else sends)
        self._events.append(Completed(operation, result))

    def _on_ready(self, apdu: Apdu, plain: Plain | None) -> None:
        invoke = invoke_id(apdu)
        if invoke is not None:
            self._invoke_ids.release(invoke)
        raise RemoteProtocolError(f"{apdu.NAME} came unasked")

    def _on_releasing(self, apdu: Apdu, plain: Plain | None) -> None:
        if isinstance(apdu, (Rlre, *REFUSALS)):
            self._closed()
        else:
            raise RemoteProtocolError(f"{apdu.NAME} came while releasing")

    def _answers(self, apdu: Apdu) -> bool:
        """Whether the invoke-id is that of the running request; a late or repeated answer is noted and dropped."""
        invoke = invoke_id(apdu)
        if invoke is None and self.settings.context in SHORT_NAMES and isinstance(apdu, ReadResponse | WriteResponse):
            return True
        if invoke is None:
            raise RemoteProtocolError(f"{apdu.NAME} is no answer to a request")
        if self._invoke_ids.accepts(invoke):
            return True
        late = f"{apdu.NAME} of invoke-id {invoke}, wanted {self._invoke_ids.current & MASK}"
        self._events.append(Ignored(RemoteProtocolError(f"late or foreign answer: {late}")))
        return False

    def _require_protection(self, apdu: Apdu) -> None:
        if not isinstance(apdu, (*NOTIFICATIONS, *_IN_CLEAR.get(self.state, ()))):
            raise PolicyError(f"{apdu.NAME} came in clear in a ciphered association")

    def _progressed(self, assembly: Assembly) -> None:
        assert self._operation is not None
        self._events.append(Progressed(self._operation, assembly.blocks, assembly.octets, assembly.join))

    # -- ends ---------------------------------------------------------------------------------------------------------

    def _doubt(self, error: DlmskitError) -> None:
        """Something came that nobody vouches for: see the class."""
        if self._sealed or isinstance(error, SecurityError):
            self._forged = error if self.state in _WAITING else None
            self._events.append(Ignored(error))
        else:
            self._fail(error)

    def _fail(self, error: DlmskitError) -> None:
        if self.state is State.BUSY:
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
            self._invoke_ids.give_up()
            self._unsettled = self.settings.context in SHORT_NAMES
        self._outbox.drop_waiting()
        self._finish_operation()
        self._events.append(Failed(error, operation))

    def _finish_operation(self) -> None:
        self.state, self._exchange, self._deadline, self._forged = State.READY, None, None, None
        self._thrown_away = 0
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

    @property
    def _patient(self) -> bool:
        """One forged transfer must not end a long genuine one, nor may forged ones without end make us wait on."""
        return self._thrown_away <= self._limits.block_repeats

    def _send(self, octets: bytes) -> None:
        if self._blocks is not None:
            self._blocks.reset()
        self._wait()
        self._outbox.put(partial(self._handshake.seal, octets) if self._sealed else octets)

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
