"""Authentication of the peers: the LLS password and the answers to HLS challenges.

::

    mechanism   f(challenge)
    2           the maker's own: `HighAlgorithm` names it
    3, 4        MD5 or SHA-1 of (challenge, secret)
    5 GMAC      security control 0x10 + suite, invocation counter, tag over (security control, AK, challenge)
    6           SHA-256 of (secret, own title, peer's title, challenge received, challenge sent)
    7           ECDSA over (own title, peer's title, challenge received, challenge sent), as r and s

The client answers the server's challenge (StoC) in pass 3, the server the client's (CtoS) in pass 4; "own" is whoever
answers.

Source: Green Book, high level security authentication mechanisms.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from dlmskit.enums import Mechanism
from dlmskit.exceptions import AuthenticationError, PolicyError, SecurityError
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import AUTHENTICATED, HEADER_OCTETS, gmac, same
from dlmskit.security.suite import TAG_OCTETS, TITLE_OCTETS

CHALLENGE_OCTETS = range(8, 65)
ECDSA_CHALLENGE_OCTETS = range(32, 65)
ANSWER_OCTETS = HEADER_OCTETS + TAG_OCTETS


def check_password(given: bytes, keys: KeySet) -> None:
    """Compare an LLS password in constant time. Raises `AuthenticationError`."""
    if not same(given, keys.secret()):
        raise AuthenticationError("the password is wrong")


def check_peer(own_title: bytes, peer_title: bytes) -> None:
    """Raises `AuthenticationError` for a peer title that is missing, misshapen or our own, which allows reflection."""
    if not peer_title:
        raise AuthenticationError("the peer did not say its system title, which this association needs")
    if len(peer_title) != TITLE_OCTETS:
        raise AuthenticationError(f"the peer's system title must be {TITLE_OCTETS} octets, found {len(peer_title)}")
    if peer_title == own_title:
        raise AuthenticationError("the peer claims our own system title")


def check_challenges(own: bytes, peer: bytes) -> None:
    """Raises `AuthenticationError` for a peer's challenge of illegal length, or equal to ours (reflection)."""
    if len(peer) not in CHALLENGE_OCTETS:
        raise AuthenticationError(f"the peer's challenge must be 8 to 64 octets, found {len(peer)}")
    if same(own, peer):
        raise AuthenticationError("the peer's challenge is a copy of ours")


def check_blocks(own: bytes, peer: bytes) -> None:
    """Raises `AuthenticationError` where an answer to the peer's challenge would hold the one to ours, block by block.

    Mechanism 2 answers each block of 16 octets by itself, so that a copy with anything behind it is as good as a copy.
    """
    if set(_blocks(own)) <= set(_blocks(peer)):
        raise AuthenticationError("the peer's challenge holds a copy of ours")


def gmac_answer(challenge: bytes, *, keys: KeySet, system_title: bytes, invocation_counter: int) -> bytes:
    """f(challenge) by the owner of `system_title`. Raises `SecurityError`."""
    control = AUTHENTICATED | keys.suite
    tag = gmac(
        challenge,
        keys=keys,
        system_title=system_title,
        invocation_counter=invocation_counter,
        security_control=control,
    )
    return bytes((control,)) + invocation_counter.to_bytes(4, "big") + tag


def gmac_verify(answer: bytes, challenge: bytes, *, keys: KeySet, system_title: bytes) -> int:
    """Check the peer's f(challenge) and return its invocation counter, which the caller checks for replay.

    Raises `AuthenticationError`, or `PolicyError` for another security control than 0x10 plus our suite.
    """
    if len(answer) != ANSWER_OCTETS:
        raise AuthenticationError(f"an answer to a challenge is {ANSWER_OCTETS} octets, found {len(answer)}")
    wanted = AUTHENTICATED | keys.suite
    if answer[0] != wanted:
        raise PolicyError(f"answer to a challenge: security control must be 0x{wanted:02X}, found 0x{answer[0]:02X}")
    counter = int.from_bytes(answer[1:HEADER_OCTETS], "big")
    expected = gmac_answer(challenge, keys=keys, system_title=system_title, invocation_counter=counter)
    if not same(expected, answer):
        raise AuthenticationError("the peer's answer to our challenge does not verify")
    return counter


class HighAlgorithm(StrEnum):
    """What mechanism 2 computes, which the standard leaves to the maker."""

    AES_128_ECB = "aes-128-ecb"
    """the challenge under the secret, both filled up with zeros to whole blocks of 16 octets"""


class Challenges(msgspec.Struct, frozen=True):
    """Titles and challenges as whoever answers sees them; `seen_by_peer` turns them round."""

    own_title: bytes
    peer_title: bytes
    received: bytes
    sent: bytes

    def seen_by_peer(self) -> Challenges:
        """What the peer must have used for its own answer."""
        return Challenges(self.peer_title, self.own_title, self.sent, self.received)

    def signed_octets(self) -> bytes:
        """What an answer of mechanism 7 signs, and what mechanism 6 hashes behind the secret."""
        return self.own_title + self.peer_title + self.received + self.sent


def secret_answer(
    mechanism: Mechanism, challenges: Challenges, secret: bytes, *, high: HighAlgorithm = HighAlgorithm.AES_128_ECB
) -> bytes:
    """f(challenge) of mechanisms 2, 3, 4 and 6, which prove a shared secret. Raises `SecurityError`."""
    received = challenges.received
    match mechanism:
        case Mechanism.HIGH:
            return _high(received, secret, high)
        case Mechanism.HIGH_MD5:
            return hashlib.md5(received + secret, usedforsecurity=False).digest()
        case Mechanism.HIGH_SHA1:
            return hashlib.sha1(received + secret, usedforsecurity=False).digest()
        case Mechanism.HIGH_SHA256:
            return hashlib.sha256(secret + challenges.signed_octets()).digest()
    raise SecurityError(f"mechanism {mechanism.value} ({mechanism.label}) is not one of a shared secret")


def secret_verify(
    mechanism: Mechanism,
    answer: bytes,
    challenges: Challenges,
    secret: bytes,
    *,
    high: HighAlgorithm = HighAlgorithm.AES_128_ECB,
) -> None:
    """Check the peer's answer to our challenge; `challenges` are ours. Raises `AuthenticationError`."""
    if not same(secret_answer(mechanism, challenges.seen_by_peer(), secret, high=high), answer):
        raise AuthenticationError("the peer's answer to our challenge does not verify")


def _high(challenge: bytes, secret: bytes, algorithm: HighAlgorithm) -> bytes:
    if len(secret) > 16:
        raise SecurityError(f"the secret of {algorithm} is at most 16 octets, found {len(secret)}")
    # the maker's convention: one block mode call over a random challenge, no message is hidden by it
    encryptor = Cipher(AES(secret.ljust(16, b"\0")), ECB()).encryptor()
    return encryptor.update(b"".join(_blocks(challenge))) + encryptor.finalize()


def _blocks(challenge: bytes) -> list[bytes]:
    return [challenge[start : start + 16].ljust(16, b"\0") for start in range(0, len(challenge), 16)]
