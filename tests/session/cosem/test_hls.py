"""High level security: every mechanism in every context, and every way to fail to prove oneself."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from dlmskit.apdu import Aare, Aarq, ActionRequestNormal, ActionResponseNormal, decode
from dlmskit.exceptions import AssociationError, AuthenticationError, DlmskitError, KeyUnavailable
from dlmskit.security.credentials import Credentials
from dlmskit.security.keys import KeySet
from dlmskit.security.needs import VerificationProvided
from dlmskit.session.base import Opened, SignNeeded, VerifyNeeded
from dlmskit.session.cosem.client import State
from dlmskit.session.cosem.server import State as MeterState
from dlmskit.session.operations import Get
from dlmskit.store.keys import MemoryKeyStore

from .pair import HLS_KINDS, KEYS_OF, REGISTER, Pair, key_pairs

SECRET = ["high", "md5", "sha1", "sha256"]
SIGNED = ["ecdsa-suite1", "ecdsa-suite2"]
CLEAR = SECRET + SIGNED


def failure(pair: Pair) -> DlmskitError:
    with pytest.raises(DlmskitError) as error:
        pair.open()
    assert pair.client.state is State.IDLE
    assert not any(isinstance(event, Opened) for event in pair.events)
    return error.value


@pytest.mark.parametrize("kind", sorted(HLS_KINDS))
def test_both_sides_prove_themselves_and_go_on(kind: str) -> None:
    pair = Pair(kind)
    opened = pair.open()
    assert opened.detail["mechanism"] == pair.settings.mechanism.label
    assert pair.ask(Get(3, REGISTER, 2)).value == 123_456
    pair.close()
    pair.open()
    assert pair.ask(Get(3, REGISTER, 2)).value == 123_456
    if pair.settings.context.ciphered:
        assert all(octets[0] in (0x60, 0x61, 0x62, 0x63) or octets[0] >= 0xC8 for octets in pair.sent + pair.received)


@pytest.mark.parametrize("kind", CLEAR)
@pytest.mark.parametrize("side", ["client", "meter"])
def test_an_altered_answer_to_a_challenge_is_refused(kind: str, side: str) -> None:
    pair = Pair(kind)

    def alter(message: bytes) -> list[bytes]:
        if isinstance(decode(message), ActionRequestNormal | ActionResponseNormal):
            return [message[:-1] + bytes((message[-1] ^ 1,))]
        return [message]

    if side == "meter":
        pair.to_client = alter
        assert isinstance(failure(pair), AuthenticationError)
    else:
        pair.to_meter = alter
        assert isinstance(failure(pair), AssociationError)
        assert pair.server.state is MeterState.FREE
        assert not any(isinstance(event, Opened) for event in pair.server_events)


@pytest.mark.parametrize("kind", SECRET)
def test_another_secret_does_not_associate(kind: str) -> None:
    pair = Pair(kind)
    pair.client_store = MemoryKeyStore(KeySet(password=b"other"))
    assert isinstance(failure(pair), AssociationError)


@pytest.mark.parametrize("kind", SIGNED)
def test_another_signing_key_does_not_associate(kind: str) -> None:
    suite = HLS_KINDS[kind]["suite"]
    ours, meters = key_pairs(suite)
    for wrong in (
        Credentials(suite, signing=meters.signing, peer_signing=ours.peer_signing),
        Credentials(suite, signing=ours.signing, peer_signing=meters.peer_signing),
    ):
        pair = Pair(kind)
        pair.client_store = MemoryKeyStore(KEYS_OF[suite], credentials={b"": wrong})
        assert isinstance(failure(pair), AssociationError | AuthenticationError)


@pytest.mark.parametrize("lacking", ["signing", "peer_signing"])
def test_a_missing_key_pair_is_said(lacking: str) -> None:
    pair = Pair("ecdsa-suite1")
    ours = key_pairs(1)[0]
    known: dict[str, Any] = {"signing": ours.signing, "peer_signing": ours.peer_signing, lacking: None}
    pair.client_store = MemoryKeyStore(KEYS_OF[1], credentials={b"": Credentials(1, **known)})
    assert isinstance(failure(pair), KeyUnavailable)


def test_a_meter_without_its_signing_key_does_not_associate() -> None:
    pair = Pair("ecdsa-suite1")
    pair.meter.rules = structs.replace(
        pair.meter.rules, credentials=Credentials(1, peer_signing=key_pairs(1)[1].peer_signing)
    )
    failure(pair)
    assert pair.server.state is not MeterState.ASSOCIATED


@pytest.mark.parametrize("kind", [*CLEAR, "gmac-suite1"])
def test_a_challenge_may_not_come_back(kind: str) -> None:
    pair = Pair(kind)

    def reflect(message: bytes) -> list[bytes]:
        aarq, aare = decode(pair.sent[0]), decode(message)
        assert isinstance(aarq, Aarq)
        assert isinstance(aare, Aare)
        return [structs.replace(aare, responding_authentication_value=aarq.calling_authentication_value).to_bytes()]

    pair.to_client = reflect
    assert "copy of ours" in str(failure(pair))


@pytest.mark.parametrize(("octets", "behind"), [(16, b"\x55" * 16), (12, bytes(4)), (32, b"\x55")])
def test_a_challenge_may_not_come_back_block_by_block(octets: int, behind: bytes) -> None:
    pair = Pair("high", client={"challenge_octets": octets})

    def reflect(message: bytes) -> list[bytes]:
        aarq, aare = decode(pair.sent[0]), decode(message)
        assert isinstance(aarq, Aarq)
        assert isinstance(aare, Aare)
        copy = (aarq.calling_authentication_value or b"") + behind
        return [structs.replace(aare, responding_authentication_value=copy).to_bytes()]

    pair.to_client = reflect
    assert "copy of ours" in str(failure(pair))
    assert len(pair.sent) == 1


@pytest.mark.parametrize("kind", ["sha256", "ecdsa-suite1"])
def test_titles_enter_the_answer(kind: str) -> None:
    pair = Pair(kind)

    def rename(message: bytes) -> list[bytes]:
        aare = decode(message)
        return [
            structs.replace(aare, responding_ap_title=b"MMM99999").to_bytes() if isinstance(aare, Aare) else message
        ]

    pair.to_client = rename
    assert isinstance(failure(pair), AssociationError)


def test_challenges_of_signatures_are_long_and_short_ones_are_named() -> None:
    pair = Pair("ecdsa-suite1")
    assert pair.open().detail["quirks"] == []
    aarq = decode(pair.sent[0])
    assert isinstance(aarq, Aarq)
    assert len(aarq.calling_authentication_value or b"") == 32

    pair = Pair("ecdsa-suite1")
    challenge = bytes(range(16))
    pair.to_client = lambda message: [
        structs.replace(aare, responding_authentication_value=challenge).to_bytes()
        if isinstance(aare := decode(message), Aare)
        else message
    ]
    with pytest.raises(AssociationError):  # the meter signs and verifies its own, long challenge
        pair.open()
    assert any(isinstance(event, SignNeeded) and challenge in event.message for event in pair.events)


def test_an_answer_that_nobody_waits_for_proves_nothing() -> None:
    pair = Pair("ecdsa-suite1")
    held: list[bytes] = []

    def hold(message: bytes) -> list[bytes]:
        if isinstance(decode(message), ActionResponseNormal):
            held.append(message)
            return []
        return [message]

    pair.to_client = hold
    with pytest.raises(LookupError):
        pair.open()
    pair.client.provide(VerificationProvided(True), 0.0)
    assert pair.client.state is State.AUTHENTICATING
    pair.client.receive(held[0], 0.0)
    assert pair.client.state is State.AUTHENTICATING
    assert isinstance(pair.client.next_event(), VerifyNeeded)
    pair.client.provide(VerificationProvided(False), 0.0)
    pair.settle()
    with pytest.raises(AuthenticationError):
        pair.last(Opened)


def test_the_word_about_an_association_that_is_gone_opens_no_other() -> None:
    pair = Pair("ecdsa-suite1")
    asked: list[VerifyNeeded] = []
    provide = pair.client.provide

    def later(answer: object, now: float) -> None:
        if not isinstance(answer, VerificationProvided):
            provide(answer, now)

    pair.client.provide = later  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(LookupError):
            pair.open()
        asked = [event for event in pair.events if isinstance(event, VerifyNeeded)]
        if len(asked) == 1:
            pair.client.disconnected("cable pulled", 0.0)
            pair.server.disconnected(0.0)
            pair.client.next_event()
    assert len(asked) == 2
    provide(VerificationProvided(True), 0.0)
    assert pair.client.state is State.AUTHENTICATING
    provide(VerificationProvided(True), 0.0)
    assert pair.client.state is State.READY


def test_a_repeated_answer_does_not_disturb() -> None:
    pair = Pair("ecdsa-suite1")

    def twice(message: bytes) -> list[bytes]:
        return [message, message] if isinstance(decode(message), ActionResponseNormal) else [message]

    pair.to_client = twice
    pair.open()
    assert len([event for event in pair.events if isinstance(event, VerifyNeeded)]) == 1
    assert pair.ignored
