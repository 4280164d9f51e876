"""Associations that must not come about, and what is said about them."""

from __future__ import annotations

from typing import Any

import pytest

from dlmskit.apdu import (
    Aare,
    Aarq,
    ActionResponseNormal,
    ConfirmedServiceError,
    ErrorClass,
    ExceptionResponse,
    InitiateRequest,
    InitiateResponse,
    ResultSourceDiagnostic,
    ServiceCiphered,
    decode,
)
from dlmskit.apdu.error import ConfirmedService
from dlmskit.codec.data import null_data
from dlmskit.enums import (
    AssociationResult,
    Conformance,
    Mechanism,
    ServiceErrorCode,
    StateError,
)
from dlmskit.exceptions import (
    AssociationError,
    AuthenticationError,
    DlmskitError,
    KeyUnavailable,
    LocalProtocolError,
    PolicyError,
    RemoteProtocolError,
    SecurityError,
    TransportTimeout,
)
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.security.needs import CounterProvided, KeysProvided
from dlmskit.session.base import CounterNeeded, Failed, KeysNeeded, Opened
from dlmskit.session.cosem.client import State
from dlmskit.session.operations import Action, Get, GetList, Set
from dlmskit.store.keys import MemoryKeyStore

from .pair import CLIENT_TITLE, GAK, GUEK, KEYS, METER_TITLE, REGISTER, SCRIPT, Pair

GMAC_KINDS = ["gmac", "gmac-plain-context", "gmac-general", "gmac-dedicated"]


def changed(pair: Pair, **fields: Any) -> None:
    """Let the meter's AARE arrive with other fields."""

    def alter(message: bytes) -> list[bytes]:
        apdu = decode(message)
        if not isinstance(apdu, Aare):
            return [message]
        names = [name for name in apdu.__struct_fields__ if name not in fields]
        return [Aare(**{name: getattr(apdu, name) for name in names} | fields).to_bytes()]

    pair.to_client = alter


def failure(pair: Pair) -> DlmskitError:
    with pytest.raises(DlmskitError) as error:
        pair.open()
    assert pair.client.state is State.IDLE
    assert not any(isinstance(event, Opened) for event in pair.events)
    return error.value


def test_a_wrong_password_is_refused_with_the_meters_words() -> None:
    pair = Pair("low")
    pair.client_store = MemoryKeyStore(KeySet(password=b"wrong"))
    error = failure(pair)
    assert isinstance(error, AssociationError)
    assert (error.result, error.diagnostic) == ("rejected-permanent", "authentication-failure")
    assert any(isinstance(event, Failed) for event in pair.server_events)


@pytest.mark.parametrize("kind", GMAC_KINDS)
@pytest.mark.parametrize("keys", [KeySet(bytes(16), GAK), KeySet(GUEK, bytes(16))])
def test_wrong_keys_do_not_associate(kind: str, keys: KeySet) -> None:
    pair = Pair(kind)
    pair.client_store = MemoryKeyStore(keys)
    assert isinstance(failure(pair), AssociationError)
    assert not any(isinstance(event, Opened) for event in pair.server_events)


def test_no_keys_is_said_clearly() -> None:
    pair = Pair("gmac")
    pair.client_store = MemoryKeyStore()
    assert isinstance(failure(pair), KeyUnavailable)
    assert pair.sent == []


def test_an_unknown_client_is_refused() -> None:
    pair = Pair("none")
    pair.server._own_client_sap = 99
    error = failure(pair)
    assert isinstance(error, AssociationError)
    assert error.result == "rejected-permanent"


@pytest.mark.parametrize(
    ("client", "server", "diagnostic"),
    [
        ("none", "low", "authentication-mechanism-name-required"),
        ("low", "gmac-plain-context", "authentication-mechanism-name-not-recognised"),
        ("gmac", "gmac-plain-context", "application-context-name-not-supported"),
        ("gmac-plain-context", "gmac", "application-context-name-not-supported"),
    ],
)
def test_the_two_sides_must_mean_the_same(client: str, server: str, diagnostic: str) -> None:
    pair = Pair(client)
    pair.meter.rules = Pair(server).meter.rules
    error = failure(pair)
    assert isinstance(error, AssociationError)
    assert error.diagnostic == diagnostic


@pytest.mark.parametrize("kind", GMAC_KINDS)
@pytest.mark.parametrize(
    "fields",
    [
        {"mechanism_name": None},
        {"mechanism_name": Mechanism.LOW},
        {"mechanism_name": "1.2.3"},
        {"result_source_diagnostic": ResultSourceDiagnostic(0)},
        {"mechanism_name": None, "result_source_diagnostic": ResultSourceDiagnostic(0)},
        {"responding_authentication_value": None},
        {"responding_authentication_value": b"short"},
        {"responding_authentication_value": bytes(65)},
        {"responding_ap_title": None},
        {"responding_ap_title": CLIENT_TITLE},
    ],
)
def test_a_downgrade_is_refused(kind: str, fields: dict[str, Any]) -> None:
    pair = Pair(kind)
    changed(pair, **fields)
    assert isinstance(failure(pair), AuthenticationError)


