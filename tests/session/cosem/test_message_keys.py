"""Keys of a message's own inside an association, and signatures around it: both roles, replay, and every bit of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from msgspec import structs

from dlmskit.apdu import GeneralCiphering, GeneralSigning, decode
from dlmskit.apdu.general import AgreedKey, WrappedKey
from dlmskit.codec.data import double_long_unsigned, octet_string
from dlmskit.exceptions import (
    AssociationError,
    DlmskitError,
    KeyUnavailable,
    PolicyError,
    ReplayError,
    SecurityError,
    TransportTimeout,
)
from dlmskit.security.general_ciphering import MessageKey
from dlmskit.security.keys import KeyPurpose
from dlmskit.security.policy import SecurityPolicy
from dlmskit.security.profile import GBCS, AadForm, GeneralProfile
from dlmskit.session.base import AgreeNeeded, Completed, Failed, SignNeeded, VerifyNeeded
from dlmskit.session.cosem.channel import Form
from dlmskit.session.cosem.client import State
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.operations import Action, Get, Set
from dlmskit.store.counters import MemoryCounters

from .pair import BUFFER, CLIENT_TITLE, KEYS_OF, METER_TITLE, REGISTER, SCRIPT, SIGNED, Pair, counting_random, drive

ENERGY = Get(3, REGISTER, 2)
WORTH = double_long_unsigned(123_456)
LONG = octet_string(bytes(300))
OWN_KEYS = [
    "gmac-wrapped",
    "gmac-wrapped-suite2",
    "gmac-one-pass-suite1",
    "gmac-one-pass-suite2",
    "gmac-static-suite1",
    "gmac-static-suite2",
]
SIGNING = [
    "gmac-signed-suite1",
    "gmac-signed-suite2",
    "gmac-only-signed-suite1",
    "ecdsa-only-signed-suite2",
    "gmac-one-pass-signed-suite1",
]
KEY_PER_MESSAGE = GeneralProfile(aad=GBCS.aad, arc=GBCS.arc, key_per_message=True)


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("size", [512, 0])
@pytest.mark.parametrize("kind", OWN_KEYS + SIGNING)
def test_every_service(kind: str, size: int, asks: bool) -> None:
    sizes = {"max_receive_pdu_size": size}
    pair = Pair(kind, client=sizes, server={**sizes, "asks_for_pairs": asks, "suite": 2 if "suite2" in kind else 1})
    pair.open()
    assert pair.ask(ENERGY) == WORTH
    assert len(pair.ask(Get(7, BUFFER, 2)).value) == 40
    assert pair.ask(Set(7, BUFFER, 3, LONG)) is None
    assert pair.ask(Action(9, SCRIPT, 3, LONG)) == LONG
    pair.close()
    assert not pair.ignored
    messages = [octets for octets in pair.sent + pair.received if octets[0] not in range(0x60, 0x64)]
    assert {octets[0] for octets in messages} == {0xDF if "signed" in kind else 0xDD}
    assert not size or max(map(len, messages)) <= size
    asked = [event for event in pair.server_events if isinstance(event, SignNeeded | VerifyNeeded | AgreeNeeded)]
    assert bool(asked) == (asks and "wrapped" not in kind)


@pytest.mark.parametrize("kind", OWN_KEYS)
def test_every_message_has_a_key_of_its_own_and_the_answer_one_of_the_same_kind(kind: str) -> None:
    pair = Pair(kind)
    pair.open()
    for _ in range(3):
        pair.ask(ENERGY)
    messages = [decode(octets) for octets in pair.sent[2:] + pair.received[2:]]
    infos = [message.key_info for message in messages if isinstance(message, GeneralCiphering)]
    assert {MessageKey.of(info) for info in infos} == {pair.settings.general_ciphering}
    if "static" not in kind:
        data = [info.key_ciphered_data for info in infos if isinstance(info, WrappedKey | AgreedKey)]
        assert len(set(data)) == len(messages) == 6


# -- what must not pass ------------------------------------------------------------------------------------------------


def last_messages(pair: Pair) -> tuple[bytes, bytes]:
    pair.open()
    pair.ask(Action(9, SCRIPT, 1))
    return pair.sent[-1], pair.received[-1]


@pytest.mark.parametrize("kind", OWN_KEYS + SIGNING)
def test_a_repeated_request_is_refused(kind: str) -> None:
    pair = Pair(kind)
    request, _ = last_messages(pair)
    pair.server.receive(request, 0.0)
    pair.settle()
    assert len(pair.meter.done) == 1
    assert decode(pair.received[-1]).NAME == "exception-response"
    (failed,) = [event for event in pair.server_events if isinstance(event, Failed)]
    assert isinstance(failed.error, ReplayError)


@pytest.mark.parametrize("kind", OWN_KEYS + SIGNING)
def test_a_repeated_answer_answers_nothing(kind: str) -> None:
    pair = Pair(kind)
    _, answer = last_messages(pair)
    pair.to_client = lambda message: [answer]
    with pytest.raises(LookupError):
        pair.ask(ENERGY)
    pair.client.handle_timeout(100.0)
    pair.settle()
    with pytest.raises(ReplayError):
        pair.last(int)


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("kind", OWN_KEYS + SIGNING)
def test_a_restarted_meter_still_knows_the_request(kind: str, asks: bool) -> None:
    """Only the counters that were kept survive; the association is made anew under the same challenge."""
    pair = Pair(kind, server={"asks_for_pairs": asks, "suite": 2 if "suite2" in kind else 1})
    request, _ = last_messages(pair)
    seen = pair.server_counters._state.seen
    assert seen
    restarted = Pair(kind, server={"asks_for_pairs": asks, "suite": 2 if "suite2" in kind else 1})
    restarted.client_counters = pair.client_counters
    restarted.server_counters = pair.server_counters
    if not asks:  # such a meter keeps the counters with its keys
        last = {(name.split("/")[0], bytes.fromhex(name.split("/")[1])): count for name, count in seen.items()}
        restarted.server._guard.learn(last)
    restarted.open()
    restarted.server.receive(request, 0.0)
    restarted.settle()
    assert restarted.meter.done == []
    failed = [event.error for event in restarted.server_events if isinstance(event, Failed)]
    assert [type(error) for error in failed] == [ReplayError]


@pytest.mark.parametrize("kind", OWN_KEYS + SIGNING)
def test_a_restarted_client_still_knows_the_answer(kind: str) -> None:
    pair = Pair(kind)
    _, answer = last_messages(pair)
    restarted = Pair(kind)
    restarted.client_counters = pair.client_counters
    restarted.server_counters = pair.server_counters
    restarted.open()
    restarted.to_client = lambda message: [answer]
    with pytest.raises(LookupError):
        restarted.ask(ENERGY)
    assert [type(event.error) for event in restarted.ignored] == [ReplayError]


def flips(octets: bytes) -> Iterator[bytes]:
    """Every octet with one bit turned; of each octet another bit, so that all eight are met."""
    for position in range(len(octets)):
        for bit in {position % 8, (position * 3 + 5) % 8}:
            altered = bytearray(octets)
            altered[position] ^= 1 << bit
            yield bytes(altered)


def test_every_flipped_octet_of_a_request_is_refused() -> None:
    """Of every form in which a request travels; what the header says beside the key is authenticated too."""
    for kind in ("gmac", "gmac-general", "gmac-dedicated", "gmac-ciphering", *OWN_KEYS[:-1:2], *SIGNING[:3:2]):
        pair = Pair(kind)
        pair.open()
        held: list[bytes] = []
        pair.to_meter = lambda message, held=held: held.append(message) or []  # type: ignore[misc]
        with pytest.raises(LookupError):
            pair.ask(Action(9, SCRIPT, 1))
        for altered in flips(held[0]):
            pair.server.receive(altered, 0.0)
            pair.settle()
        assert pair.meter.done == []
        pair.server.receive(held[0], 0.0)
        pair.settle()
        assert len(pair.meter.done) == 1, kind


@pytest.mark.parametrize("kind", ["gmac-one-pass-suite1", "gmac-static-suite1"])
def test_agreement_without_keys_is_refused(kind: str) -> None:
    pair = Pair(kind, server={"credentials": None})
    with pytest.raises(AssociationError):
        pair.open()
    assert any(isinstance(event, Failed) and isinstance(event.error, KeyUnavailable) for event in pair.server_events)


def test_an_answer_under_a_shared_key_is_refused_where_one_of_its_own_is_wanted() -> None:
    pair, weaker = Pair("gmac-one-pass-suite1"), MessageKey.IDENTIFIED
    pair.open()
    channel = pair.server._channel
    assert channel is not None
    sealing = channel.sealing
    channel.sealing = lambda plain, form, owed: sealing(  # type: ignore[method-assign,assignment]
        plain, structs.replace(form, key=weaker), owed
    )
    with pytest.raises(LookupError):
        pair.ask(ENERGY)
    pair.client.handle_timeout(100.0)
    pair.settle()
    with pytest.raises(PolicyError, match="another key than one-pass"):
        pair.last(Completed)


# -- signatures --------------------------------------------------------------------------------------------------------


def unsigned(message: bytes) -> list[bytes]:
    apdu = decode(message)
    return [apdu.content if isinstance(apdu, GeneralSigning) else message]


def without_signature(message: bytes) -> list[bytes]:
    apdu = decode(message)
    return [structs.replace(apdu, signature=b"").to_bytes() if isinstance(apdu, GeneralSigning) else message]


@pytest.mark.parametrize("strip", [unsigned, without_signature])
@pytest.mark.parametrize("kind", SIGNING)
def test_what_must_be_signed_is_refused_unsigned(kind: str, strip: Callable[[bytes], list[bytes]]) -> None:
    pair = Pair(kind)
    pair.open()
    pair.to_meter = strip
    with pytest.raises(DlmskitError):
        pair.ask(Action(9, SCRIPT, 1))
    assert pair.meter.done == []
    pair.to_meter, pair.to_client = (lambda message: [message]), strip
    with pytest.raises((DlmskitError, LookupError)):
        assert pair.ask(Action(9, SCRIPT, 1)) != WORTH
    assert len(pair.meter.done) == 1


def test_a_meter_that_does_not_ask_for_signatures_answers_signed_what_was_signed() -> None:
    pair = Pair("gmac-signed-suite1", server={"policy": SecurityPolicy(0)})
    pair.open()
    assert pair.ask(ENERGY) == WORTH
    assert isinstance(decode(pair.received[-1]), GeneralSigning)


def test_a_client_that_does_not_sign_is_refused_where_that_is_wanted() -> None:
    pair = Pair("gmac-signed-suite1", client={"policy": SecurityPolicy.RESPONSE_SIGNED})
    with pytest.raises(DlmskitError):
        pair.open()


def test_a_signature_alone_needs_a_number_that_tells_a_replay() -> None:
    pair = Pair("gmac-only-signed-suite1")
    pair.open()
    channel = pair.client._handshake.channel
    assert channel is not None
    sealing = channel.sealing
    channel.sealing = lambda plain, form: sealing(plain, structs.replace(form, signing_id=b""))  # type: ignore[method-assign,assignment]
    with pytest.raises(DlmskitError):
        pair.ask(ENERGY)
    errors = [str(event.error) for event in pair.server_events if isinstance(event, Failed)]
    assert "nothing tells a replay" in errors[-1]


def test_a_signed_request_that_is_encrypted_only_is_taken_once() -> None:
    """Without a tag the invocation counter says nothing; the number under the signature does."""
    encrypted = {"security_control": 0x20}
    pair = Pair("gmac-only-signed-suite1", client=encrypted, server=encrypted)
    pair.open()
    assert pair.ask(Set(7, BUFFER, 3, WORTH)) is None
    pair.meter.values.pop((BUFFER, 3))
    pair.server.receive(pair.sent[-1], 0.0)
    pair.settle()
    assert (BUFFER, 3) not in pair.meter.values
    assert isinstance([event.error for event in pair.server_events if isinstance(event, Failed)][-1], ReplayError)


def test_signatures_want_key_pairs_and_a_ciphered_context() -> None:
    for kind, message in (("gmac", "public key cryptography"), ("gmac-plain-context", "ciphered context")):
        with pytest.raises(SecurityError, match=message):
            Pair(kind, client={"policy": SIGNED}).open()


def test_a_signature_within_a_signature_is_refused() -> None:
    pair = Pair("gmac-signed-suite1")
    pair.open()
    held: list[bytes] = []
    pair.to_meter = lambda message: held.append(message) or []  # type: ignore[func-returns-value]
    with pytest.raises(LookupError):
        pair.ask(Action(9, SCRIPT, 1))
    channel = pair.client._handshake.channel
    assert channel is not None
    # signed again, around what is signed already, and sealed by nothing else
    steps = channel.sealing(held[0], Form(signed=True, general=True))
    channel._sends = channel._sends & 0x100  # type: ignore[assignment]
    made = drive(steps, pair.client_store, pair.client_counters)
    pair.server.receive(made, 0.0)
    pair.settle()
    assert pair.meter.done == []
    assert "within another" in str([event.error for event in pair.server_events if isinstance(event, Failed)][-1])


@pytest.mark.parametrize("kind", ["gmac-one-pass-suite1", "gmac-signed-suite1"])
def test_messages_wait_for_the_one_before_them(kind: str) -> None:
    """A slow key keeper delays, and changes neither order nor outcome; a flood meanwhile is bounded."""
    pair = Pair(kind)
    pair.open()
    provide, later = pair.client.provide, list[object]()
    pair.client.provide = lambda answer, now: later.append(answer)  # type: ignore[method-assign]
    with pytest.raises(LookupError):
        pair.ask(ENERGY)
    while later:
        provide(later.pop(0), 0.0)
        pair.settle()
    assert pair.client.state is State.READY
    assert not pair.ignored
    with pytest.raises(LookupError):
        pair.ask(ENERGY)
    while pair.client.state is State.BUSY and later:
        provide(later.pop(0), 0.0)
        for _ in range(100):
            pair.client.receive(pair.received[-1], 0.0)
        pair.settle()
    assert len(pair.client._inbox) <= 64


def test_a_request_that_waits_for_a_signature_times_out() -> None:
    pair = Pair("gmac-signed-suite1")
    pair.open()
    provide, later = pair.client.provide, list[object]()
    pair.client.provide = lambda answer, now: later.append(answer)  # type: ignore[method-assign]
    with pytest.raises(LookupError):
        pair.ask(Action(9, SCRIPT, 1))
    pair.client.handle_timeout(100.0)
    pair.settle()
    assert isinstance(pair.last(Failed).error, TransportTimeout)
    pair.client.provide = provide  # type: ignore[method-assign]
    for reply in later:
        provide(reply, 100.0)
    pair.settle()
    assert pair.meter.done == []
    assert pair.ask(ENERGY) == WORTH


# -- the exemption of GBCS --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [name for name in OWN_KEYS if "suite2" not in name])
def test_counter_0_with_a_key_per_message(kind: str) -> None:
    profile = {"general_profile": KEY_PER_MESSAGE}
    pair = Pair(kind, client=profile, server=profile)
    request, answer = last_messages(pair)
    asked, answered = decode(request), decode(answer)
    assert isinstance(asked, GeneralCiphering)
    assert isinstance(answered, GeneralCiphering)
    assert asked.content[1:5] == answered.content[1:5] == bytes(4)
    assert asked.transaction_id == answered.transaction_id
    numbers = []
    for _ in range(3):
        pair.ask(ENERGY)
        message = decode(pair.sent[-1])
        assert isinstance(message, GeneralCiphering)
        numbers.append(message.transaction_id)
    assert numbers == sorted(set(numbers))
    pair.server.receive(request, 0.0)
    pair.settle()
    assert len(pair.meter.done) == 1
    failed = [event.error for event in pair.server_events if isinstance(event, Failed)]
    assert [type(error) for error in failed] == [ReplayError]


def test_counter_0_is_never_used_under_a_shared_key() -> None:
    profile = {"general_profile": KEY_PER_MESSAGE}
    with pytest.raises(PolicyError, match="key of its own"):
        Pair("gmac-ciphering", client=profile, server=profile).open()


def test_the_number_in_a_header_wants_a_header_that_is_authenticated() -> None:
    with pytest.raises(SecurityError, match="authenticated"):
        GeneralProfile(aad=AadForm.PLAIN, key_per_message=True)


def test_a_line_of_counters_for_every_static_key() -> None:
    """The global key is changed: what was wrapped under the master key before is still known."""
    pair = Pair("gmac-wrapped")
    last_messages(pair)
    keys = KEYS_OF[0]
    sending = pair.client_counters._state.sending
    assert set(sending) == {
        f"{keys.key_id(purpose)}/{CLIENT_TITLE.hex()}" for purpose in (KeyPurpose.GUEK, KeyPurpose.MASTER)
    }
    seen = pair.client_counters.last_seen(keys.key_id(KeyPurpose.MASTER))
    assert set(seen) == {(keys.key_id(KeyPurpose.MASTER), METER_TITLE)}


def test_a_meter_without_anybody_who_answers_is_not_stuck() -> None:
    pair = Pair("gmac-signed-suite1")
    pair.open()
    session = CosemServerSession(pair.meter, counting_random(), client_sap=16)
    for _ in range(200):
        session.receive(pair.sent[-1], 0.0)
    assert len(session._inbox) <= 64
    assert MemoryCounters().last_seen("") == {}
