"""The floor of protection, and counters of answers to challenges."""

from __future__ import annotations

import pytest

from dlmskit.apdu import DED_TAGS, ExceptionResponse, GeneralCiphering, GeneralGloCiphering, ServiceCiphered, decode
from dlmskit.exceptions import (
    AuthenticationError,
    DlmskitError,
    KeyUnavailable,
    PolicyError,
    RemoteProtocolError,
    ReplayError,
)
from dlmskit.security import hls
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import protect
from dlmskit.session.cosem.channel import Channel
from dlmskit.session.operations import Get

from .pair import CLIENT_TITLE, GAK, GUEK, METER_TITLE, REGISTER, Pair

KEYS = KeySet(GUEK, GAK, gbek=bytes(range(0x40, 0x50)))
ANSWER = bytes.fromhex("c401c1000600bc614e")


def channel(control: int = 0x30) -> Channel:
    made = Channel(keys=KEYS, own_title=CLIENT_TITLE, security_control=control, guard=ReplayGuard())
    made.peer_title = METER_TITLE
    made.refill(1, 10)
    return made


def sealed(control: int, counter: int = 1, plain: bytes = ANSWER, tag: int = 0xCC) -> ServiceCiphered:
    content = protect(plain, keys=KEYS, system_title=METER_TITLE, invocation_counter=counter, security_control=control)
    return ServiceCiphered(tag, content)


@pytest.mark.parametrize(
    ("floor", "control"), [(0x30, 0x10), (0x30, 0x20), (0x30, 0x00), (0x10, 0x20), (0x10, 0x00), (0x20, 0x10)]
)
def test_weaker_protection_than_the_floor_is_refused(floor: int, control: int) -> None:
    with pytest.raises(PolicyError, match="weaker"):
        channel(floor).open(sealed(control))


@pytest.mark.parametrize(("floor", "control"), [(0x30, 0x30), (0x10, 0x30), (0x10, 0x10), (0x20, 0x20), (0x20, 0x30)])
def test_equal_or_stronger_protection_opens(floor: int, control: int) -> None:
    opened = channel(floor).open(sealed(control))
    assert opened.octets == ANSWER
    assert opened.authenticated == bool(control & 0x10)


def test_a_counter_without_a_tag_moves_nothing() -> None:
    receiver = channel(0x20)
    receiver.open(sealed(0x20, 0xFFFFFFFF))
    assert receiver.last_accepted() is None
    assert receiver.sightings() == []


def test_the_broadcast_key_is_refused_inside_an_association() -> None:
    with pytest.raises(PolicyError, match="broadcast"):
        channel().open(sealed(0x70))


def test_the_tag_outside_must_be_that_of_the_service_inside() -> None:
    with pytest.raises(RemoteProtocolError, match="glo-set-response"):
        channel().open(sealed(0x30, tag=0xCD))


def test_an_empty_general_ciphering_is_refused_without_a_floor_too() -> None:
    with pytest.raises(DlmskitError):
        channel(0).open(GeneralCiphering(b"", METER_TITLE, b"", None, b"", None, b""))


def test_a_title_that_is_not_the_peers_is_refused() -> None:
    content = sealed(0x30).content
    for title in (b"", b"OTHER001"):
        with pytest.raises(AuthenticationError):
            channel().open(GeneralGloCiphering(title, content))


def test_counters_run_out_loudly() -> None:
    sender = channel()
    for _ in range(10):
        sender.seal(ANSWER)
    assert sender.short
    with pytest.raises(KeyUnavailable):
        sender.seal(ANSWER)


def test_an_answer_to_a_challenge_has_a_counter_above_the_last() -> None:
    challenge = bytes(range(16))
    old = hls.gmac_answer(challenge, keys=KEYS, system_title=METER_TITLE, invocation_counter=5)
    opened = channel()
    opened.verify_answer(old, challenge, None)
    opened.verify_answer(old, challenge, 4)
    for previous in (5, 6):
        with pytest.raises(ReplayError):
            opened.verify_answer(old, challenge, previous)


def test_under_a_dedicated_key_the_answer_is_still_measured_by_the_unicast_counter() -> None:
    receiver = channel()
    receiver.open(sealed(0x30, 50))
    receiver.keys = KEYS.with_dedicated(bytes(range(0x60, 0x70)))
    content = protect(
        ANSWER,
        keys=receiver.keys,
        system_title=METER_TITLE,
        invocation_counter=1,
        security_control=0x30,
        dedicated=True,
    )
    assert receiver.open(ServiceCiphered(DED_TAGS[ANSWER[0]], content)).previous == 50


def test_what_was_seen_is_told_once() -> None:
    receiver = channel()
    receiver.open(sealed(0x30, 3))
    receiver.open(sealed(0x30, 9))
    (seen,) = receiver.sightings()
    assert (seen.invocation_counter, seen.system_title) == (9, METER_TITLE)
    assert receiver.sightings() == []


def test_a_dedicated_key_is_forgotten_with_its_association() -> None:
    """Hundreds of associations leave one counter of the unicast key, and nothing of their own keys."""
    pair = Pair("gmac-dedicated")
    for _ in range(50):
        pair.open()
        pair.ask(Get(3, REGISTER, 2))
        repeated = pair.sent[-1]
        pair.server.receive(repeated, 0.0)
        pair.settle()
        refusal = decode(pair.received[-1])
        assert isinstance(refusal, ExceptionResponse)
        pair.close()
    for guard in (pair.server._guard, pair.client._guard):
        assert len(guard._last) == 1


def test_a_dedicated_key_is_fresh_and_used() -> None:
    pair = Pair("gmac-dedicated")
    keys = set()
    for _ in range(2):
        pair.open()
        pair.ask(Get(3, REGISTER, 2))
        assert pair.sent[-1][0] in DED_TAGS.values()
        assert pair.received[-1][0] in DED_TAGS.values()
        channel = pair.client._handshake.channel
        assert channel is not None
        keys.add(channel.keys.dedicated_key)
        pair.close()
    assert len(keys) == 2
    assert isinstance(decode(pair.sent[-2]), ServiceCiphered)
