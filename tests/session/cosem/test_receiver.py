"""Pushes: opened above the floor that was set, whoever sends them."""

from __future__ import annotations

import pytest

from dlmskit.apdu import (
    GLO_TAGS,
    AttributeDescriptor,
    DataNotification,
    EventNotificationRequest,
    GeneralGloCiphering,
    InformationReportRequest,
    ServiceCiphered,
    VariableName,
)
from dlmskit.codec.data import double_long_unsigned
from dlmskit.exceptions import AuthenticationError, KeyUnavailable, PolicyError, RemoteProtocolError, ReplayError
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import protect
from dlmskit.session.base import CounterSeen, Failed, KeysNeeded, Notified, SessionEvent
from dlmskit.session.cosem.receiver import ReceiverSession
from dlmskit.store.answer import answer
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import MemoryKeyStore

from .pair import KEYS, METER_TITLE, REGISTER

PUSH = DataNotification(1, None, double_long_unsigned(9))
EVENT = EventNotificationRequest(None, AttributeDescriptor(3, REGISTER, 2), double_long_unsigned(9))


def sealed(counter: int, control: int = 0x30, title: bytes = METER_TITLE, keys: KeySet = KEYS) -> bytes:
    content = protect(
        PUSH.to_bytes(), keys=keys, system_title=title, invocation_counter=counter, security_control=control
    )
    return GeneralGloCiphering(title, content).to_bytes()


def events(
    session: ReceiverSession,
    *messages: bytes,
    store: MemoryKeyStore | None = None,
    counters: MemoryCounters | None = None,
) -> list[SessionEvent]:
    store, counters = store or MemoryKeyStore(KEYS), counters or MemoryCounters()
    found = []
    for message in messages:
        session.receive(message, 0.0)
        while (event := session.next_event()) is not None:
            found.append(event)
            if (reply := answer(event, store, counters)) is not None:
                session.provide(reply, 0.0)
    return found


def errors(found: list[SessionEvent]) -> list[type[Exception]]:
    return [type(event.error) for event in found if isinstance(event, Failed)]


def test_a_ciphered_push_asks_for_keys_once_and_is_told_with_its_counter() -> None:
    found = events(ReceiverSession(), sealed(0), sealed(1))
    assert [type(event) for event in found] == [KeysNeeded, CounterSeen, Notified, CounterSeen, Notified]
    assert found[2] == Notified(PUSH, METER_TITLE, True)
    seen = found[3]
    assert isinstance(seen, CounterSeen)
    assert seen.invocation_counter == 1


def test_counters_survive_the_receiver() -> None:
    counters = MemoryCounters()
    events(ReceiverSession(), sealed(7), counters=counters)
    assert errors(events(ReceiverSession(), sealed(7), counters=counters)) == [ReplayError]
    assert errors(events(ReceiverSession(), sealed(8), counters=counters)) == []


def test_a_forgery_does_not_spoil_the_next_push() -> None:
    forged = bytearray(sealed(0xFFFFFFFF))
    forged[-1] ^= 1
    found = events(ReceiverSession(), bytes(forged), sealed(1))
    assert errors(found) == [AuthenticationError]
    assert isinstance(found[-1], Notified)


def test_titles_that_a_forger_makes_up_are_not_kept() -> None:
    session = ReceiverSession()
    for number in range(50):
        forged = sealed(1, title=number.to_bytes(8, "big"), keys=KeySet(bytes(16), bytes(16)))
        assert errors(events(session, forged)) == [AuthenticationError]
    assert not session._keys


@pytest.mark.parametrize("control", [0x20, 0x00])
def test_no_tag_is_refused_unless_allowed(control: int) -> None:
    assert errors(events(ReceiverSession(), sealed(1, control))) == [PolicyError]
    found = events(ReceiverSession(allow_unauthenticated=True), sealed(1, control))
    assert found[-1] == Notified(PUSH, METER_TITLE, False)
    assert not any(isinstance(event, CounterSeen) for event in found)


def test_clear_is_refused_unless_allowed() -> None:
    for apdu in (PUSH, EVENT):
        assert errors(events(ReceiverSession(), apdu.to_bytes())) == [PolicyError]
        found = events(ReceiverSession(allow_unauthenticated=True), apdu.to_bytes())
        assert found == [Notified(apdu, None, False)]


