"""Invariant: octets that their sender did not seal never open, and nothing but our errors comes out.

- Under a channel that asks for authentication, whatever opens is octet for octet what was sealed, once.
- What does not open changes nothing: the genuine message still opens afterwards.

Run ``python -m fuzz cipher``; tests/session/cosem/test_invariants.py runs the same check.
"""

from __future__ import annotations

from dlmskit.apdu import GeneralDedCiphering, GeneralGloCiphering, ServiceCiphered, decode
from dlmskit.exceptions import DlmskitError
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.keys import KeySet
from dlmskit.session.cosem.channel import Channel

KEYS = KeySet(bytes(range(0x10)), bytes(range(0xD0, 0xE0)), dedicated_key=bytes(range(0x40, 0x50)))
OWN, PEER = b"CLI\x00\x00\x00\x00\x01", b"MMM\x00\x00\x00\x00\x01"
ANSWER = bytes.fromhex("c401c1000600bc614e")


def channel(own: bytes, peer: bytes) -> Channel:
    made = Channel(keys=KEYS, own_title=own, security_control=0x30, guard=ReplayGuard())
    made.peer_title = peer
    made.refill(1, 1000)
    return made


def check(octets: bytes) -> None:
    """Hold the invariant against `octets`, as they are and as changes to a genuine message."""
    sealed = [channel(PEER, OWN).seal(ANSWER, dedicated=d, general=g) for d in (False, True) for g in (False, True)]
    for genuine in sealed:
        receiver = channel(OWN, PEER)
        for message in (octets, changed(genuine, octets)):
            if message != genuine:
                refuse(receiver, message)
        assert opened(receiver, genuine) == ANSWER
        refuse(receiver, genuine)


def refuse(receiver: Channel, message: bytes) -> None:
    try:
        plain = opened(receiver, message)
    except DlmskitError:
        return
    raise AssertionError(f"opened {len(plain or b'')} octets that nobody sealed")


def opened(receiver: Channel, message: bytes) -> bytes:
    envelope = decode(message)
    if not isinstance(envelope, ServiceCiphered | GeneralGloCiphering | GeneralDedCiphering):
        raise DlmskitError("not ciphered")
    return receiver.open(envelope).octets


def changed(genuine: bytes, octets: bytes) -> bytes:
    """`genuine` with `octets` laid over it by exclusive or."""
    return bytes(a ^ b for a, b in zip(genuine, octets.ljust(len(genuine), b"\x00"), strict=False))
