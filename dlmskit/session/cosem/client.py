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
    GLO_TAGS,
    Aare,
    ActionRequestNormal,
    ActionResponseNormal,
    Apdu,
    ConfirmedServiceError,
    DataNotification,
    EventNotificationRequest,
    ExceptionResponse,
    GeneralDedCiphering,
    GeneralGloCiphering,
    MethodDescriptor,
    Rlre,
    Rlrq,
    ServiceCiphered,
    decode,
)
from dlmskit.codec.data import Data, octet_string
from dlmskit.enums import (
    ActionResult,
    ApplicationContext,
    AssociationResult,
    Conformance,
    DataAccessResult,
    Mechanism,
)
from dlmskit.exceptions import (
    AssociationError,
    AuthenticationError,
    DecodeError,
    DlmskitError,
    ExceptionResponseError,
    KeyUnavailable,
    LocalProtocolError,
    PolicyError,
    RemoteProtocolError,
    SecurityError,
    ServiceError,
    TransportClosed,
    TransportTimeout,
)
from dlmskit.limits import DEFAULT_LIMITS, Limits, Tolerance
from dlmskit.security import hls
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.keys import KeySet
from dlmskit.security.needs import CounterProvided, KeysProvided
from dlmskit.security.suite import TITLE_OCTETS
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
from dlmskit.session.cosem import association
from dlmskit.session.cosem.channel import Channel, Plain
from dlmskit.session.cosem.exchange import Exchange, Scope, begin, describe
from dlmskit.session.cosem.invoke import CONFIRMED, HIGH_PRIORITY, MASK, InvokeIds
from dlmskit.session.cosem.outbox import Outbox
from dlmskit.session.cosem.receiver import ReceiverSession
from dlmskit.session.cosem.settings import AssociationSettings
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
_ENVELOPES = (ServiceCiphered, GeneralGloCiphering, GeneralDedCiphering)
_NOTIFICATIONS = (DataNotification, EventNotificationRequest)
_CONTEXTS = frozenset({ApplicationContext.LN, ApplicationContext.LN_CIPHERED})