def test_without_the_authentication_key() -> None:
    store = MemoryKeyStore(KeySet(KEYS.guek))
    assert errors(events(ReceiverSession(), sealed(1), store=store)) == [KeyUnavailable]
    found = events(ReceiverSession(allow_unauthenticated=True), sealed(1), store=store)
    assert found[-1] == Notified(PUSH, METER_TITLE, False)


def test_an_unknown_meter() -> None:
    found = events(ReceiverSession(), sealed(1), sealed(2), store=MemoryKeyStore())
    assert errors(found) == [KeyUnavailable, KeyUnavailable]
    assert METER_TITLE.hex() in str(found[1])


def test_pushes_of_two_meters_wait_for_their_own_keys() -> None:
    other = KeySet(bytes(16), bytes(16))
    store = MemoryKeyStore(by_title={METER_TITLE: KEYS, b"OTHER001": other})
    session = ReceiverSession()
    for message in (sealed(1), sealed(1, title=b"OTHER001", keys=other), sealed(2)):
        session.receive(message, 0.0)
    found = events(session, sealed(3), store=store)
    titles = [event.system_title for event in found if isinstance(event, Notified)]
    assert titles == [METER_TITLE, b"OTHER001", METER_TITLE, METER_TITLE]
    assert errors(found) == []


def test_service_specific_events_take_the_title_from_the_settings() -> None:
    content = protect(
        EVENT.to_bytes(), keys=KEYS, system_title=METER_TITLE, invocation_counter=1, security_control=0x30
    )
    message = ServiceCiphered(0xCA, content).to_bytes()
    assert errors(events(ReceiverSession(), message)) == [AuthenticationError]
    assert events(ReceiverSession(system_title=METER_TITLE), message)[-1] == Notified(EVENT, METER_TITLE, True)


def test_an_empty_title_takes_the_one_from_the_settings_and_is_a_quirk() -> None:
    title_at = 1
    message = sealed(1)
    empty = message[:title_at] + b"\x00" + message[title_at + 9 :]
    assert errors(events(ReceiverSession(), empty)) == [AuthenticationError]
    found = events(ReceiverSession(system_title=METER_TITLE), empty)
    assert found[-1] == Notified(PUSH, METER_TITLE, True, ("empty-system-title",))


@pytest.mark.parametrize(
    "octets", [b"", b"\x0f", b"\xff" * 30, bytes.fromhex("c401c100121234"), sealed(1)[:-1], sealed(1)[:9]]
)
def test_anything_else_is_one_failure(octets: bytes) -> None:
    found = events(ReceiverSession(allow_unauthenticated=True), octets)
    assert [type(event) for event in found if not isinstance(event, KeysNeeded)] == [Failed]


def test_a_sealed_request_is_no_push() -> None:
    content = protect(
        bytes.fromhex("c001c100080000010000ff0200"),
        keys=KEYS,
        system_title=METER_TITLE,
        invocation_counter=1,
        security_control=0x30,
    )
    found = events(ReceiverSession(), GeneralGloCiphering(METER_TITLE, content).to_bytes())
    assert errors(found) == [RemoteProtocolError]


def test_pushes_that_wait_for_keys_are_bounded() -> None:
    session = ReceiverSession()
    for counter in range(100):
        session.receive(sealed(counter), 0.0)
    refused = 0
    while (event := session.next_event()) is not None:
        refused += isinstance(event, Failed)
    assert refused == 100 - 64


REPORT = InformationReportRequest(None, (VariableName(0x3008),), (double_long_unsigned(0x8000_0000),))


def test_a_report_of_short_names_is_a_push_like_others() -> None:
    (heard,) = events(ReceiverSession(allow_unauthenticated=True), REPORT.to_bytes())
    assert isinstance(heard, Notified)
    assert (heard.apdu, heard.authenticated) == (REPORT, False)
    (refused,) = events(ReceiverSession(), REPORT.to_bytes())
    assert isinstance(refused, Failed)
    assert isinstance(refused.error, PolicyError)
    content = protect(
        REPORT.to_bytes(), keys=KEYS, system_title=METER_TITLE, invocation_counter=5, security_control=0x30
    )
    message = ServiceCiphered(GLO_TAGS[REPORT.HEAD[0]], content).to_bytes()
    found = events(ReceiverSession(system_title=METER_TITLE), message, message)
    (opened,) = [event for event in found if isinstance(event, Notified)]
    assert (opened.apdu, opened.authenticated, opened.system_title) == (REPORT, True, METER_TITLE)
    assert isinstance(found[-1], Failed)
    assert isinstance(found[-1].error, ReplayError)
