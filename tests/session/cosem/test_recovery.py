"""Hints about the invocation counter, pre-established associations, and endings in every state."""

from __future__ import annotations

from typing import Any

import pytest

from dlmskit.apdu import Aarq, ExceptionResponse, decode
from dlmskit.codec.data import double_long_unsigned, octet_string
from dlmskit.enums import Conformance, ServiceErrorCode, StateError
from dlmskit.exceptions import (
    AssociationError,
    AuthenticationError,
    DlmskitError,
    ExceptionResponseError,
    SecurityError,
)
from dlmskit.security.keys import KeyPurpose
from dlmskit.session.base import Closed, CounterHinted, Failed
from dlmskit.session.cosem.client import State
from dlmskit.session.cosem.server import State as MeterState
from dlmskit.session.cosem.settings import SERVER_CONFORMANCE
from dlmskit.session.operations import Action, Get, Set

from .pair import BUFFER, CIPHERED_LN, CLIENT_TITLE, KEYS, KINDS, METER_TITLE, REGISTER, SCRIPT, Pair

ENERGY = Get(3, REGISTER, 2)


def hinting(pair: Pair, counter: int) -> None:
    refusal = ExceptionResponse(
        StateError.SERVICE_NOT_ALLOWED, ServiceErrorCode.INVOCATION_COUNTER_ERROR, counter
    ).to_bytes()
    pair.to_client = lambda message: [refusal]
    with pytest.raises(ExceptionResponseError, match=str(counter)):
        pair.ask(ENERGY)
    pair.to_client = lambda message: [message]


def next_counter(pair: Pair) -> int:
    reserved = pair.client_counters.reserve(KEYS.key_id(KeyPurpose.GUEK), CLIENT_TITLE, 1)
    assert reserved is not None
    return reserved[0]


def test_a_meter_that_expects_more_is_believed_a_little() -> None:
    pair = Pair("gmac")
    pair.open()
    last = pair.server._guard.last(KEYS.key_id(KeyPurpose.GUEK), CLIENT_TITLE)
    assert last is not None
    pair.server._guard.accept(KEYS.key_id(KeyPurpose.GUEK), CLIENT_TITLE, last + 5000)
    with pytest.raises(ExceptionResponseError, match="invocation-counter-error"):
        pair.ask(ENERGY)
    (hint,) = [event for event in pair.events if isinstance(event, CounterHinted)]
    assert hint.system_title == CLIENT_TITLE
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)
    assert next_counter(pair) > last + 5000


@pytest.mark.parametrize("counter", [0xFFFF_FFFF, 0x2_0000, 0, 1])
def test_a_hint_too_far_ahead_or_behind_changes_nothing(counter: int) -> None:
    pair = Pair("gmac")
    pair.open()
    hinting(pair, counter)
    assert not any(isinstance(event, CounterHinted) for event in pair.events)
    assert next_counter(pair) < 100
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)


def test_hints_may_be_switched_off_and_mean_nothing_in_clear() -> None:
    for pair in (Pair("gmac", client={"most_counters_ahead": 0}), Pair("none")):
        pair.open()
        hinting(pair, 100)
        assert not any(isinstance(event, CounterHinted) for event in pair.events)


def forged_openings(pair: Pair, tries: int) -> int:
    """How far our counter was raised by refusals that came in place of what the meter said to so many AARQs."""
    before = next_counter(pair)

    def refusal(message: bytes) -> list[bytes]:
        last = decode(pair.sent[-1])
        assert isinstance(last, Aarq)
        expected = next_counter(pair) + 60_000
        code = ServiceErrorCode.INVOCATION_COUNTER_ERROR
        return [ExceptionResponse(StateError.SERVICE_NOT_ALLOWED, code, expected).to_bytes()]

    pair.to_client = refusal
    for _ in range(tries):
        with pytest.raises(AssociationError):
            pair.open()
    pair.to_client = lambda message: [message]
    return next_counter(pair) - before


