"""Authentication of the peers: the LLS password and the challenge answers of HLS mechanism 5 (GMAC).

::

    f(challenge)  =  security control 0x10 + suite, invocation counter, tag over (security control, AK, challenge)

The client answers the server's challenge (StoC) in pass 3, the server the client's (CtoS) in pass 4.

Source: Green Book, high level security authentication mechanisms.
"""

from __future__ import annotations

from dlmskit.enums import Mechanism
from dlmskit.exceptions import AuthenticationError, PolicyError, SecurityError
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.security.protection import AUTHENTICATED, HEADER_OCTETS, gmac, same
from dlmskit.security.suite import TAG_OCTETS, TITLE_OCTETS

SUPPORTED = frozenset({Mechanism.NONE, Mechanism.LOW, Mechanism.HIGH_GMAC})
CHALLENGE_OCTETS = range(8, 65)
ANSWER_OCTETS = HEADER_OCTETS + TAG_OCTETS


def check_mechanism(mechanism: Mechanism) -> None:
    """Raises `SecurityError` naming a mechanism that this version does not have."""
    if mechanism not in SUPPORTED:
        raise SecurityError(f"authentication mechanism {mechanism.value} ({mechanism.label}) is not supported yet")


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


def gmac_key_id(keys: KeySet) -> str:
    """Name of the counter stream that GMAC answers share with unicast APDUs."""
    return keys.key_id(KeyPurpose.GUEK)
