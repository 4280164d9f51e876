"""Dialogues of the hostile corpus: a client of ours with a request in flight, and messages that an attacker chose.

The meter behind the client is our own server session where it is genuine; what the corpus feeds comes in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dlmskit.apdu import (
    AUTHENTICATION_REQUIREMENT,
    Aare,
    Aarq,
    ActionRequestNormal,
    ActionResponseNormal,
    AttributeDescriptor,
    GetRequestNormal,
    InitiateResponse,
    MethodDescriptor,
    ResultSourceDiagnostic,
    SelectiveAccess,
    decode,
)
from dlmskit.codec.data import Data, null_data, octet_string
from dlmskit.enums import ActionResult, ApplicationContext, AssociationResult, Mechanism
from dlmskit.exceptions import DlmskitError
from dlmskit.security import hls
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.security.needs import CounterProvided, KeysProvided
from dlmskit.session.base import (
    Completed,
    CounterNeeded,
    CounterSeen,
    Failed,
    Ignored,
    KeysNeeded,
    Notified,
    Opened,
    SessionEvent,
)
from dlmskit.session.cosem.client import CosemClientSession
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.cosem.settings import CLIENT_CONFORMANCE, AssociationSettings, ServerAssociation
from dlmskit.session.operations import Get

REQUEST = "c001c100080000010000ff0200"
INVOKE_IDS = 16
Result = dict[str, Any]


def counted(count: int) -> bytes:
    """Octets that stand for random ones."""
    return bytes(range(1, count + 1))


class Objects:
    """A meter that has everything and says nothing."""

    def __init__(self, association: ServerAssociation) -> None:
        self._association = association

    def association(self, client_sap: int) -> ServerAssociation:
        return self._association

    def get(self, client_sap: int, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data:
        return null_data()

    def set(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> None:
        return None

    def action(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> Data | None:
        return parameters


class Dialogue:
    """A client associated with a genuine meter, then alone with what the attacker sends."""

    def __init__(self, context: dict[str, Any], *, ciphered: bool) -> None:
        request = decode(bytes.fromhex(context.get("request", REQUEST)))
        assert isinstance(request, GetRequestNormal)
        attribute = request.attribute
        self.operation = Get(attribute.class_id, attribute.instance_id, attribute.attribute_id)
        self.started = 0
        self._next = 1
        self._last = context.get("min_ic", 1) - 1
        self._keys, own, self._title = identities(context)
        form = ApplicationContext.LN_CIPHERED if ciphered else ApplicationContext.LN
        self.client = CosemClientSession(AssociationSettings(context=form, system_title=own), counted)
        keys = self._keys if ciphered else None
        rules = ServerAssociation(context=form, keys=keys, system_title=self._title, counter_block=2)
        self.server = CosemServerSession(Objects(rules), counted, client_sap=16)
        self.client.open(0.0)
        assert any(isinstance(event, Opened) for event in self.converse())

    def converse(self) -> list[SessionEvent]:
        """Let both sides speak until they are silent; what the client has to say about it."""
        events = list(self.events())
        while messages := self.client.messages_to_send():
            for message in messages:
                self.server.receive(message, 0.0)
            while (event := self.server.next_event()) is not None:
                if isinstance(event, CounterNeeded):
                    self.server.provide(CounterProvided(self._last + 1, event.count), 0.0)
            for answer in self.server.messages_to_send():
                self.client.receive(answer, 0.0)
            events += self.events()
        return events

    def events(self) -> Iterator[SessionEvent]:
        """Events of the client; its needs are answered here, with keys for the one meter that it knows."""
        while (event := self.client.next_event()) is not None:
            if isinstance(event, KeysNeeded):
                known = event.system_title in (None, self._title)
                last = {(self._keys.key_id(KeyPurpose.GUEK), self._title): self._last}
                self.client.provide(KeysProvided(self._keys if known else None, last), 0.0)
            elif isinstance(event, CounterNeeded):
                self.client.provide(CounterProvided(self._next, event.count), 0.0)
                self._next += event.count
            elif isinstance(event, CounterSeen):
                self._last = event.invocation_counter
            yield event

    def ask(self) -> None:
        """Put the request in flight, under the first invoke-id: genuine reads come between until that comes round."""
        while self.started % INVOKE_IDS:
            self._start()
            assert any(isinstance(event, Completed) for event in self.converse())
        self._start()
        list(self.events())
        self.client.messages_to_send()

    def _start(self) -> None:
        self.client.start(self.operation, 0.0)
        self.started += 1


def identities(context: dict[str, Any]) -> tuple[KeySet, bytes, bytes]:
    """Keys, our title, the meter's title."""
    own, meter = (bytes.fromhex(context.get(name, "")) for name in ("client_title", "meter_title"))
    guek, gak = (bytes.fromhex(context.get(name, "00" * 16)) for name in ("ek", "ak"))
    return KeySet(guek, gak, suite=context.get("suite", 0)), own, meter


