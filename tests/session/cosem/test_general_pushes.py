"""Pushes in general-ciphering and general-signing: every key, signatures, replay over restarts, floors."""

from __future__ import annotations

import pytest
from msgspec import structs

from dlmskit.apdu import DataNotification, GeneralSigning, decode
from dlmskit.codec.data import double_long_unsigned
from dlmskit.exceptions import AuthenticationError, KeyUnavailable, PolicyError, ReplayError
from dlmskit.security.counters import ReplayGuard
from dlmskit.security.general_ciphering import MessageKey
from dlmskit.security.policy import Protection
from dlmskit.session.base import Failed, Ignored, Notified, SessionEvent
from dlmskit.session.cosem.channel import Channel, Form
from dlmskit.session.cosem.receiver import ReceiverSession
from dlmskit.session.operations import Get
from dlmskit.store.answer import answer
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import MemoryKeyStore

from .pair import CLIENT_TITLE, KEYS_OF, METER_TITLE, REGISTER, Pair, counting_random, drive, key_pairs

PUSH = DataNotification(1, None, double_long_unsigned(9))
KEYS = list(MessageKey)
FORMS = {
    "general-glo": (0, Form(general=True), 0x30),
    **{f"{kind} suite{suite}": (suite, Form(key=kind), 0x30) for kind in KEYS[:2] for suite in (0, 1, 2)},
    **{f"{kind} suite{suite}": (suite, Form(key=kind), 0x30) for kind in KEYS[2:] for suite in (1, 2)},
    **{f"signed {kind}": (1, Form(key=kind, signed=True), 0x30) for kind in KEYS},
    "signed general-glo": (2, Form(general=True, signed=True), 0x10),
    "only signed": (1, Form(signed=True), 0x00),
}
ENCRYPTED_ONLY = {"signed, encrypted only": (1, Form(general=True, signed=True), 0x20)}


def stores(suite: int) -> tuple[MemoryKeyStore, MemoryKeyStore]:
    """That of the receiver and that of the meter."""
    pairs = key_pairs(suite) if suite else (None, None)
    both = [MemoryKeyStore(KEYS_OF[suite], credentials=None if own is None else {b"": own}) for own in pairs]
    return both[0], both[1]


def pushed(name: str, meter_counters: MemoryCounters | None = None, to: bytes = CLIENT_TITLE) -> bytes:
    suite, form, control = (FORMS | ENCRYPTED_ONLY)[name]
    counters = meter_counters or MemoryCounters()
    channel = Channel(
        keys=KEYS_OF[suite],
        own_title=METER_TITLE,
        security_control=control,
        guard=ReplayGuard(),
        random=counting_random(),
    )
    channel.peer_title = to
    drive(channel.reserve(), stores(suite)[1], counters)  # type: ignore[arg-type]
    return drive(channel.sealing(PUSH.to_bytes(), form), stores(suite)[1], counters)


def events(session: ReceiverSession, name: str, counters: MemoryCounters, *messages: bytes) -> list[SessionEvent]:
    store, found = stores((FORMS | ENCRYPTED_ONLY)[name][0])[0], list[SessionEvent]()
    for message in messages:
        session.receive(message, 0.0)
        while (event := session.next_event()) is not None:
            found.append(event)
            if (reply := answer(event, store, counters)) is not None:
                session.provide(reply, 0.0)
    return found


def errors(found: list[SessionEvent]) -> list[type[Exception]]:
    return [type(event.error) for event in found if isinstance(event, Failed)]


@pytest.mark.parametrize("name", FORMS)
def test_a_push_opens_once_whatever_is_restarted(name: str) -> None:
    counters, meter = MemoryCounters(), MemoryCounters()
    first, second = pushed(name, meter), pushed(name, meter)
    found = events(ReceiverSession(own_title=CLIENT_TITLE), name, counters, first)
    assert [event for event in found if isinstance(event, Notified)] == [Notified(PUSH, METER_TITLE, True)]
    assert errors(events(ReceiverSession(), name, counters, first)) == [ReplayError]
    assert errors(events(ReceiverSession(), name, counters, second, first)) == [ReplayError]
    assert errors(events(ReceiverSession(), name, counters, second)) == [ReplayError]


