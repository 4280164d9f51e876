"""What whoever holds key pairs says to a need: a store for a client, the meter itself for a meter."""

from __future__ import annotations

import hashlib

from dlmskit.exceptions import AuthenticationError, KeyUnavailable
from dlmskit.security.credentials import Credentials
from dlmskit.security.key_pair import PublicKey
from dlmskit.security.needs import (
    AgreeNeed,
    SecretProvided,
    SignatureProvided,
    SignNeed,
    VerificationProvided,
    VerifyNeed,
)

PairNeed = SignNeed | VerifyNeed | AgreeNeed
PairAnswer = SignatureProvided | VerificationProvided | SecretProvided


def respond(need: PairNeed, pairs: Credentials | None) -> PairAnswer:
    """The answer to `need`, without counters; `pairs` None where there are no key pairs towards this peer.

    Raises `SecurityError` where a hardware module fails.
    """
    match need:
        case SignNeed():
            return SignatureProvided(
                None if pairs is None or pairs.signing is None else pairs.signing.sign(need.message)
            )
        case VerifyNeed():
            return _verification(need, pairs)
        case AgreeNeed():
            return _secret(need, pairs or Credentials(need.suite))


def pair_id(*static: PublicKey) -> str:
    """A short name of static public keys, for keeping one counter stream for what they protect; empty for none."""
    if not static:
        return ""
    octets = b"".join(sorted(key.to_bytes() for key in static))
    return hashlib.sha256(b"dlmskit counter stream" + octets).hexdigest()[:16]


def _verification(need: VerifyNeed, pairs: Credentials | None) -> VerificationProvided:
    if pairs is None or pairs.peer_signing is None:
        return VerificationProvided(None)
    try:
        pairs.peer_signing.verify(need.message, need.signature)
    except AuthenticationError:
        return VerificationProvided(False)
    return VerificationProvided(True, pair_id(pairs.peer_signing))


def _secret(need: AgreeNeed, pairs: Credentials) -> SecretProvided:
    try:
        own = need.own if need.own is not None else pairs.agreer()
        peer = need.peer if need.peer is not None else pairs.peer_agreer()
    except KeyUnavailable:
        return SecretProvided(None)
    ephemeral = (need.own.public if need.own is not None else None, need.peer)
    static = [key for key, given in zip((own.public, peer), ephemeral, strict=True) if given is None]
    return SecretProvided(own.agree(peer), pair_id(*static))