def run_cipher(context: dict[str, Any], steps: list[bytes]) -> Result:
    """Each step meets the request in flight; what comes out, an answer or a push, was let through."""
    dialogue = Dialogue(context, ciphered=True)
    delivered: list[str] = []
    words: list[str] = []
    for step in steps:
        if not words or words[-1] == "ok":
            dialogue.ask()
        words.append(take(dialogue, step, delivered, (Completed, Notified)))
    return {"status": words[-1], "steps": words, "delivered": delivered}


def run_session(context: dict[str, Any], steps: list[bytes]) -> Result:
    """All steps meet one request; only its answer is delivered."""
    dialogue = Dialogue(context, ciphered=False)
    dialogue.ask()
    delivered: list[str] = []
    words = [take(dialogue, step, delivered, (Completed,)) for step in steps]
    return {"status": words[-1], "steps": words, "delivered": delivered}


def take(dialogue: Dialogue, message: bytes, delivered: list[str], kinds: tuple[type[SessionEvent], ...]) -> str:
    """Give the client one message; the word for what became of it."""
    dialogue.client.receive(message, 0.0)
    word = "need_more"
    for event in dialogue.events():
        if isinstance(event, kinds):
            delivered.append(octets_of(event).hex())
            word = "ok"
        elif isinstance(event, Failed | Ignored):
            word = "refused"
    return word


def octets_of(event: SessionEvent) -> bytes:
    """What an event delivers."""
    if isinstance(event, Notified):
        return bytes(event.apdu.to_bytes())
    assert isinstance(event, Completed)
    return event.result.to_bytes() if isinstance(event.result, Data) else repr(event.result).encode()


class HostileMeter:
    """A meter that does not play by the rules of HLS; each scenario changes what it says in one place."""

    def __init__(self, context: dict[str, Any]) -> None:
        self.keys, self.own, self.title = identities(context)
        self.mechanism: Mechanism | None = Mechanism.HIGH_GMAC
        self.diagnostic = 14
        self.challenge = bytes(range(0x40, 0x50))
        self.reflects = False
        self.counter = 200
        self.spoil: Callable[[bytes], bytes] = bytes

    def aare(self, aarq: Aarq) -> bytes:
        """Pass 2."""
        asked = aarq.calling_authentication_value
        return Aare(
            application_context_name=ApplicationContext.LN,
            result=AssociationResult.ACCEPTED,
            result_source_diagnostic=ResultSourceDiagnostic(self.diagnostic),
            responding_ap_title=self.title,
            responder_acse_requirements=AUTHENTICATION_REQUIREMENT if self.mechanism else None,
            mechanism_name=self.mechanism,
            responding_authentication_value=((asked if self.reflects else self.challenge) or None)
            if self.mechanism
            else None,
            user_information=InitiateResponse(negotiated_conformance=CLIENT_CONFORMANCE).to_bytes(),
        ).to_bytes()

    def answer(self, asked: bytes, request: ActionRequestNormal) -> bytes:
        """Pass 4; who reflects sends our own answer back."""
        made = hls.gmac_answer(asked, keys=self.keys, system_title=self.title, invocation_counter=self.counter)
        if self.reflects and request.parameters is not None:
            made = request.parameters.value
        answer = octet_string(self.spoil(made))
        return ActionResponseNormal(request.invoke_id_and_priority, ActionResult.SUCCESS, answer).to_bytes()


