"""Every bit of every form of protected APDU: turned over, nothing opens, and nothing is remembered of it."""

from __future__ import annotations

import pytest

from dlmskit.apdu import decode
from dlmskit.exceptions import DlmskitError
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.general_ciphering import MessageKey
from dlmskit.session.base import VerifyNeeded
from dlmskit.session.cosem.channel import ENVELOPES, Channel, Form
from dlmskit.session.cosem.questions import Steps
from dlmskit.store.answer import answer
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import MemoryKeyStore

from .pair import CLIENT_TITLE, KEYS_OF, METER_TITLE, counting_random, drive, key_pairs

ANSWER = bytes.fromhex("c401c1000600bc614e")
DEDICATED = bytes(range(0x40, 0x50))
FORMS = {
    "glo": (0, Form()),
    "ded": (0, Form(dedicated=True)),
    "general-glo": (0, Form(general=True)),
    "general-ded": (0, Form(dedicated=True, general=True)),
    "glo suite 2": (2, Form()),
    **{f"general-ciphering {kind}": (1, Form(key=kind)) for kind in MessageKey},
    "general-signing around glo": (1, Form(signed=True)),
    "general-signing around one-pass": (1, Form(key=MessageKey.ONE_PASS, signed=True)),
    "general-signing alone": (1, Form(signed=True)),
}
CONTROLS = {"glo": (0x10, 0x30), "general-signing alone": (0,)}


def channel(suite: int, control: int, own: bytes, peer: bytes) -> Channel:
    keys = KEYS_OF[suite].with_dedicated(DEDICATED * (2 if suite == 2 else 1))
    made = Channel(keys=keys, own_title=own, security_control=control, guard=ReplayGuard(), random=counting_random())
    made.peer_title = peer
    made.refill(1, 100)
    return made


@pytest.mark.parametrize("name", FORMS)
def test_no_bit_can_be_turned(name: str) -> None:
    suite, form = FORMS[name]
    pairs = key_pairs(suite) if suite else (None, None)
    ours, meters = (MemoryKeyStore(credentials=None if own is None else {b"": own}) for own in pairs)

    def opened(receiver: Channel, octets: bytes) -> bytes:
        envelope = decode(octets)
        assert isinstance(envelope, ENVELOPES)

        def plain() -> Steps[bytes]:
            return (yield from receiver.opening(envelope)).octets

        return drive(plain(), ours, MemoryCounters())

    for control in CONTROLS.get(name, (0x30,)):
        sender = channel(suite, control, METER_TITLE, CLIENT_TITLE)
        message = drive(sender.sealing(ANSWER, form), meters, MemoryCounters())
        receiver = channel(suite, control, CLIENT_TITLE, METER_TITLE)
        for position in range(8 * len(message)):
            altered = bytearray(message)
            altered[position // 8] ^= 1 << position % 8
            try:
                found = opened(receiver, bytes(altered))
            except (DlmskitError, AssertionError):
                continue
            raise AssertionError(f"opened {len(found)} octets with bit {position} turned")
        assert receiver.sightings() == []
        assert opened(receiver, message) == ANSWER
        assert len(receiver.sightings()) == (not form.dedicated)


def test_what_the_store_answers_is_only_asked_once_a_message() -> None:
    """A forgery costs one verification at most: nothing is agreed for who did not sign."""
    sender = channel(1, 0x30, METER_TITLE, CLIENT_TITLE)
    ours, meters = (MemoryKeyStore(credentials={b"": own}) for own in key_pairs(1))
    message = bytearray(drive(sender.sealing(ANSWER, Form(key=MessageKey.ONE_PASS)), meters, MemoryCounters()))
    info = message.index(b"\x01\x02\x01\x01\x81\x80")
    message[info + 6 + 64] ^= 1  # the first octet of the signature over the ephemeral key
    envelope = decode(bytes(message))
    assert isinstance(envelope, ENVELOPES)
    steps = channel(1, 0x30, CLIENT_TITLE, METER_TITLE).opening(envelope)
    question = next(steps)
    assert isinstance(question, VerifyNeeded)
    with pytest.raises(DlmskitError, match="does not verify"):
        steps.send(answer(question, ours, MemoryCounters()))