def test_another_title_does_not_decipher() -> None:
    pair = Pair("gmac")
    changed(pair, responding_ap_title=b"MMM99999")
    assert isinstance(failure(pair), AuthenticationError)
    pair = Pair("gmac", client={"peer_system_title": b"MMM99999"})
    assert "wanted meter 4d4d4d3939393939" in str(failure(pair))


def test_a_title_known_beforehand_replaces_a_missing_one() -> None:
    pair = Pair("gmac", client={"peer_system_title": METER_TITLE})
    changed(pair, responding_ap_title=None)
    pair.open()


def test_a_reflected_challenge_is_refused() -> None:
    pair = Pair("gmac-plain-context")

    def reflect(message: bytes) -> list[bytes]:
        aarq, aare = decode(pair.sent[0]), decode(message)
        assert isinstance(aarq, Aarq)
        assert isinstance(aare, Aare)
        names = aare.__struct_fields__
        fields = {name: getattr(aare, name) for name in names}
        return [Aare(**fields | {"responding_authentication_value": aarq.calling_authentication_value}).to_bytes()]

    pair.to_client = reflect
    assert "copy of ours" in str(failure(pair))


@pytest.mark.parametrize("position", range(17))
def test_the_meter_must_prove_its_key(position: int) -> None:
    pair = Pair("gmac-plain-context")

    def forge(message: bytes) -> list[bytes]:
        answer = decode(message)
        if not isinstance(answer, ActionResponseNormal):
            return [message]
        octets = bytearray(message)
        octets[len(message) - 17 + position] ^= 1
        return [bytes(octets)]

    pair.to_client = forge
    assert isinstance(failure(pair), SecurityError)


def test_an_answer_in_clear_to_a_ciphered_request_is_refused() -> None:
    pair = Pair("gmac")
    plain = InitiateResponse(negotiated_conformance=Conformance.GET).to_bytes()
    changed(pair, user_information=plain)
    assert isinstance(failure(pair), PolicyError)


@pytest.mark.parametrize("kind", ["none", "low", "gmac"])
def test_a_rejection_needs_no_user_information(kind: str) -> None:
    pair = Pair(kind)
    changed(
        pair,
        result=AssociationResult.REJECTED_TRANSIENT,
        result_source_diagnostic=ResultSourceDiagnostic(1),
        user_information=None,
        responding_ap_title=None,
    )
    error = failure(pair)
    assert isinstance(error, AssociationError)
    assert (error.result, error.diagnostic) == ("rejected-transient", "no-reason-given")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (ExceptionResponse(StateError.SERVICE_NOT_ALLOWED, ServiceErrorCode.OTHER_REASON), "service-not-allowed"),
        (
            ConfirmedServiceError(ConfirmedService.INITIATE_ERROR, ErrorClass.INITIATE, 2),
            "initiate: incompatible-conformance",
        ),
    ],
)
def test_other_refusals_are_told_in_words(answer: Any, words: str) -> None:
    pair = Pair("low")
    pair.to_client = lambda message: [answer.to_bytes()]
    error = failure(pair)
    assert isinstance(error, AssociationError)
    assert words in str(error)


def test_a_service_error_inside_the_aare_is_told() -> None:
    pair = Pair("none", server={"conformance": Conformance.READ})
    assert "initiate: incompatible-conformance" in str(failure(pair))


@pytest.mark.parametrize(
    "fields",
    [
        {"negotiated_dlms_version_number": 5},
        {"vaa_name": 0xFA00},
        {"server_max_receive_pdu_size": 5},
    ],
)
def test_an_impossible_context_is_refused(fields: dict[str, Any]) -> None:
    pair = Pair("none")
    changed(pair, user_information=InitiateResponse(**{"negotiated_conformance": Conformance.GET} | fields).to_bytes())
    assert isinstance(failure(pair), AssociationError | RemoteProtocolError)


def test_an_acceptance_without_context_is_refused() -> None:
    pair = Pair("none")
    changed(pair, user_information=None)
    assert isinstance(failure(pair), RemoteProtocolError)


def test_silence_is_a_timeout() -> None:
    pair = Pair("low")
    pair.to_client = lambda message: []
    pair.client.open(0.0)
    pair.settle()
    assert pair.client.next_deadline() == 10.0
    pair.client.handle_timeout(9.9)
    assert pair.client.state is State.ASSOCIATING
    pair.client.handle_timeout(10.0)
    pair.settle()
    with pytest.raises(TransportTimeout):
        pair.last(Opened)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"system_title": b""}, "8 octets, found 0"),
        ({"mechanism": Mechanism.HIGH_ECDSA}, "no public key"),
        ({"challenge_octets": 7}, "8 to 64"),
        ({"suite": 1}, "suite 1, the keys say 0"),
    ],
)
def test_settings_that_cannot_work_are_named(changes: dict[str, Any], word: str) -> None:
    error = failure(Pair("gmac", client=changes))
    assert isinstance(error, AssociationError | SecurityError)
    assert word in str(error)