def test_a_signed_push_that_is_encrypted_only_opens_once_where_it_may() -> None:
    (name,) = ENCRYPTED_ONLY
    push, counters = pushed(name), MemoryCounters()
    assert errors(events(ReceiverSession(), name, counters, push)) == [PolicyError]
    found = events(ReceiverSession(allow_unauthenticated=True), name, counters, push, push)
    assert [event for event in found if isinstance(event, Notified)] == [Notified(PUSH, METER_TITLE, True)]
    assert errors(found) == [ReplayError]


@pytest.mark.parametrize("name", FORMS)
def test_a_push_that_was_altered_or_is_for_another_does_not_open(name: str) -> None:
    message = pushed(name)
    for position in range(len(message)):
        altered = bytearray(message)
        altered[position] ^= 1 << position % 8
        found = events(ReceiverSession(own_title=CLIENT_TITLE), name, MemoryCounters(), bytes(altered))
        assert not any(isinstance(event, Notified) for event in found), position
        assert len(errors(found)) == 1
    if name != "general-glo":
        found = events(ReceiverSession(own_title=b"OTHER001"), name, MemoryCounters(), message)
        assert errors(found) == [AuthenticationError] or name == "signed general-glo"


def test_a_floor_of_signatures() -> None:
    session, meter = ReceiverSession(floor=Protection.SIGNED), MemoryCounters()
    unsigned, signed = pushed("one-pass suite1", meter), pushed("signed one-pass", meter)
    assert errors(events(session, "one-pass suite1", MemoryCounters(), unsigned)) == [PolicyError]
    assert errors(events(session, "signed one-pass", MemoryCounters(), signed)) == []
    clear = ReceiverSession(floor=Protection.SIGNED, allow_unauthenticated=True)
    assert errors(events(clear, "only signed", MemoryCounters(), PUSH.to_bytes())) == [PolicyError]


def test_a_signature_without_a_number_tells_no_replay() -> None:
    signed = decode(pushed("only signed"))
    assert isinstance(signed, GeneralSigning)
    short = structs.replace(signed, transaction_id=b"\x01")
    (error,) = errors(events(ReceiverSession(), "only signed", MemoryCounters(), short.to_bytes()))
    assert error is AuthenticationError  # it is under the signature


def test_keys_that_are_not_known() -> None:
    session, name = ReceiverSession(), "static-unified suite1"
    session.receive(pushed(name), 0.0)
    found = []
    while (event := session.next_event()) is not None:
        found.append(event)
        if (reply := answer(event, MemoryKeyStore(KEYS_OF[1]), MemoryCounters())) is not None:
            session.provide(reply, 0.0)
    assert errors(found) == [KeyUnavailable]


@pytest.mark.parametrize("name", ["one-pass suite1", "signed identified", "only signed"])
@pytest.mark.parametrize("kind", ["gmac-suite1", "none"])
def test_pushes_of_another_meter_come_through_a_client(kind: str, name: str) -> None:
    """It has a title of its own, so its keys are asked for; the answer that is waited for comes all the same."""
    pair = Pair(kind, client={"peer_system_title": b""} if kind != "none" else None)
    pair.client_store = stores(1)[0]
    pair.open()
    other = pushed(name).replace(METER_TITLE, b"MMMother") if kind != "none" else pushed(name)
    pair.to_client = lambda message: [other, message]
    assert pair.ask(Get(3, REGISTER, 2)) == double_long_unsigned(123_456)
    notified = [event for event in pair.events if isinstance(event, Notified)]
    if kind == "none":
        assert notified == [Notified(PUSH, METER_TITLE, True)]
    else:  # nobody seals for this title
        assert notified == []
        assert [type(event.error) for event in pair.events if isinstance(event, Ignored)] == [AuthenticationError]
