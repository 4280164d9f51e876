"""Whole DL/T 645 dialogues in memory, and the words of published packages."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.cosem.units import Unit
from dlmskit.exceptions import (
    DataAccessError,
    DecodeError,
    DlmskitError,
    EncodeError,
    KeyUnavailable,
    LimitError,
    LocalProtocolError,
    TransportTimeout,
)
from dlmskit.limits import Limits
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.security.needs import KeysProvided
from dlmskit.session.base import Completed, Failed, Ignored, Opened, Progressed
from dlmskit.session.dlt645 import Dlt645ClientSession, Dlt645Message, Dlt645MeterSession, Dlt645Settings, Function, bcd
from dlmskit.session.dlt645.identifiers import describe
from dlmskit.session.dlt645.message import ErrorWord
from dlmskit.session.operations import Get, ReadIdentifier, SendCommand, WriteIdentifier
from session.dlt645.meter import ADDRESS, PASSWORD, Identifiers, Pair

ENERGY, DATE = 0x00000000, 0x04000101

# What the PyPI package dlt645 3.2.0 (Apache-2.0) says as client and as meter at 123456781012, without the guards and
# the 33 of its frames.
ASKS_ENERGY = bytes.fromhex("1210785634121100000000")
GIVES_ENERGY = bytes.fromhex("121078563412910000000050500000")
GIVES_POWER = bytes.fromhex("1210785634129100000302452381")
WRITES_DATE = bytes.fromhex("1210785634121401010004001234560000000002021125")
REFUSES_PASSWORD = bytes.fromhex("121078563412d404")
HAS_NO_SUCH_DATA = bytes.fromhex("121078563412d102")
ASKS_ADDRESS = bytes.fromhex("aaaaaaaaaaaa13")
GIVES_ADDRESS = bytes.fromhex("12107856341293121078563412")


def test_what_a_published_client_says_is_answered_as_its_meter_does() -> None:
    server = Identifiers()
    server.values[ENERGY] = bytes.fromhex("50500000")
    meter = Dlt645MeterSession(server, ADDRESS)
    spoilt = WRITES_DATE.replace(PASSWORD, b"\x00\x12\x34\x57")
    asked = (ASKS_ENERGY, ASKS_ADDRESS, spoilt, ASKS_ENERGY[:7] + b"\xff\x00\xff\x00")
    for message in asked:
        meter.receive(message, 0.0)
    assert meter.messages_to_send() == [GIVES_ENERGY, GIVES_ADDRESS, REFUSES_PASSWORD, HAS_NO_SUCH_DATA]
    meter.receive(WRITES_DATE, 0.0)
    assert meter.messages_to_send() == [bytes.fromhex("12107856341294")]
    assert server.values[DATE] == bytes.fromhex("02021125")


def test_our_client_says_what_a_published_client_says() -> None:
    client = Dlt645ClientSession(Dlt645Settings(ADDRESS))
    client.open(0.0)
    client.start(ReadIdentifier(ENERGY), 0.0)
    assert client.messages_to_send() == [ASKS_ENERGY]
    client.receive(GIVES_ENERGY, 0.0)
    client.start(WriteIdentifier(DATE, bytes.fromhex("02021125")), 0.0)
    client.provide(KeysProvided(KeySet(password=b"00123456")), 0.0)
    assert client.messages_to_send() == [WRITES_DATE]


def test_read_write_and_refusal_over_stacks() -> None:
    pair = Pair()
    assert any(event == Opened({"address": ADDRESS}) for event in pair.events)
    assert pair.run(ReadIdentifier(ENERGY)) == Completed(ReadIdentifier(ENERGY), bytes.fromhex("50500000"))
    write = WriteIdentifier(DATE, b"\x05\x02\x11\x25")
    assert pair.run(write) == Completed(write, None)
    assert (pair.server.values[DATE], pair.server.operator) == (b"\x05\x02\x11\x25", bytes(4))
    refused = pair.run(ReadIdentifier(0x00FF00FF))
    assert isinstance(refused, Failed)
    assert isinstance(refused.error, DataAccessError)
    assert str(refused.error) == "the meter refused data identifier 00FF00FF: no-requested-data"
    assert isinstance(pair.run(ReadIdentifier(ENERGY)), Completed)


def test_the_address_is_found_where_none_is_given() -> None:
    pair = Pair(address="")
    assert pair.session.address == ADDRESS
    assert isinstance(pair.run(ReadIdentifier(ENERGY)), Completed)


@given(st.integers(1, 2000))
def test_long_data_come_in_follow_up_frames(length: int) -> None:
    pair = Pair()
    whole = bytes(index % 251 for index in range(length))
    pair.server.values[0x06000001] = whole
    assert pair.run(ReadIdentifier(0x06000001)) == Completed(ReadIdentifier(0x06000001), whole)
    frames = [event.blocks for event in pair.events if isinstance(event, Progressed)]
    assert frames == list(range(1, -(-length // 195)))


def test_broadcasts_are_obeyed_and_not_answered() -> None:
    pair = Pair()
    time = datetime(2026, 11, 22, 1, 33, 7)
    command = SendCommand(Function.BROADCAST_TIME, bcd.time_octets(time), broadcast=True)
    assert pair.run(command) == Completed(command, None)
    assert pair.server.clock == time
    freeze = SendCommand(Function.FREEZE, bytes.fromhex("99999999"))
    assert pair.run(freeze) == Completed(freeze, b"")
    everywhere = SendCommand(Function.FREEZE, bytes.fromhex("99999999"), broadcast=True)
    assert pair.run(everywhere) == Completed(everywhere, None)
    assert pair.server.commands == [(0x16, bytes.fromhex("99999999"))] * 2


def test_a_write_without_password_asks_nobody() -> None:
    pair = Pair(password=None)
    failed = pair.run(WriteIdentifier(DATE, b"\x00"))
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, KeyUnavailable)
    assert isinstance(pair.run(ReadIdentifier(ENERGY)), Completed)


def asking(retries: int = 1, limits: Limits | None = None) -> Dlt645ClientSession:
    client = Dlt645ClientSession(Dlt645Settings(ADDRESS, timeout=1, retries=retries, limits=limits or Limits()))
    client.open(0.0)
    client.start(ReadIdentifier(ENERGY), 0.0)
    client.next_event()
    client.messages_to_send()
    return client


def test_a_read_is_asked_again_and_a_write_is_not() -> None:
    client = asking()
    client.handle_timeout(1.0)
    assert client.messages_to_send() == [ASKS_ENERGY]
    client.handle_timeout(2.0)
    failed = client.next_event()
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, TransportTimeout)
    client.start(WriteIdentifier(DATE, b"\x00"), 3.0)
    client.provide(KeysProvided(KeySet(password=PASSWORD)), 3.0)
    assert len(client.messages_to_send()) == 1
    client.handle_timeout(4.0)
    assert client.messages_to_send() == []
    client.next_event()
    assert isinstance(client.next_event(), Failed)


@pytest.mark.parametrize(
    "message",
    [
        GIVES_POWER,
        GIVES_ADDRESS,
        ASKS_ENERGY,
        b"\x99" + GIVES_ENERGY[1:],
        b"\xab" + GIVES_ENERGY[1:],
        GIVES_ENERGY[:9],
        b"",
    ],
)
def test_what_answers_another_question_is_ignored(message: bytes) -> None:
    client = asking()
    client.receive(message, 0.5)
    assert isinstance(client.next_event(), Ignored)
    client.receive(GIVES_ENERGY, 0.6)
    assert isinstance(client.next_event(), Completed)
    client.receive(GIVES_ENERGY, 0.7)
    assert isinstance(client.next_event(), Ignored)


def test_a_meter_that_never_ends_is_stopped() -> None:
    client = asking(limits=Limits(blocks=3))
    client.receive(b"\x12\x10\x78\x56\x34\x12\xb1" + bytes(10), 0.0)
    for sequence in range(1, 4):
        assert client.messages_to_send()[0][6] == Function.READ_FOLLOWING
        client.receive(b"\x12\x10\x78\x56\x34\x12\xb2" + bytes(10) + bytes([sequence]), 0.0)
    events = []
    while (event := client.next_event()) is not None:
        events.append(event)
    assert isinstance(events[-1], Failed)
    assert isinstance(events[-1].error, LimitError)


def test_a_follow_up_frame_out_of_turn_is_refused() -> None:
    client = asking()
    client.receive(b"\x12\x10\x78\x56\x34\x12\xb1" + bytes(10), 0.0)
    client.receive(b"\x12\x10\x78\x56\x34\x12\x92" + bytes(10) + b"\x02", 0.0)
    client.next_event()
    assert isinstance(client.next_event(), Failed)


def test_what_was_not_asked_for_by_this_dialect() -> None:
    client = Dlt645ClientSession(Dlt645Settings(ADDRESS))
    with pytest.raises(LocalProtocolError):
        client.start(ReadIdentifier(0), 0.0)
    client.open(0.0)
    with pytest.raises(LocalProtocolError):
        client.start(Get(3, Obis(1, 0, 1, 8, 0), 2), 0.0)
    with pytest.raises(EncodeError):
        Dlt645ClientSession(Dlt645Settings("12345678101F"))
    with pytest.raises(EncodeError):
        Dlt645MeterSession(Identifiers(), "AAAAAAAAAAAA")


def test_no_password_is_shown() -> None:
    secret = PASSWORD.hex()
    assert secret not in repr(Dlt645Message.from_bytes(WRITES_DATE))
    assert secret not in repr(SendCommand(Function.CHANGE_PASSWORD, PASSWORD + PASSWORD))


def test_an_error_word_is_named() -> None:
    assert Dlt645Message.from_bytes(HAS_NO_SUCH_DATA).error.label == "no-requested-data"
    assert ErrorWord(0x41).label == "other-error, too-many-tariffs"
    assert ErrorWord(0x80).label == "error word 80"


@pytest.mark.parametrize(
    ("identifier", "octets", "value", "unit"),
    [
        (0x00000000, "50500000", "50500", Unit.WATT_HOUR),
        (0x00010000, "78563412", "12345678" + "0", Unit.WATT_HOUR),
        (0x02010100, "0122", "220.1", Unit.VOLT),
        (0x02030000, "452381", "-1234.5", Unit.WATT),
        (0x02020200, "345680", "-5.634", Unit.AMPERE),
    ],
)
def test_values_are_exact(identifier: int, octets: str, value: str, unit: Unit) -> None:
    described = describe(identifier)
    assert described is not None
    quantity = described.quantity(bytes.fromhex(octets))
    assert (quantity.value, quantity.unit) == (Decimal(value), unit)


def test_digits_that_are_none_are_refused_where_they_stand() -> None:
    with pytest.raises(DecodeError) as caught:
        bcd.digits(b"\x12\x3a")
    assert caught.value.offset == 1


@given(st.integers(0, 999_999), st.integers(0, 4), st.booleans())
def test_numbers_go_both_ways(whole: int, decimals: int, negative: bool) -> None:
    value = Decimal(whole).scaleb(-decimals) * (-1 if negative else 1)
    try:
        octets = bcd.from_number(value, 3, decimals, signed=True)
    except EncodeError:
        assert whole >= 800_000
        return
    assert bcd.number(octets, decimals, signed=True) == value


@given(
    st.binary(max_size=40), st.sampled_from([b"", ASKS_ENERGY[:7], GIVES_ENERGY[:7], WRITES_DATE[:11], ASKS_ADDRESS])
)
def test_any_message_is_taken_by_both_sides(noise: bytes, head: bytes) -> None:
    meter = Dlt645MeterSession(Identifiers(), ADDRESS)
    meter.receive(head + noise, 0.0)
    client = asking()
    client.receive(head + noise, 0.0)
    for message in meter.messages_to_send():
        assert Dlt645Message.from_bytes(message).from_meter
    while (event := client.next_event()) is not None:
        assert isinstance(event, Completed | Failed | Ignored | Progressed)
        assert not isinstance(event, Failed) or isinstance(event.error, DlmskitError)