def test_forged_refusals_cannot_use_the_counters_up() -> None:
    """One hint counts, the next only after an association has opened, and one an association at most."""
    pair = Pair("gmac")
    assert 60_000 < forged_openings(pair, 10) < 0x1_0000 + 500
    pair.open()
    for turn in range(5):
        hinting(pair, next_counter(pair) + 60_000)
        assert len([event for event in pair.events if isinstance(event, CounterHinted)]) == 2, turn
    pair.close()
    assert forged_openings(pair, 5) < 500


@pytest.mark.parametrize("kind", ["gmac-plain-context", "gmac-dedicated", "gmac-one-pass-suite1"])
def test_a_hint_is_about_a_request_that_took_such_a_counter(kind: str) -> None:
    """One in clear took none, and those under another key counted for that key."""
    pair = Pair(kind)
    pair.open()
    hinting(pair, 5000)
    assert not any(isinstance(event, CounterHinted) for event in pair.events)


PRE: dict[str, dict[str, Any]] = {
    "none": {"pre_established": True},
    "none-ciphered": {**CIPHERED_LN, "pre_established": True, "peer_system_title": METER_TITLE},
}


def presumed(kind: str, **client: Any) -> Pair:
    return Pair(
        kind,
        client={**PRE[kind], "conformance": SERVER_CONFORMANCE, **client},
        server={"pre_established": True, "client_system_title": CLIENT_TITLE, "client_max_receive_pdu_size": 128},
    )


@pytest.mark.parametrize("kind", PRE)
def test_a_pre_established_association_needs_no_opening(kind: str) -> None:
    pair = presumed(kind)
    pair.open()
    assert pair.sent == []
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)
    assert len(pair.ask(Get(7, BUFFER, 2)).value) == 40
    long = octet_string(bytes(300))
    assert pair.ask(Set(7, BUFFER, 3, long)) is None
    assert pair.ask(Action(9, SCRIPT, 3, long)) == long
    pair.close()
    assert all(octets[0] not in (0x60, 0x62) for octets in pair.sent)
    assert any(isinstance(event, Closed) for event in pair.events)
    assert max(map(len, pair.received)) <= 128


def test_what_must_be_known_beforehand_is_named() -> None:
    for changes in ({"peer_system_title": b""}, {"dedicated": True}, {"system_title": b""}):
        pair = presumed("none-ciphered", **changes)
        with pytest.raises((SecurityError, AuthenticationError)):
            pair.open()


def test_without_such_rules_a_meter_wants_to_be_opened() -> None:
    for kind in PRE:
        pair = presumed(kind)
        pair.meter.rules = Pair(kind).meter.rules
        pair.open()
        with pytest.raises(ExceptionResponseError):
            pair.ask(ENERGY)
        assert pair.server.state is MeterState.FREE


def test_a_pre_established_association_keeps_its_floor() -> None:
    pair = presumed("none-ciphered")
    pair.server.receive(bytes.fromhex("c001c100030100010800ff0200"), 0.0)
    pair.settle()
    assert isinstance(decode(pair.received[-1]), ExceptionResponse)
    assert any(isinstance(event, Failed) for event in pair.server_events)


@pytest.mark.parametrize("kind", [*sorted(KINDS), "ecdsa-suite1", "sha256", "md5-ciphered"])
@pytest.mark.parametrize("delivered", range(5))
def test_closing_ends_every_state(kind: str, delivered: int) -> None:
    pair = Pair(kind, client={"conformance": SERVER_CONFORMANCE})
    left = [delivered]

    def some(message: bytes) -> list[bytes]:
        left[0] -= 1
        return [message] if left[0] >= 0 else []

    pair.to_client = some
    for step in (pair.open, lambda: pair.ask(ENERGY)):
        try:
            step()
        except (LookupError, DlmskitError):
            break
    pair.client.close(0.0)
    pair.settle()
    pair.client.handle_timeout(1e6)
    pair.settle()
    assert pair.client.state is State.IDLE
    assert any(isinstance(event, Closed) for event in pair.events)
    pair.to_client = lambda message: [message]
    pair.open()
    assert pair.ask(ENERGY) == double_long_unsigned(123_456)
    assert Conformance.GET in pair.client._handshake.negotiated.conformance