class CosemClientSession:
    """Associates, runs one operation at a time, releases. Implements `dlmskit.session.base.Session`.

    `random` gives octets for challenges and dedicated keys. Protection never falls below what the settings ask for: in
    a ciphered context an answer in clear fails the operation, except that a refusal in clear is reported as one.
    """

    def __init__(
        self, settings: AssociationSettings, random: Callable[[int], bytes], *, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.settings = settings
        self._random = random
        self._limits = limits
        self._events: deque[SessionEvent] = deque()
        self._outbox = Outbox(self._events.append)
        self._guard = ReplayGuard()
        self._receiver = ReceiverSession(
            allow_unauthenticated=not settings.context.ciphered, guard=self._guard, limits=limits
        )
        self._key_askers: deque[str] = deque()
        self._reset()

    def _reset(self) -> None:
        self.state = State.IDLE
        self._keys: KeySet | None = None
        self._channel: Channel | None = None
        self._challenge = b""
        self._negotiated = association.Negotiated(Conformance(0), None)
        self._invoke_ids = InvokeIds()
        self._invoke = 0
        self._operation: Operation | None = None
        self._exchange: Exchange | None = None
        self._deadline: float | None = None
        self._outbox.use(None)

    # -- verbs --------------------------------------------------------------------------------------------------------

    def open(self, now: float) -> None:
        """Begin to associate; `KeysNeeded` comes first where a secret is needed. `Opened` or `Failed` follows."""
        if self.state is not State.IDLE:
            raise LocalProtocolError(f"cannot open: {self.state.value}")
        self._reset()
        try:
            _check(self.settings)
            if not self.settings.needs_keys:
                self._associate(now)
                return
            self.state = State.KEYS
            self._key_askers.append("association")
            self._events.append(KeysNeeded(self.settings.peer_system_title or None, "association"))
        except DlmskitError as error:
            self._fail_dialogue(error)

    def start(self, operation: Operation, now: float) -> None:
        """Begin one operation; `Completed` or `Failed` follows.

        Raises `LocalProtocolError` when not associated, while another operation runs, and for what the meter did not
        grant.
        """
        if self.state is not State.READY:
            raise LocalProtocolError(f"cannot start an operation: {self.state.value}")
        scope = Scope(
            invoke=self._next_invoke(),
            conformance=self._negotiated.conformance,
            capacity=self._capacity(),
            limits=self._limits,
            progressed=partial(self._progressed, operation),
        )
        exchange = begin(operation, scope)
        request = next(exchange)
        self.state, self._operation, self._exchange = State.BUSY, operation, exchange
        self._send(request, now)

    def close(self, now: float) -> None:
        """Release the association where the settings say so; `Closed` follows in any case."""
        if self.state is State.BUSY:
            self._fail_operation(AssociationError("the association was closed while the operation ran"))
        if self.state is not State.READY or not self.settings.release:
            self._closed()
            return
        self.state = State.RELEASING
        self._deadline = now + self.settings.timeout
        try:
            self._outbox.put(self._rlrq)
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
        self._reset()
        self._outbox.clear()

    def receive(self, message: bytes, now: float) -> None:
        """Take one whole message. Never raises for what a peer sent."""
        try:
            self._receive(message, now)
        except DlmskitError as error:
            self._fail(error)

    def messages_to_send(self) -> list[bytes]:
        """Whole messages for the link, oldest first."""
        return self._outbox.take()

    def next_event(self) -> SessionEvent | None:
        """The oldest event not yet taken."""
        return self._events.popleft() if self._events else None

    def provide(self, answer: Any, now: float) -> None:
        """Answer the oldest `KeysNeeded`, or a `CounterNeeded`."""
        try:
            if isinstance(answer, CounterProvided):
                self._outbox.provide(answer)
            elif isinstance(answer, KeysProvided) and self._key_askers:
                asker = self._key_askers.popleft()
                if asker == "push":
                    self._receiver.provide(answer, now)
                    self._collect_pushes()
                elif self.state is State.KEYS:
                    self._take_keys(answer)
                    self._associate(now)
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
        if self.state is State.BUSY and self._operation is not None:
            self._fail_operation(TransportTimeout(f"no answer to {describe(self._operation)} within {seconds}"))
        elif self.state in _OPENING:
            self._fail_dialogue(TransportTimeout(f"the meter did not answer within {seconds}: {self.state.value}"))
        elif self.state is State.RELEASING:
            self._closed()

    # -- opening ------------------------------------------------------------------------------------------------------

    def _take_keys(self, answer: KeysProvided) -> None:
        settings = self.settings
        if answer.keys is None:
            raise KeyUnavailable(f"no keys for an association with mechanism {settings.mechanism.label}")
        if settings.needs_title and answer.keys.suite != settings.suite:
            raise SecurityError(f"the settings say suite {settings.suite}, the keys say {answer.keys.suite.value}")
        self._keys = answer.keys
        if not settings.needs_title:
            return
        if settings.dedicated and settings.context.ciphered:
            self._keys = answer.keys.with_dedicated(self._random(answer.keys.suite.key_octets))
        self._guard.learn(answer.last_counters)
        self._channel = Channel(
            keys=self._keys,
            own_title=settings.system_title,
            security_control=settings.security_control,
            guard=self._guard,
            general=settings.general,
        )
        self._outbox.use(self._channel, settings.counter_block)

    def _associate(self, now: float) -> None:
        if self.settings.mechanism > Mechanism.LOW:
            self._challenge = self._random(self.settings.challenge_octets)
        self.state = State.ASSOCIATING
        self._deadline = now + self.settings.timeout
        self._outbox.put(self._aarq)

    def _aarq(self) -> bytes:
        authentication: bytes | None = self._challenge or None
        if self.settings.mechanism == Mechanism.LOW and self._keys is not None:
            authentication = self._keys.secret()
        return association.aarq(self.settings, self._initiate(), authentication).to_bytes()

    def _initiate(self) -> bytes:
        dedicated = self._keys.dedicated_key if self._keys is not None and self._sealed else None
        request = association.initiate_request(self.settings, dedicated).to_bytes()
        return self._channel.seal(request, general=False) if self._sealed and self._channel else request

    def _on_associating(self, apdu: Apdu, plain: Plain | None, now: float) -> None:
        if isinstance(apdu, _REFUSALS):
            raise AssociationError(f"the meter refused the association: {_words(apdu)}", diagnostic=_words(apdu))
        if not isinstance(apdu, Aare):
            raise RemoteProtocolError(f"{apdu.NAME} is no answer to an AARQ")
        if apdu.result != AssociationResult.ACCEPTED:
            association.check_accepted(apdu, _in_clear(apdu.user_information, self._limits), self.settings)
        association.check_accepted(apdu, None, self.settings)
        if self._channel is not None:
            self._channel.peer_title = self._peer_title(apdu)
        self._negotiated = association.negotiated(self._user_information(apdu), self.settings)
        if self.settings.mechanism <= Mechanism.LOW:
            self._opened()
            return
        challenge = apdu.responding_authentication_value or b""
        hls.check_challenges(self._challenge, challenge)
        self.state = State.AUTHENTICATING
        self._invoke = self._next_invoke()
        self._deadline = now + self.settings.timeout
        self._outbox.put(partial(self._pass3, challenge))

    def _peer_title(self, aare: Aare) -> bytes:
        known, found = self.settings.peer_system_title, aare.responding_ap_title
        if known and found and known != found:
            raise AuthenticationError(f"wanted meter {known.hex()}, {found.hex()} answered")
        title = found or known
        if not title:
            raise AuthenticationError("the AARE has no responding-AP-title, which this association needs")
        hls.check_peer(self.settings.system_title, title)
        return title

    def _user_information(self, aare: Aare) -> Apdu | None:
        if aare.user_information is None:
            return None
        inner = decode(aare.user_information, limits=self._limits)
        if isinstance(inner, _ENVELOPES):
            if not self._sealed or self._channel is None:
                raise RemoteProtocolError(f"the AARE of a plain context holds {inner.NAME}")
            return decode(self._channel.open(inner).octets, limits=self._limits)
        if self._sealed and not isinstance(inner, ConfirmedServiceError):
            raise PolicyError(f"the AARE of a ciphered context holds {inner.NAME} in clear")
        return inner

    def _pass3(self, challenge: bytes) -> bytes:
        if self._channel is None:
            raise LocalProtocolError("HLS without keys")
        method = MethodDescriptor(self.settings.hls_class_id, self.settings.hls_object, self.settings.hls_method)
        answer = octet_string(self._channel.answer_challenge(challenge))
        return self._seal(ActionRequestNormal(self._invoke, method, answer).to_bytes())

    def _on_authenticating(self, apdu: Apdu, plain: Plain | None, now: float) -> None:
        if isinstance(apdu, _REFUSALS):
            raise AssociationError(f"the meter refused our authentication: {_words(apdu)}", diagnostic=_words(apdu))
        self._require_protection(apdu, plain)
        if not self._answers(apdu):
            return
        if not isinstance(apdu, ActionResponseNormal):
            raise RemoteProtocolError(f"{apdu.NAME} is no answer to the challenge")
        if apdu.result != ActionResult.SUCCESS:
            raise AssociationError(f"the meter refused our authentication: {apdu.result.label}")
        if self._channel is None:
            raise LocalProtocolError("HLS without keys")
        previous = plain.previous if plain is not None else self._channel.last_accepted()
        self._channel.verify_answer(_octets(apdu.return_parameters), self._challenge, previous)
        self._opened()

    def _opened(self) -> None:
        self.state, self._deadline = State.READY, None
        self._keep_counters()
        settings, agreed = self.settings, self._negotiated
        self._events.append(
            Opened(
                {
                    "context": settings.context.label,
                    "mechanism": settings.mechanism.label,
                    "conformance": agreed.conformance.labels,
                    "server_max_receive_pdu_size": agreed.server_max_receive_pdu_size,
                    "system_title": self._channel.peer_title.hex() if self._channel else None,
                }
            )
        )

    # -- operations ---------------------------------------------------------------------------------------------------

    def _receive(self, message: bytes, now: float) -> None:
        tolerance = Tolerance()
        apdu = decode(message, tolerance=tolerance, limits=self._limits)
        plain: Plain | None = None
        if isinstance(apdu, _ENVELOPES):
            if self._is_push(apdu):
                self._receiver.receive(message, now)
                self._collect_pushes()
                return
            if self._channel is None or not self._sealed:
                raise RemoteProtocolError(f"{apdu.NAME} came in an association without ciphering")
            plain = self._channel.open(apdu)
            apdu = decode(plain.octets, tolerance=tolerance, limits=self._limits)
        if isinstance(apdu, _NOTIFICATIONS):
            self._notified(apdu, plain, tolerance)
            return
        handler = _HANDLERS.get(self.state)
        if handler is None:
            raise RemoteProtocolError(f"{apdu.NAME} came unasked")
        handler(self, apdu, plain, now)

    def _on_busy(self, apdu: Apdu, plain: Plain | None, now: float) -> None:
        if isinstance(apdu, _REFUSALS):
            unproven = " (not authenticated)" if self._sealed and plain is None else ""
            what = describe(self._operation) if self._operation is not None else ""
            self._fail_operation(ExceptionResponseError(_words(apdu) + unproven, what))
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
        self._send(request, now)

    def _on_releasing(self, apdu: Apdu, plain: Plain | None, now: float) -> None:
        if isinstance(apdu, Rlre | ExceptionResponse | ConfirmedServiceError):
            self._closed()
        else:
            raise RemoteProtocolError(f"{apdu.NAME} came while releasing")

    def _answers(self, apdu: Apdu) -> bool:
        """Whether the invoke-id is that of the running request; a late or repeated answer is noted and dropped."""
        invoke = getattr(apdu, "invoke_id_and_priority", None)
        if invoke is None:
            raise RemoteProtocolError(f"{apdu.NAME} is no answer to a request")
        if (invoke ^ self._invoke) & MASK == 0:
            return True
        self._invoke_ids.release(invoke)
        late = f"{apdu.NAME} of invoke-id {invoke & MASK}, wanted {self._invoke & MASK}"
        self._events.append(Ignored(RemoteProtocolError(f"late or foreign answer: {late}")))
        return False

    def _require_protection(self, apdu: Apdu, plain: Plain | None) -> None:
        if self._sealed and plain is None:
            raise PolicyError(f"{apdu.NAME} came in clear in a ciphered association")

    def _progressed(self, operation: Operation, assembly: Assembly) -> None:
        self._events.append(Progressed(operation, assembly.blocks, assembly.octets))

    def _next_invoke(self) -> int:
        priority = HIGH_PRIORITY if self.settings.priority else 0
        self._invoke = priority | CONFIRMED | self._invoke_ids.take()
        return self._invoke

    def _capacity(self) -> int | None:
        size = self._negotiated.server_max_receive_pdu_size
        if size is None:
            return None
        return max(size - (self._channel.overhead() if self._sealed and self._channel else 0), 1)

    # -- notifications ------------------------------------------------------------------------------------------------

    def _is_push(self, envelope: Any) -> bool:
        if isinstance(envelope, ServiceCiphered):
            return not self._sealed and envelope.tag == GLO_TAGS[EventNotificationRequest.HEAD[0]]
        title = envelope.system_title
        if title == self.settings.system_title and title:
            raise AuthenticationError("an APDU came back under our own system title")
        foreign = self._channel is None or not self._sealed or title != self._channel.peer_title
        return foreign and bool(title) and isinstance(envelope, GeneralGloCiphering)

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
            if isinstance(event, KeysNeeded):
                self._key_askers.append("push")
            self._events.append(Ignored(event.error) if isinstance(event, Failed) else event)

    # -- ends ---------------------------------------------------------------------------------------------------------

    def _rlrq(self) -> bytes:
        with_initiate = self._sealed and self.settings.release_initiate
        return Rlrq(reason=0, user_information=self._initiate() if with_initiate else None).to_bytes()

    def _fail(self, error: DlmskitError) -> None:
        if self.state is State.BUSY:
            self._fail_operation(error)
        elif self.state in _OPENING:
            self._fail_dialogue(error)
        else:
            self._events.append(Ignored(error))

    def _fail_operation(self, error: DlmskitError) -> None:
        operation, self._operation = self._operation, None
        # whatever the meter still has to say about it must not be taken for a later answer
        if not isinstance(error, ServiceError):
            self._invoke_ids.quarantine(self._invoke)
        self._outbox.drop_waiting()
        self._finish_operation()
        self._events.append(Failed(error, operation))

    def _finish_operation(self) -> None:
        self.state, self._exchange, self._deadline = State.READY, None, None
        self._keep_counters()

    def _fail_dialogue(self, error: DlmskitError) -> None:
        self._reset()
        self._events.append(Failed(error))

    def _closed(self) -> None:
        self._reset()
        self._events.append(Closed())

    # -- protection ---------------------------------------------------------------------------------------------------

    @property
    def _sealed(self) -> bool:
        return self.settings.context.ciphered

    def _seal(self, octets: bytes) -> bytes:
        if not self._sealed or self._channel is None:
            return octets
        return self._channel.seal(octets, dedicated=self._channel.keys.dedicated_key is not None)

    def _send(self, apdu: Apdu, now: float) -> None:
        self._deadline = now + self.settings.timeout
        self._outbox.put(partial(self._seal, apdu.to_bytes()))

    def _keep_counters(self) -> None:
        if self._channel is not None:
            self._events.extend(self._channel.sightings())


_HANDLERS: dict[State, Callable[[CosemClientSession, Apdu, Plain | None, float], None]] = {
    State.ASSOCIATING: CosemClientSession._on_associating,
    State.AUTHENTICATING: CosemClientSession._on_authenticating,
    State.BUSY: CosemClientSession._on_busy,
    State.RELEASING: CosemClientSession._on_releasing,
}


def _check(settings: AssociationSettings) -> None:
    if settings.context not in _CONTEXTS:
        raise AssociationError(f"application context {settings.context.label} is not supported yet")
    hls.check_mechanism(settings.mechanism)
    if settings.needs_title and len(settings.system_title) != TITLE_OCTETS:
        found = len(settings.system_title)
        raise SecurityError(f"this association needs our system title of {TITLE_OCTETS} octets, found {found}")
    if settings.mechanism > Mechanism.LOW and settings.challenge_octets not in hls.CHALLENGE_OCTETS:
        raise SecurityError(f"a challenge is 8 to 64 octets, the settings say {settings.challenge_octets}")


def _words(refusal: Apdu) -> str:
    if isinstance(refusal, ConfirmedServiceError):
        return refusal.label
    assert isinstance(refusal, ExceptionResponse)
    words = f"{refusal.state_error.label}, {refusal.service_error.label}"
    counter = refusal.invocation_counter
    return words if counter is None else f"{words}: the meter expects {counter}"


def _octets(parameters: Data | DataAccessResult | None) -> bytes:
    found = parameters.value if isinstance(parameters, Data) else None
    if not isinstance(found, bytes):
        raise AuthenticationError("the meter did not answer our challenge")
    return found


def _in_clear(user_information: bytes | None, limits: Limits) -> Apdu | None:
    """User-information of a refusal, where it can be read: it only adds words."""
    try:
        return None if user_information is None else decode(user_information, limits=limits)
    except DecodeError:
        return None