def _claim_our_title(meter: HostileMeter) -> None:
    meter.title = meter.own


def _reflect(meter: HostileMeter) -> None:
    meter.reflects = True


def _reflect_under_our_title(meter: HostileMeter) -> None:
    meter.reflects = True
    meter.title = meter.own


def _challenge_like_ours(meter: HostileMeter) -> None:
    meter.challenge = counted(16)


def _old_counter(meter: HostileMeter) -> None:
    meter.counter = 0


def _other_key(meter: HostileMeter) -> None:
    meter.keys = KeySet(bytes(16), bytes(16))


def _say_low(meter: HostileMeter) -> None:
    meter.mechanism, meter.diagnostic = Mechanism.LOW, 0


def _say_none(meter: HostileMeter) -> None:
    meter.mechanism, meter.diagnostic = None, 0


def _answering(spoil: Callable[[bytes], bytes]) -> Callable[[HostileMeter], None]:
    def change(meter: HostileMeter) -> None:
        meter.spoil = spoil

    return change


def _challenging(challenge: bytes) -> Callable[[HostileMeter], None]:
    def change(meter: HostileMeter) -> None:
        meter.challenge = challenge

    return change


SCENARIOS: dict[str, Callable[[HostileMeter], None]] = {
    "hls_ok": _answering(bytes),
    "hls_reflect": _reflect,
    "hls_reflect_titles": _reflect,
    "hls_reflect_own_title": _reflect_under_our_title,
    "hls_own_title": _claim_our_title,
    "hls_short_tag": _answering(lambda answer: answer[:9]),
    "hls_no_tag": _answering(lambda answer: answer[:5]),
    "hls_empty": _answering(lambda _: b""),
    "hls_long_tag": _answering(lambda answer: answer + b"\x00"),
    "hls_encrypted_bit": _answering(lambda answer: bytes([answer[0] | 0x20]) + answer[1:]),
    "hls_other_suite": _answering(lambda answer: bytes([answer[0] ^ 1]) + answer[1:]),
    "hls_other_counter": _answering(lambda answer: answer[:4] + bytes([answer[4] ^ 1]) + answer[5:]),
    "hls_old_counter": _old_counter,
    "hls_same_challenge": _challenge_like_ours,
    "hls_wrong_tag": _answering(lambda answer: answer[:-1] + bytes([answer[-1] ^ 1])),
    "hls_wrong_key": _other_key,
    "hls_empty_challenge": _challenging(b""),
    "hls_short_challenge": _challenging(b"\x01\x02\x03\x04"),
    "hls_long_challenge": _challenging(bytes(65)),
    "hls_mech_downgrade": _say_low,
    "hls_accept_no_hls": _say_none,
}


def run_hls(context: dict[str, Any]) -> Result:
    """Associate with HLS-GMAC with a meter that cheats: the association must not open."""
    if context["scenario"] not in SCENARIOS:
        return {"status": "unsupported"}
    meter = HostileMeter(context)
    SCENARIOS[context["scenario"]](meter)
    keys, own, _ = identities(context)
    known = {(keys.key_id(KeyPurpose.GUEK), meter.title): context.get("min_ic", 0)}
    client = CosemClientSession(AssociationSettings(mechanism=Mechanism.HIGH_GMAC, system_title=own), counted)
    client.open(0.0)
    asked = b""
    events: list[SessionEvent] = []
    while True:
        while (event := client.next_event()) is not None:
            events.append(event)
            if isinstance(event, KeysNeeded):
                client.provide(KeysProvided(keys, known), 0.0)
            elif isinstance(event, CounterNeeded):
                client.provide(CounterProvided(1, event.count), 0.0)
        messages = client.messages_to_send()
        if not messages:
            break
        request = decode(messages[-1])
        if isinstance(request, Aarq):
            asked = request.calling_authentication_value or b""
            client.receive(meter.aare(request), 0.0)
        elif isinstance(request, ActionRequestNormal):
            client.receive(meter.answer(asked, request), 0.0)
        else:
            raise DlmskitError(f"the client sent {request.NAME}")
    opened = any(isinstance(event, Opened) for event in events)
    return {"status": "ok" if opened else "refused"}
