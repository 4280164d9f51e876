"""Modes A, B and D: read-outs without an option select message, asked for or not, with the line rates they imply."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec.iec21 import DataSet, DataValue, Identification, Telegram
from dlmskit.exceptions import DataAccessError, LocalProtocolError, RemoteProtocolError
from dlmskit.link.base import Drain, FrameDropped, Received, SetLine
from dlmskit.link.iec21 import Iec21Link
from dlmskit.link.p1 import P1Link, mode_d_link
from dlmskit.session.base import Completed, Failed, Ignored, Opened
from dlmskit.session.iec21 import (
    Iec21ClientSession,
    Iec21DialogueSettings,
    Iec21MeterSession,
    Iec21ReceiverSession,
    ReadOutReceived,
)
from dlmskit.session.operations import ReadOut, ReadRegister
from dlmskit.stack.client import ClientStack
from dlmskit.stack.meter import MeterStack

DATA_SETS = (DataSet("1.8.0", (DataValue("000123.4", "kWh"),)), DataSet("0.9.1", (DataValue("120000"),)))


class Registers:
    """Reads out two registers and refuses everything else."""

    def read_out(self) -> tuple[DataSet, ...]:
        return DATA_SETS

    def read(self, address: str, value: str, command: str) -> tuple[DataSet, ...]:
        raise DataAccessError("object-undefined", address)

    def write(self, address: str, value: str, command: str) -> None:
        raise DataAccessError("object-undefined", address)

    def execute(self, address: str, value: str, command: str) -> tuple[DataSet, ...]:
        raise DataAccessError("object-undefined", address)

    def password_ok(self, level: str, value: str) -> bool:
        return True


class Line:
    """A client and a meter whose octets are lost unless both have set the same rate."""

    def __init__(self, rate: str, *, spoil: bool = False) -> None:
        session = Iec21ClientSession(Iec21DialogueSettings(mode="read-out"))
        self.client = ClientStack(Iec21Link(), session)
        self.meter = MeterStack(Iec21Link("meter"), Iec21MeterSession(Registers(), Identification("ZZA", rate, "X")))
        self.rates: dict[str, list[int]] = {"client": [], "meter": []}
        self.spoil = spoil
        self.events: list[Any] = []
        self.meter.open(0.0)
        self.client.open(0.0)
        self.settle()

    def settle(self) -> None:
        moved = True
        while moved:
            moved = self._carry("client", self.client, self.meter) | self._carry("meter", self.meter, self.client)

    def _carry(self, name: str, sender: Any, receiver: Any) -> bool:
        moved = False
        if data := sender.data_to_send():
            moved = True
            assert self.rates["client"][-1] == self.rates["meter"][-1], data
            if self.spoil and data.startswith(b"\x02"):
                self.spoil, data = False, data.replace(b"123", b"124")
            receiver.receive_data(data, 0.0)
        while (event := sender.next_event()) is not None:
            moved = True
            if isinstance(event, SetLine):
                self.rates[name].append(event.baud)
            elif sender is self.client and not isinstance(event, Drain):
                self.events.append(event)
        return moved


@pytest.mark.parametrize(("rate", "baud"), [(" ", 300), ("X", 300), ("A", 600), ("C", 2400), ("F", 19200), ("5", 9600)])
@pytest.mark.parametrize("spoil", [False, True])
def test_a_read_out_at_the_rate_of_the_mode(rate: str, baud: int, spoil: bool) -> None:
    line = Line(rate, spoil=spoil)
    for _ in range(2):
        line.client.start(ReadOut(), 0.0)
        line.settle()
        assert line.events[-1] == Completed(ReadOut(), DATA_SETS)
        assert line.rates["meter"][-1] == line.rates["client"][-1] == baud
        line.meter.handle_timeout(2.0)
        line.settle()
        assert line.rates["meter"][-1] == 300


def test_programming_mode_is_refused_in_modes_a_and_b() -> None:
    line = Line("C")
    line.client.start(ReadRegister("1.8.0"), 0.0)
    line.settle()
    failed = next(event for event in line.events if isinstance(event, Failed))
    assert isinstance(failed.error, RemoteProtocolError)


def test_a_mode_d_meter_is_heard_through_parity_bits() -> None:
    meter = Iec21MeterSession(Registers(), Identification("ZZD", "3", "BUTTON"))
    telegram = meter.telegram()
    assert telegram == b"/ZZD3BUTTON\r\n\r\n1.8.0(000123.4*kWh)\r\n0.9.1(120000)\r\n!\r\n"
    link, session = mode_d_link(), Iec21ReceiverSession()
    link.open(0.0)
    assert link.next_event() == SetLine(2400, "7E1")
    link.next_event()
    link.receive_data(bytes(octet | (octet.bit_count() & 1) << 7 for octet in telegram), 0.0)
    received = link.next_event()
    assert received == Received(telegram, unsolicited=True)
    session.receive(telegram, 0.0)
    assert session.next_event() == ReadOutReceived(Telegram("/ZZD3BUTTON", DATA_SETS, None))


def test_without_masking_parity_bits_are_no_text() -> None:
    link = P1Link()
    link.open(0.0)
    link.next_event()
    link.receive_data(bytes(octet | 0x80 for octet in b"/ZZD3BUTTON\r\n\r\n!\r\n"), 0.0)
    assert isinstance(link.next_event(), FrameDropped)


def test_a_meter_that_only_speaks_is_heard_and_never_answered() -> None:
    meter = Iec21Link("meter")
    link, session = Iec21Link("listener"), Iec21ReceiverSession()
    for end in (meter, link):
        end.open(0.0)
        while end.next_event() is not None:
            pass
    for message in (b"/ZZA X\r\n", b"\x021.8.0(000123.4*kWh)\r\n\x04", b"\x020.9.1(120000)\r\n!\r\n\x03"):
        meter.send(message, 0.0)
    octets = meter.data_to_send()
    for data in (octets, octets.replace(b"120000", b"120001"), octets):
        link.receive_data(data, 0.0)
    found = []
    while (event := link.next_event()) is not None:
        if isinstance(event, Received):
            session.receive(event.octets, 0.0)
            found.append(session.next_event())
    good = ReadOutReceived(Telegram("/ZZA X", DATA_SETS, True))
    assert [event for event in found if isinstance(event, ReadOutReceived)] == [good, good]
    assert link.data_to_send() == b""
    with pytest.raises(LocalProtocolError):
        link.send(b"/?!\r\n", 0.0)
    with pytest.raises(LocalProtocolError):
        session.provide(None, 0.0)
    assert session.messages_to_send() == []


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"/ZZA X\r\n", b"\x021(2)\x04", b"\x02!\x03"]), max_size=5))
def test_any_messages_are_taken(messages: list[bytes]) -> None:
    session = Iec21ReceiverSession()
    for message in messages:
        session.receive(message, 0.0)
    while (event := session.next_event()) is not None:
        assert isinstance(event, ReadOutReceived | Ignored | Opened)


def test_a_meter_on_a_two_wire_line_does_not_hear_itself() -> None:
    link = Iec21Link("meter", echoes=True)
    link.open(0.0)
    while link.next_event() is not None:
        pass
    link.send(b"/ZZA X\r\n", 0.0)
    link.receive_data(link.data_to_send() + b"\x06050\r\n", 0.0)
    assert [event for event in iter(link.next_event, None) if isinstance(event, Received)] == [Received(b"\x06050\r\n")]


def test_a_meter_with_a_battery_is_woken_before_the_sign_on() -> None:
    link = Iec21Link(wake_up=66)
    link.open(0.0)
    events = [link.next_event(), link.next_event()]
    assert SetLine(300, "7E1") in events
    link.send(b"/?!\r\n", 0.0)
    assert link.data_to_send() == bytes(66)
    link.receive_data(bytes(66), 2.2)
    assert link.data_to_send() == b""
    assert link.next_deadline() == pytest.approx(3.8)
    link.handle_timeout(3.81)
    assert link.data_to_send() == b"/?!\r\n"
    link.receive_data(b"/?!\r\n/ZZA5X\r\n", 4.0)
    assert Received(b"/ZZA5X\r\n") in list(iter(link.next_event, None))
    link.send(b"\x06050\r\n", 4.0)
    assert link.data_to_send() == b"\x06050\r\n"
