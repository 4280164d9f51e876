"""The meter's side of COSEM associations: one session a link connection, one association at a time.

::

    FREE -> AUTHENTICATING -> ASSOCIATED -> FREE
            only with HLS
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any

from msgspec import structs

from dlmskit.apdu import (
    DED_TAGS,
    GLO_TAGS,
    Aarq,
    Apdu,
    DataNotification,
    EventNotificationRequest,
    ExceptionResponse,
    GeneralBlockTransfer,
    GeneralCiphering,
    GeneralSigning,
    GetRequestWithList,
    InformationReportRequest,
    InitiateRequest,
    MethodDescriptor,
    Rlre,
    Rlrq,
    SetRequestWithList,
    UnconfirmedWriteRequest,
    decode,
)
from dlmskit.enums import (
    Conformance,
    Mechanism,
    ServiceErrorCode,
    StateError,
)
from dlmskit.exceptions import (
    DecodeError,
    DlmskitError,
    LocalProtocolError,
    PolicyError,
    RemoteProtocolError,
    ReplayError,
    SecurityError,
)
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.security import hls
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.hls import Challenges
from dlmskit.security.key_holder import PairNeed, respond
from dlmskit.security.keys import KeySet
from dlmskit.security.policy import UNPROTECTED, Protection
from dlmskit.session.base import Closed, Failed, Ignored, Opened, SessionEvent
from dlmskit.session.cosem import admission
from dlmskit.session.cosem.admission import Refused
from dlmskit.session.cosem.channel import CIPHERED, ENVELOPES, UNSIGNED, Channel, Ciphered, Form, Plain
from dlmskit.session.cosem.general_block import GeneralBlocks
from dlmskit.session.cosem.outbox import Outbox
from dlmskit.session.cosem.passes import LogicalPasses, Passes, ShortPasses
from dlmskit.session.cosem.proof import Proof, own_challenge_octets
from dlmskit.session.cosem.questions import Questions, Steps, Work
from dlmskit.session.cosem.rights import GuardedObjects
from dlmskit.session.cosem.services import Services
from dlmskit.session.cosem.settings import (
    ASSOCIATION_LN,
    LISTS_REFUSED,
    ONE_PER_LINK,
    SHORT_NAMES,
    AccessRights,
    ObjectServer,
    SecurityPolicies,
    ServerAssociation,
    counts,
)
from dlmskit.session.cosem.short_name_services import ShortNameServices

AnyServices = Services | ShortNameServices
_NOTIFICATIONS: dict[type[Apdu], Conformance] = {
    EventNotificationRequest: Conformance.EVENT_NOTIFICATION,
    InformationReportRequest: Conformance.INFORMATION_REPORT,
    DataNotification: Conformance.DATA_NOTIFICATION,
}
_WRITE = UnconfirmedWriteRequest.HEAD[0]
_UNCONFIRMED = frozenset(bytes((tag,)) for tag in (_WRITE, GLO_TAGS[_WRITE], DED_TAGS[_WRITE]))
"""first octets of what is never answered, not even with a refusal"""
_MOST_WAITING = 64
"""messages that wait for a signature or key of one before them"""


class State(Enum):
    """Where the association stands."""

    FREE = "free"
    AUTHENTICATING = "waiting for the client's answer to our challenge"
    ASSOCIATED = "associated"


class CosemServerSession:
    """Answers one client on one link connection; every message gets at most one answer.

    `client_sap` is the client where the link does not say it with each message. `guard` remembers the counters of
    clients over all sessions of a meter. Events: `Opened`, `Closed`, `Failed` with what was refused and why,
    `CounterNeeded` and `CounterSeen`. Never raises for what a client sent.
    """

    def __init__(
        self,
        objects: ObjectServer,
        random: Callable[[int], bytes],
        *,
        client_sap: int | None = None,
        guard: ReplayGuard | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._objects = objects
        self._random = random
        self._own_client_sap = client_sap
        self._guard = guard or ReplayGuard()
        self._limits = limits
        self.most_octets: int | None = None
        """of a message that the link carries, None for no bound: longer answers go in blocks"""
        self._events: deque[SessionEvent] = deque()
        self._questions = Questions(self._events.append)
        self._outbox = Outbox(self._ask)
        self._inbox = Work(self._ask)
        self._spent = False
        self._reset()

    def _reset(self) -> None:
        self.state = State.FREE
        self.client_sap: int | None = None
        self._rules: ServerAssociation | None = None
        self._channel: Channel | None = None
        self._services: AnyServices | None = None
        self._guarded = GuardedObjects(self._objects, UNPROTECTED)
        self._policies: SecurityPolicies | None = None
        self._client_size: int | None = None
        self._stoc = b""
        self._proof: Proof | None = None
        self._blocks: GeneralBlocks | None = None
        self._granted = Conformance(0)
        self._deadline: float | None = None

    # -- verbs --------------------------------------------------------------------------------------------------------

    def receive(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Take one whole message, from `client_sap` where the link says it. Never raises for what a client sent."""
        sap = client_sap if client_sap is not None else self._own_client_sap
        if len(self._inbox) < _MOST_WAITING:
            self._inbox.put(self._receive(message, sap, now))
        else:
            self._events.append(Failed(RemoteProtocolError("too many messages wait for the one before them")))
        self._keep_counters()

    def notify(self, notification: Apdu) -> None:
        """Say something unasked: an event-notification, or in short names an information-report.

        Raises `LocalProtocolError` without an association, and for what the client did not ask for in its AARQ.
        """
        granted = _NOTIFICATIONS.get(type(notification))
        if self.state is not State.ASSOCIATED or granted is None or granted not in self._granted:
            raise LocalProtocolError(f"cannot send {notification.NAME}: {self.state.value}")
        self._strengthen()
        self._outbox.put(partial(_sealed_own, self._channel if self._sealed else None, notification.to_bytes()))

    def messages_to_send(self) -> list[bytes]:
        """Whole messages for the link, oldest first."""
        messages = self._outbox.take()
        try:
            return messages if self._blocks is None else self._blocks.outgoing(messages)
        except DlmskitError as error:
            self._events.append(Failed(error))
            return []

    def next_event(self) -> SessionEvent | None:
        """The oldest event not yet taken."""
        return self._events.popleft() if self._events else None

    def provide(self, answer: Any, now: float) -> None:
        """Answer the oldest event that asks for this kind of answer."""
        try:
            self._questions.answer(answer)
        except DlmskitError as error:
            self._events.append(Failed(error))
        self._keep_counters()

    def disconnected(self, now: float) -> None:
        """The link is gone, and with it the association."""
        if self.state is not State.FREE:
            self._events.append(self._closed())
        self._drop()
        self._spent = False

    def next_deadline(self) -> float | None:
        """When an idle association ends, None for never."""
        return self._deadline

    def handle_timeout(self, now: float) -> None:
        """End an association that was idle for too long."""
        if self._deadline is not None and now >= self._deadline:
            self._end()
            self._drop()

    # -- dispatch -----------------------------------------------------------------------------------------------------

    def _receive(self, message: bytes, sap: int | None, now: float) -> Steps[None]:
        try:
            yield from self._take(message, sap, now)
        except DlmskitError as error:
            self._events.append(Failed(error))
            if message[:1] not in _UNCONFIRMED:
                self._refuse(error)

    def _take(self, message: bytes, sap: int | None, now: float, *, in_blocks: bool = False) -> Steps[None]:
        if self.state is not State.FREE and sap != self.client_sap:
            raise RemoteProtocolError(f"client {sap} speaks in the association of client {self.client_sap}")
        self._strengthen()
        apdu = decode(message, limits=self._limits)
        if self.state is State.FREE and sap is not None and not isinstance(apdu, Aarq | Rlrq):
            self._presume(sap)
        if isinstance(apdu, GeneralBlockTransfer):
            yield from self._on_block(apdu, sap, now)
            return
        if self._blocks is not None and not in_blocks:
            self._blocks.reset()
        if isinstance(apdu, Aarq):
            self._on_aarq(apdu, sap, now)
            return
        if isinstance(apdu, Rlrq):
            self._on_rlrq(apdu)
            return
        plain: Plain | None = None
        if isinstance(apdu, ENVELOPES):
            channel = self._sealing_channel(apdu)
            plain = yield from channel.opening(apdu)
            if channel is not self._channel:
                raise RemoteProtocolError("the association ended before its request could be opened")
            apdu = decode(plain.octets, limits=self._limits)
        elif self._sealed:
            raise PolicyError(f"{apdu.NAME} came in clear in a ciphered association")
        self._touch(now)
        if self.state is State.AUTHENTICATING:
            yield from self._on_pass3(apdu, plain)
        elif self._services is None:
            raise RemoteProtocolError(f"{apdu.NAME} came without an association")
        else:
            self._serve(self._services, apdu, plain)

    def _on_block(self, block: GeneralBlockTransfer, sap: int | None, now: float) -> Steps[None]:
        if self._blocks is None or self._services is None:
            raise RemoteProtocolError(f"{block.NAME} is not a service of this association")
        self._touch(now)
        heard = self._blocks.receive(block)
        for reply in heard.replies:
            self._outbox.put(reply)
        if heard.message is not None:
            if heard.message[:1] == GeneralBlockTransfer.HEAD:
                raise RemoteProtocolError("a general block transfer within another one")
            yield from self._take(heard.message, sap, now, in_blocks=True)

    def _serve(self, services: AnyServices, apdu: Apdu, plain: Plain | None) -> None:
        if not services.permits(apdu) or self._spurns(apdu):
            error = RemoteProtocolError(f"{apdu.NAME} is not a service of this association")
            self._events.append(Ignored(error))
            if isinstance(services, Services):
                self._refuse(error, ServiceErrorCode.SERVICE_NOT_SUPPORTED)
                return
            response = services.refusal(apdu)
        else:
            found = UNPROTECTED if plain is None else plain.protection
            self._guarded.begin(found, goes_on=services.goes_on(apdu))
            services.resize(self._capacity(UNSIGNED if plain is None else plain.form))
            response = services.answer(apdu)
        if response is not None:
            self._send(response, plain, self._guarded.owed)

    def _spurns(self, apdu: Apdu) -> bool:
        """Whether this meter refuses what it has granted."""
        quirks = self._rules.quirks if self._rules is not None else frozenset()
        return LISTS_REFUSED in quirks and isinstance(apdu, GetRequestWithList | SetRequestWithList)

    def _open(self, envelope: Ciphered) -> Plain:
        """Open what opens or ends an association."""
        return self._sealing_channel(envelope).open(envelope)

    def _sealing_channel(self, envelope: Apdu) -> Channel:
        if self._channel is None or not self._sealed:
            raise RemoteProtocolError(f"{envelope.NAME} came in an association without ciphering")
        if (
            isinstance(envelope, GeneralCiphering | GeneralSigning)
            and Conformance.GENERAL_PROTECTION not in self._granted
        ):
            raise RemoteProtocolError(f"{envelope.NAME} is not a service of this association")
        return self._channel

    def _refuse(self, error: DlmskitError, service_error: ServiceErrorCode | None = None) -> None:
        code, counter = service_error or _error_code(error), None
        if code == ServiceErrorCode.INVOCATION_COUNTER_ERROR:
            last = self._channel.last_accepted() if self._channel is not None else None
            counter = min((last or 0) + 1, 0xFFFF_FFFF)
        unknown = code == ServiceErrorCode.SERVICE_NOT_SUPPORTED
        state = StateError.SERVICE_UNKNOWN if unknown else StateError.SERVICE_NOT_ALLOWED
        self._outbox.put(ExceptionResponse(state, code, counter).to_bytes)

    # -- association --------------------------------------------------------------------------------------------------

    def _on_aarq(self, aarq: Aarq, sap: int | None, now: float) -> None:
        if self.state is not State.FREE:
            self._end()
        rules = None if sap is None else self._objects.association(sap)
        try:
            if rules is None or sap is None:
                raise Refused(admission.NO_REASON, RemoteProtocolError(f"no association for client {sap}"))
            if self._spent and ONE_PER_LINK in rules.quirks:
                raise Refused(admission.NO_REASON, RemoteProtocolError("this link has had its association"))
            self._accept(aarq, sap, rules, now)
        except Refused as refused:
            self._refuse_aarq(rules, refused)
        except DlmskitError as error:
            self._refuse_aarq(rules, Refused(admission.AUTHENTICATION_FAILURE, error))

    def _accept(self, aarq: Aarq, sap: int, rules: ServerAssociation, now: float) -> None:
        rules = admission.as_asked(aarq, rules)
        admission.check_rules(rules)
        admission.check_names(aarq, rules)
        if rules.mechanism == Mechanism.LOW:
            hls.check_password(aarq.calling_authentication_value or b"", _keys(rules))
        self._rules = rules
        title = admission.client_title(aarq, rules)
        self._channel = self._make_channel(title, rules)
        initiate = self._initiate_request(aarq)
        self._granted = admission.granted(initiate, rules)
        if rules.context.ciphered and self._channel is not None:
            self._channel.keys = self._channel.keys.with_dedicated(initiate.dedicated_key)
        if rules.mechanism > Mechanism.LOW:
            self._prepare_proof(rules, aarq, title)
        self.client_sap = sap
        if Conformance.GENERAL_BLOCK_TRANSFER in self._granted:
            size = self._longest(initiate.client_max_receive_pdu_size)
            self._blocks = GeneralBlocks("meter", size, rules.block_window, self._limits)
        self._services = self._make_services(sap, rules, initiate.client_max_receive_pdu_size)
        self.state = State.AUTHENTICATING if rules.mechanism > Mechanism.LOW else State.ASSOCIATED
        self._outbox.use(self._channel)
        self._outbox.put(partial(_aare, self._channel, rules, self._granted, self._stoc))
        self._touch(now)
        if self.state is State.ASSOCIATED:
            self._opened()

    def _presume(self, sap: int) -> None:
        """Take up the pre-established association of this client, where it has one."""
        rules = self._objects.association(sap)
        if rules is None or not rules.pre_established or rules.mechanism is not Mechanism.NONE:
            return
        admission.check_rules(rules)
        title = rules.client_system_title
        if counts(rules.mechanism, rules.context):
            hls.check_peer(rules.system_title, title)
        self._rules, self.client_sap, self._granted = rules, sap, rules.conformance
        self._channel = self._make_channel(title, rules)
        size = rules.client_max_receive_pdu_size
        if Conformance.GENERAL_BLOCK_TRANSFER in self._granted:
            self._blocks = GeneralBlocks("meter", self._longest(size), rules.block_window, self._limits)
        self._services = self._make_services(sap, rules, size)
        self.state = State.ASSOCIATED
        self._outbox.use(self._channel)
        self._opened()

    def _make_services(self, sap: int, rules: ServerAssociation, size: int) -> AnyServices:
        self._client_size = self._longest(size)
        possible = UNPROTECTED
        if self._sealed:
            signed = Protection.SIGNED if _suite(rules) else UNPROTECTED
            possible = Protection.AUTHENTICATED | Protection.ENCRYPTED | signed
        objects = self._guarded = GuardedObjects(self._objects, possible, self._limits.transfer_octets)
        capacity = self._capacity(UNSIGNED)
        if rules.context in SHORT_NAMES:
            return ShortNameServices(objects, sap, rules.short_names, self._granted, capacity, self._limits)
        return Services(objects, sap, self._granted, capacity, self._limits)

    def _prepare_proof(self, rules: ServerAssociation, aarq: Aarq, title: bytes) -> None:
        self._stoc = self._random(own_challenge_octets(rules.mechanism, rules.challenge_octets))
        self._proof = Proof(
            rules.mechanism,
            Challenges(rules.system_title, title, aarq.calling_authentication_value or b"", self._stoc),
            keys=rules.keys,
            channel=self._channel,
            suite=_suite(rules),
            high=rules.high_algorithm,
        )

    def _make_channel(self, title: bytes, rules: ServerAssociation) -> Channel | None:
        if not counts(rules.mechanism, rules.context):
            return None
        channel = Channel(
            keys=_keys(rules),
            own_title=rules.system_title,
            security_control=rules.security_control,
            guard=self._guard,
            sends=rules.policy.responses,
            floor=rules.policy.requests,
            profile=rules.general_profile,
            random=self._random,
            counter_block=rules.counter_block,
            limits=self._limits,
        )
        channel.peer_title = title
        self._policies = self._objects if isinstance(self._objects, SecurityPolicies) else None
        return channel

    def _strengthen(self) -> None:
        """A policy that was raised binds what follows; the answer to who raised it went as its request had come."""
        if self._policies is not None and self._channel is not None and self.client_sap is not None:
            policy = self._policies.security_policy(self.client_sap)
            self._channel.strengthen(sends=policy.responses, floor=policy.requests)

    def _initiate_request(self, aarq: Aarq) -> InitiateRequest:
        if aarq.user_information is None:
            raise Refused(admission.NO_REASON, RemoteProtocolError("the AARQ has no user-information"))
        inner = decode(aarq.user_information, limits=self._limits)
        if isinstance(inner, CIPHERED):
            inner = decode(self._open(inner).octets, limits=self._limits)
        elif self._sealed:
            raise PolicyError(f"the AARQ of a ciphered context holds {inner.NAME} in clear")
        if not isinstance(inner, InitiateRequest):
            raise Refused(
                admission.NO_REASON, RemoteProtocolError(f"the AARQ holds {inner.NAME}, wanted initiate-request")
            )
        return inner

    def _longest(self, client_size: int) -> int | None:
        """The longest message that client and link take."""
        return min((size for size in (client_size, self.most_octets) if size), default=None)

    def _capacity(self, form: Form) -> int | None:
        """The longest plain APDU that the client takes in a form."""
        if self._client_size is None:
            return None
        if not self._sealed or self._channel is None:
            return self._client_size
        if isinstance(self._objects, AccessRights) and self._channel.keys.suite:
            form = structs.replace(form, signed=True)  # an access right may want that
        return max(self._client_size - self._channel.overhead(form), 1)

    def _refuse_aarq(self, rules: ServerAssociation | None, refused: Refused) -> None:
        self._events.append(Failed(refused.why))
        self._keep_counters()
        self._reset()
        self._outbox.use(None)
        self._outbox.put(admission.refusal(rules, refused).to_bytes)

    def _on_pass3(self, apdu: Apdu, plain: Plain | None) -> Steps[None]:
        proof, rules = self._proof, self._rules
        passes = _passes(rules) if rules is not None else None
        answer = passes.given(apdu) if passes is not None else None
        if proof is None or rules is None or passes is None or answer is None:
            raise RemoteProtocolError(f"{apdu.NAME} came before authentication was finished")
        last = self._channel.last_accepted() if self._channel is not None else None
        try:
            yield from proof.check(answer, plain.previous if plain is not None else last)
        except SecurityError as error:
            self._events.append(Failed(error))
            self._send(passes.deny(apdu), plain)
            self._stoc, self._proof = b"", None
            self.state, self._services = State.FREE, None
            return
        self._outbox.put(partial(_pass4, self._channel, proof, partial(passes.grant, apdu), plain))
        self.state = State.ASSOCIATED
        self._opened()

    def _on_rlrq(self, rlrq: Rlrq) -> None:
        if self.state is State.FREE:
            raise RemoteProtocolError("rlrq came without an association")
        build: Callable[[], bytes] = Rlre(reason=0).to_bytes
        if rlrq.user_information is not None and self._rules is not None:
            inner = decode(rlrq.user_information, limits=self._limits)
            if isinstance(inner, CIPHERED):
                self._open(inner)
            build = partial(_rlre, partial(admission.initiate_response, self._channel, self._rules, self._granted))
        self._outbox.put(build)
        self._end()

    def _opened(self) -> None:
        rules = self._rules
        mechanism = rules.mechanism.label if rules is not None else ""
        detail = {
            "client_sap": self.client_sap,
            "client_system_title": self._channel.peer_title if self._channel is not None else b"",
            "mechanism": mechanism,
            "conformance": self._granted.labels,
        }
        self._spent = True
        self._events.append(Opened(detail))

    def _end(self) -> None:
        self._keep_counters()
        closed = self._closed()
        self._reset()
        self._events.append(closed)

    def _closed(self) -> Closed:
        return Closed(self.client_sap if self.state is State.ASSOCIATED else None)

    def _drop(self) -> None:
        """Whatever waits for an answer from outside belongs to an association that is gone."""
        self._reset()
        self._inbox.clear()
        self._outbox.use(None)
        self._outbox.clear()

    # -- protection ---------------------------------------------------------------------------------------------------

    @property
    def _sealed(self) -> bool:
        return self._rules is not None and self._rules.context.ciphered

    def _send(self, response: Apdu, plain: Plain | None, owed: Protection = UNPROTECTED) -> None:
        self._outbox.put(partial(_sealed, self._channel, response.to_bytes(), plain, owed))

    def _ask(self, event: Any, take: Callable[[Any], None]) -> None:
        """Key pairs that the rules hold answer at once."""
        rules = self._rules
        if isinstance(event, PairNeed) and rules is not None and not rules.asks_for_pairs:
            pairs = rules.credentials
            take(respond(event, pairs if pairs is not None and pairs.suite == event.suite else None))
        else:
            self._questions.ask(event, take)

    def _touch(self, now: float) -> None:
        idle = self._rules.inactivity_timeout if self._rules is not None else None
        self._deadline = None if idle is None else now + idle

    def _keep_counters(self) -> None:
        if self._channel is not None:
            self._events.extend(self._channel.sightings())


