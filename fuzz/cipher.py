"""Invariant: octets that their sender did not seal never open, and nothing but our errors comes out.

- Under a channel that asks for authentication, whatever opens is octet for octet what was sealed, once: in every form,
  under every kind of key, with and without a signature around it.
- What does not open changes nothing: the genuine message still opens afterwards.

Run ``python -m fuzz cipher``; tests/session/cosem/test_invariants.py runs the same check.
"""

from __future__ import annotations

from dlmskit.apdu import decode
from dlmskit.exceptions import DlmskitError
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.credentials import Credentials
from dlmskit.security.general_ciphering import MessageKey
from dlmskit.security.key_holder import PairNeed, respond
from dlmskit.security.key_pair import PrivateKey
from dlmskit.security.keys import KeySet
from dlmskit.security.needs import CounterNeed, CounterProvided
from dlmskit.session.cosem.channel import ENVELOPES, Channel, Form
from dlmskit.session.cosem.questions import Steps

KEYS = KeySet(
    bytes(range(0x10)),
    bytes(range(0xD0, 0xE0)),
    dedicated_key=bytes(range(0x40, 0x50)),
    master_key=bytes(range(0x60, 0x70)),
    suite=1,
)
OWN, PEER = b"CLI\x00\x00\x00\x00\x01", b"MMM\x00\x00\x00\x00\x01"
ANSWER = bytes.fromhex("c401c1000600bc614e")
_OURS, _THEIRS = (PrivateKey(bytes(31) + bytes((seed,)), 1) for seed in (7, 9))
PAIRS = {
    OWN: Credentials(1, signing=_OURS, agreement=_OURS, peer_signing=_THEIRS.public, peer_agreement=_THEIRS.public),
    PEER: Credentials(1, signing=_THEIRS, agreement=_THEIRS, peer_signing=_OURS.public, peer_agreement=_OURS.public),
}
FORMS = [
    *(Form(dedicated=dedicated, general=general) for dedicated in (False, True) for general in (False, True)),
    *(Form(key=key) for key in MessageKey),
    Form(signed=True),
    Form(key=MessageKey.ONE_PASS, signed=True),
]


def channel(own: bytes, peer: bytes) -> Channel:
    made = Channel(
        keys=KEYS,
        own_title=own,
        security_control=0x30,
        guard=ReplayGuard(),
        random=lambda size: bytes(range(1, size + 1)),
    )
    made.peer_title = peer
    made.refill(1, 1000)
    return made


def driven(steps: Steps[bytes], own: bytes) -> bytes:
    """The result of steps whose questions are answered with the key pairs of one side."""
    answer: object = None
    while True:
        try:
            event = steps.send(answer)
        except StopIteration as end:
            found: bytes = end.value
            return found
        if isinstance(event, PairNeed):
            answer = respond(event, PAIRS[own])
        else:
            assert isinstance(event, CounterNeed)
            answer = CounterProvided(1, 1000)


SEALED = [driven(channel(PEER, OWN).sealing(ANSWER, form), PEER) for form in FORMS]


def check(octets: bytes) -> None:
    """Hold the invariant against `octets`, as they are and as changes to a genuine message."""
    for genuine in SEALED:
        receiver = channel(OWN, PEER)
        for message in (octets, changed(genuine, octets)):
            if message not in SEALED:
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
    if not isinstance(envelope, ENVELOPES):
        raise DlmskitError("not ciphered")

    def plain() -> Steps[bytes]:
        return (yield from receiver.opening(envelope)).octets

    return driven(plain(), OWN)


def changed(genuine: bytes, octets: bytes) -> bytes:
    """`genuine` with `octets` laid over it by exclusive or."""
    return bytes(a ^ b for a, b in zip(genuine, octets.ljust(len(genuine), b"\x00"), strict=False))