def test_secrets_and_counters_are_asked_for_only_where_needed() -> None:
    pair = Pair("none")
    pair.open()
    assert not any(isinstance(event, KeysNeeded | CounterNeeded) for event in pair.events)
    pair = Pair("gmac")
    pair.open()
    needs = [event for event in pair.events if isinstance(event, KeysNeeded | CounterNeeded)]
    assert [type(need) for need in needs] == [KeysNeeded, CounterNeeded]


def test_no_counter_left_is_said_clearly() -> None:
    pair = Pair("gmac")
    pair.client_counters.raise_to(KeySet(GUEK).key_id(KeyPurpose.GUEK), CLIENT_TITLE, 1 << 32)
    assert isinstance(failure(pair), KeyUnavailable)


def test_the_initiate_request_is_ciphered_and_hides_the_dedicated_key() -> None:
    pair = Pair("gmac-dedicated")
    pair.open()
    aarq = decode(pair.sent[0])
    assert isinstance(aarq, Aarq)
    inner = decode(aarq.user_information or b"")
    assert isinstance(inner, ServiceCiphered)
    assert inner.NAME == "glo-initiate-request"
    plain = Pair("none")
    plain.open()
    aarq = decode(plain.sent[0])
    assert isinstance(aarq, Aarq)
    assert isinstance(decode(aarq.user_information or b""), InitiateRequest)


@pytest.mark.parametrize(
    ("lacking", "operation"),
    [
        (Conformance.MULTIPLE_REFERENCES, GetList((Get(3, REGISTER, 2),))),
        (Conformance.SET, Set(3, REGISTER, 2, null_data())),
        (Conformance.ACTION, Action(9, SCRIPT, 1)),
    ],
)
def test_what_was_not_granted_is_not_asked_for(lacking: Conformance, operation: Any) -> None:
    everything = Pair("none").meter.rules.conformance
    pair = Pair("none", server={"conformance": everything & ~lacking})
    pair.open()
    sent = len(pair.sent)
    with pytest.raises(LocalProtocolError, match=str(lacking.labels[0])):
        pair.ask(operation)
    assert len(pair.sent) == sent
    assert pair.ask(Get(3, REGISTER, 2)).value == 123_456


@pytest.mark.parametrize("end", ["time-out", "link"])
def test_counters_of_an_opening_that_failed_are_kept(end: str) -> None:
    pair = Pair("gmac")
    pair.to_client = lambda message: [message] if message[0] == Aare.HEAD[0] else []
    pair.client.open(0.0)
    pair.settle()
    assert pair.client.state is State.AUTHENTICATING
    if end == "link":
        pair.client.disconnected("cable pulled", 0.0)
    else:
        pair.client.handle_timeout(10.0)
    pair.settle()
    key_id = KEYS.key_id(KeyPurpose.GUEK)
    assert pair.client_counters.last_seen(key_id) == {(key_id, METER_TITLE): 1}


def test_counters_reserved_for_another_key_are_never_used() -> None:
    client = Pair("gmac").client
    asked = []
    for keys in (KEYS, KeySet(bytes(16), GAK)):
        client.open(0.0)
        client.provide(KeysProvided(keys), 0.0)
        needs = [event for event in iter(client.next_event, None) if isinstance(event, CounterNeeded)]
        asked += [need.key_id for need in needs]
        if keys is KEYS:
            client.disconnected("cable pulled", 0.0)
    client.provide(CounterProvided(100, 16), 0.0)
    assert client.messages_to_send() == []
    asked += [event.key_id for event in iter(client.next_event, None) if isinstance(event, CounterNeeded)]
    assert asked == [KEYS.key_id(KeyPurpose.GUEK), KeySet(bytes(16)).key_id(KeyPurpose.GUEK)]
    client.provide(CounterProvided(1, 16), 0.0)
    assert len(client.messages_to_send()) == 1


def test_what_was_granted_beyond_what_was_asked_for_is_not_used() -> None:
    pair = Pair("none", client={"conformance": Conformance.GET})
    generous = InitiateResponse(negotiated_conformance=Conformance.GET | Conformance.SET).to_bytes()
    changed(pair, user_information=generous)
    assert pair.open().detail["conformance"] == ["get"]
    with pytest.raises(LocalProtocolError, match="did not grant: set"):
        pair.client.start(Set(3, REGISTER, 2, null_data()), 0.0)