# What waits in the outbox keeps the channel that it was made for: the association may end before it can leave.


def _sealed(
    channel: Channel | None, octets: bytes, plain: Plain | None, owed: Protection = UNPROTECTED
) -> Steps[bytes]:
    """An answer in the form of the request."""
    return octets if plain is None or channel is None else (yield from channel.sealing(octets, plain.form, owed))


def _sealed_own(channel: Channel | None, octets: bytes) -> Steps[bytes]:
    """What is said unasked."""
    return octets if channel is None else (yield from channel.sealing(octets, UNSIGNED))


def _pass4(channel: Channel | None, proof: Proof, grant: Callable[[bytes], Apdu], plain: Plain | None) -> Steps[bytes]:
    response = grant((yield from proof.answer()))
    return (yield from _sealed(channel, response.to_bytes(), plain))


def _aare(channel: Channel | None, rules: ServerAssociation, granted: Conformance, stoc: bytes) -> bytes:
    return admission.acceptance(channel, rules, granted, stoc).to_bytes()


def _rlre(information: Callable[[], bytes]) -> bytes:
    return Rlre(reason=0, user_information=information()).to_bytes()


def _passes(rules: ServerAssociation) -> Passes:
    if rules.context in SHORT_NAMES:
        return ShortPasses()
    return LogicalPasses(MethodDescriptor(ASSOCIATION_LN, rules.association_object, rules.hls_method))


def _suite(rules: ServerAssociation) -> int:
    if rules.credentials is not None:
        return rules.credentials.suite
    return rules.keys.suite if rules.keys is not None else rules.suite or 0


def _keys(rules: ServerAssociation) -> KeySet:
    if rules.keys is None:
        raise SecurityError("this association has no keys")
    return rules.keys


def _error_code(error: DlmskitError) -> ServiceErrorCode:
    if isinstance(error, ReplayError):
        return ServiceErrorCode.INVOCATION_COUNTER_ERROR
    if isinstance(error, PolicyError):
        return ServiceErrorCode.OPERATION_NOT_POSSIBLE
    if isinstance(error, SecurityError):
        return ServiceErrorCode.DECIPHERING_ERROR
    if isinstance(error, DecodeError):
        return ServiceErrorCode.SERVICE_NOT_SUPPORTED
    return ServiceErrorCode.OPERATION_NOT_POSSIBLE
