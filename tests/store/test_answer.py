"""Needs of signatures and secrets: answered from memory, from a hardware module, by None where there is no key."""

from __future__ import annotations

import pytest
from security.test_key_pair import key

from dlmskit.exceptions import SecurityError
from dlmskit.security.credentials import Credentials
from dlmskit.security.key_holder import pair_id
from dlmskit.security.key_pair import PrivateKey, PublicKey
from dlmskit.security.needs import (
    AgreeNeed,
    SecretProvided,
    SignatureProvided,
    SignNeed,
    VerificationProvided,
    VerifyNeed,
)
from dlmskit.store.answer import Answer, answer
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import KeyStore, MemoryKeyStore

METER = b"MTR00001"
OWN, PEER, EPHEMERAL = key(1, b"own"), key(1, b"peer"), key(1, b"ephemeral")


class Module:
    """A hardware module: it holds the key, and keeps a journal instead of giving it away."""

    def __init__(self, inside: PrivateKey, *, works: bool = True) -> None:
        self._inside = inside
        self._works = works
        self.journal: list[str] = []

    @property
    def public(self) -> PublicKey:
        return self._inside.public

    def sign(self, message: bytes) -> bytes:
        self.journal.append("sign")
        if not self._works:
            raise SecurityError("the module is not there")
        return self._inside.sign(message)

    def agree(self, peer: PublicKey) -> bytes:
        self.journal.append("agree")
        return self._inside.agree(peer)


def store(own: PrivateKey | Module) -> MemoryKeyStore:
    pairs = Credentials(1, signing=own, agreement=own, peer_signing=PEER.public, peer_agreement=PEER.public)
    return MemoryKeyStore(credentials={METER: pairs})


def asked(need: object, keys: KeyStore) -> Answer | None:
    return answer(need, keys, MemoryCounters())


@pytest.mark.parametrize("in_hardware", [False, True])
def test_signatures_and_secrets(in_hardware: bool) -> None:
    own = Module(OWN) if in_hardware else OWN
    keys = store(own)
    signed = asked(SignNeed(METER, 1, b"message"), keys)
    assert isinstance(signed, SignatureProvided)
    OWN.public.verify(b"message", signed.signature or b"")
    for need, secret, static in (
        (AgreeNeed(METER, 1), PEER.agree(OWN.public), (OWN.public, PEER.public)),
        (AgreeNeed(METER, 1, own=EPHEMERAL), PEER.agree(EPHEMERAL.public), (PEER.public,)),
        (AgreeNeed(METER, 1, peer=EPHEMERAL.public), EPHEMERAL.agree(OWN.public), (OWN.public,)),
    ):
        assert asked(need, keys) == SecretProvided(secret, pair_id(*static))
    if isinstance(own, Module):
        assert own.journal == ["sign", "agree", "agree"]


def test_two_ephemeral_keys_need_no_store() -> None:
    need = AgreeNeed(None, 1, own=EPHEMERAL, peer=PEER.public)
    assert asked(need, MemoryKeyStore()) == SecretProvided(PEER.agree(EPHEMERAL.public))


def test_verification_says_yes_no_or_nothing() -> None:
    signature = PEER.sign(b"message")
    for need, genuine in (
        (VerifyNeed(METER, 1, b"message", signature), True),
        (VerifyNeed(METER, 1, b"massage", signature), False),
        (VerifyNeed(METER, 1, b"message", b""), False),
        (VerifyNeed(METER, 2, b"message", signature), None),
        (VerifyNeed(b"MTR00002", 1, b"message", signature), None),
    ):
        assert asked(need, store(OWN)) == VerificationProvided(genuine, pair_id(PEER.public) if genuine else "")


def test_counters_under_key_pairs_come_with_the_answer() -> None:
    counters, both, signing = MemoryCounters(), pair_id(PEER.public, OWN.public), pair_id(PEER.public)
    assert both == pair_id(OWN.public, PEER.public) != signing
    counters.saw(both, METER, 7)
    counters.saw(signing, METER, 1 << 63)
    secret = answer(AgreeNeed(METER, 1), store(OWN), counters)
    assert isinstance(secret, SecretProvided)
    assert secret.last_counters == {(both, METER): 7}
    verified = answer(VerifyNeed(METER, 1, b"message", PEER.sign(b"message")), store(OWN), counters)
    assert isinstance(verified, VerificationProvided)
    assert verified.last_counters == {(signing, METER): 1 << 63}


def test_without_keys_the_answer_is_none() -> None:
    for keys in (MemoryKeyStore(), MemoryKeyStore(credentials={METER: Credentials(1)})):
        assert asked(SignNeed(METER, 1, b"message"), keys) == SignatureProvided(None)
        assert asked(VerifyNeed(METER, 1, b"message", bytes(64)), keys) == VerificationProvided(None)
        assert asked(AgreeNeed(METER, 1), keys) == SecretProvided(None)
        assert asked(AgreeNeed(METER, 1, own=EPHEMERAL), keys) == SecretProvided(None)


def test_credentials_of_the_empty_title_are_for_everybody_else() -> None:
    mine, anybody = Credentials(1, signing=OWN), Credentials(2, signing=key(2))
    keys = MemoryKeyStore(credentials={METER: mine, b"": anybody})
    assert keys.credentials(METER, 1) is mine
    assert keys.credentials(METER, 2) is None
    assert keys.credentials(b"MTR00002", 2) is keys.credentials(None, 2) is anybody


def test_a_module_that_fails_is_our_error() -> None:
    with pytest.raises(SecurityError, match="not there"):
        asked(SignNeed(METER, 1, b"message"), store(Module(OWN, works=False)))


def test_neither_messages_nor_secrets_show() -> None:
    assert repr(SignNeed(METER, 1, b"plain text")) == "SignNeed(4d54523030303031, suite=1, 10 octets)"
    assert repr(VerifyNeed(None, 1, b"plain text", b"")) == "VerifyNeed(any peer, suite=1, 10 octets)"
    assert repr(SecretProvided(b"secret")) == "SecretProvided(***)"
    assert "***" in repr(AgreeNeed(METER, 1, own=EPHEMERAL))
