"""Client and meter sessions speak to each other, message by message; then each alone against a wrong peer."""

import pytest

from dlmskit.codec.iec21 import Command, DataMessage, DataSet, DataValue, Identification, decode
from dlmskit.exceptions import (
    AssociationError,
    DataAccessError,
    KeyUnavailable,
    LimitError,
    LocalProtocolError,
    RemoteProtocolError,
    TransportTimeout,
)
from dlmskit.limits import Limits
from dlmskit.security.keys import KeySet
from dlmskit.security.needs import KeysProvided
from dlmskit.session.base import Closed, Completed, Failed, Ignored, KeysNeeded, Opened, Progressed
from dlmskit.session.iec21 import Iec21ClientSession, Iec21DialogueSettings, Iec21MeterSession
from dlmskit.session.operations import ExecuteCommand, ReadOut, ReadRegister, WriteRegister

IDENTIFICATION = b"/ZZC5C1\r\n"


class Registers:
    """Two registers, one of which can be written, and a command."""

    def __init__(self):
        self.texts = {"1.8.0": "000123.4*kWh", "0.9.1": "120000"}
        self.done = []

    def read_out(self):
        return [self._data_set(address) for address in self.texts]

    def read(self, address, value, command):
        if address not in self.texts:
            raise DataAccessError("object-undefined", address)
        return [self._data_set(address)]

    def write(self, address, value, command):
        if address != "0.9.1":
            raise DataAccessError("read-write-denied", address)
        self.texts[address] = value

    def execute(self, address, value, command):
        self.done.append((address, value, command))
        return ()

    def password_ok(self, level, value):
        return (level, value) == ("P1", "1234")

    def _data_set(self, address):
        value, _, unit = self.texts[address].partition("*")
        return DataSet(address, (DataValue(value, unit),))


class Pair:
    """A client and a meter; `exchange` carries messages until both are silent and gives the client's events."""

    def __init__(self, *, password=b"1234", meter=None, **settings):
        settings.setdefault("password_command", "P1")
        self.registers = Registers()
        self.client = Iec21ClientSession(Iec21DialogueSettings(**settings))
        self.meter = meter or Iec21MeterSession(self.registers, Identification("ZZC", "5", "C1"), address="77")
        self.password = password
        self.said = []

    def exchange(self):
        events = []
        moved = True
        while moved:
            moved = False
            for sender, receiver in ((self.client, self.meter), (self.meter, self.client)):
                for message in sender.messages_to_send():
                    self.said.append(message)
                    receiver.receive(message, 0.0)
                    moved = True
            while (event := self.client.next_event()) is not None:
                moved = True
                if isinstance(event, KeysNeeded):
                    self.client.provide(KeysProvided(KeySet(password=self.password)), 0.0)
                else:
                    events.append(event)
        return events

    def open(self):
        self.client.open(0.0)
        return self.exchange()

    def run(self, operation):
        self.client.start(operation, 0.0)
        return self.exchange()


def test_programming_mode_from_sign_on_to_break():
    pair = Pair(address="0077")
    assert pair.open() == [Opened({"manufacturer": "ZZC", "identification": "C1", "baud": 9600})]
    read = ReadRegister("1.8.0")
    assert pair.run(read) == [Completed(read, (DataSet("1.8.0", (DataValue("000123.4", "kWh"),)),))]
    write = WriteRegister("0.9.1", "130000")
    assert pair.run(write) == [Completed(write, None)]
    execute = ExecuteCommand("C.96.4", "1")
    assert pair.run(execute) == [Completed(execute, ())]
    assert pair.registers.texts["0.9.1"] == "130000"
    assert pair.registers.done == [("C.96.4", "1", "E2")]
    pair.client.close(0.0)
    assert pair.exchange() == [Closed()]
    assert pair.said == [
        b"/?0077!\r\n",
        IDENTIFICATION,
        b"\x06051\r\n",
        b"\x01P0\x02()\x03",
        b"\x01P1\x02(1234)\x03",
        b"\x06",
        b"\x01R5\x021.8.0()\x03",
        b"\x021.8.0(000123.4*kWh)\x03",
        b"\x01W5\x020.9.1(130000)\x03",
        b"\x06",
        b"\x01E2\x02C.96.4(1)\x03",
        b"\x06",
        b"\x01B0\x03",
    ]


def test_read_out_and_registers_take_turns():
    pair = Pair(mode="read-out")
    assert pair.open() == [Opened()]
    assert pair.said == []
    (completed,) = pair.run(ReadOut())
    assert [item.address for item in completed.result] == ["1.8.0", "0.9.1"]
    assert pair.said[-2:] == [b"\x06050\r\n", b"\x021.8.0(000123.4*kWh)\r\n0.9.1(120000)\r\n!\r\n\x03"]
    (completed,) = pair.run(ReadRegister("0.9.1"))
    assert completed.result == (DataSet("0.9.1", (DataValue("120000"),)),)
    assert isinstance(pair.run(ReadOut())[0], Completed)
    assert b"\x01B0\x03" in pair.said


def test_a_refusal_leaves_the_dialogue_open():
    pair = Pair()
    pair.open()
    (failed,) = pair.run(ReadRegister("9.9.9"))
    assert isinstance(failed.error, DataAccessError)
    assert (failed.error.result, failed.error.what) == ("ER04", "R5 9.9.9")
    (failed,) = pair.run(WriteRegister("1.8.0", "0"))
    assert failed.error.result == "ER03"
    said = len(pair.said)
    assert isinstance(pair.run(ReadRegister("1.8.0"))[0], Completed)
    assert len(pair.said) == said + 2


def test_a_wrong_password():
    pair = Pair(password=b"wrong")
    (failed,) = pair.open()
    assert isinstance(failed.error, AssociationError)
    assert failed.operation is None
    assert "wrong" not in str(failed.error)
    assert pair.said[-1] == b"\x01B0\x03"


def test_no_password_is_known():
    pair = Pair(password=None)
    (failed,) = pair.open()
    assert isinstance(failed.error, KeyUnavailable)


def test_without_password_a_meter_answers_only_where_it_may():
    pair = Pair(password_command=None)
    pair.open()
    (failed,) = pair.run(ReadRegister("1.8.0"))
    assert failed.error.result == "ER97"
    registers = Registers()
    free = Iec21MeterSession(registers, Identification("ZZC", "5", "C1"), needs_password=False)
    pair = Pair(password_command=None, meter=free)
    pair.open()
    assert isinstance(pair.run(ReadRegister("1.8.0"))[0], Completed)


def alone(**settings):
    session = Iec21ClientSession(Iec21DialogueSettings(**{"mode": "read-out", **settings}))
    session.open(0.0)
    assert session.next_event() == Opened()
    return session


def asking(operation, *answers, **settings):
    """A client that has begun `operation` and been told `answers` so far; its last event."""
    session = alone(**settings)
    session.start(operation, 0.0)
    for answer in answers:
        session.messages_to_send()
        session.receive(answer, 0.0)
    event = None
    while (later := session.next_event()) is not None:
        event = later
    return session, event


READ = ReadRegister("1.8.0", command="R1")
SIGNED_ON = (IDENTIFICATION, b"\x01P0\x02()\x03")


def test_an_address_that_the_meter_leaves_out_is_the_one_asked_for():
    _, event = asking(READ, *SIGNED_ON, b"\x02(0001*kWh)\x03")
    assert event.result == (DataSet("1.8.0", (DataValue("0001", "kWh"),)),)


def test_partial_blocks_are_joined():
    session, event = asking(ReadOut(), IDENTIFICATION, b"\x021.8.0(1)\r\n\x04")
    assert event == Progressed(ReadOut(), 1, 10)
    assert session.messages_to_send() == [b"\x06"]
    session.receive(b"\x022.8.0(2)\r\n!\r\n\x03", 0.0)
    assert [item.address for item in session.next_event().result] == ["1.8.0", "2.8.0"]


@pytest.mark.parametrize(
    ("operation", "answers", "error"),
    [
        (READ, [b"\x06051\r\n"], RemoteProtocolError),
        (READ, [b"/EMHCeHZ\r\n"], RemoteProtocolError),
        (READ, [IDENTIFICATION, b"\x06"], RemoteProtocolError),
        (READ, [*SIGNED_ON, b"\x06"], DataAccessError),
        (READ, [*SIGNED_ON, b"\x15"], DataAccessError),
        (READ, [*SIGNED_ON, b"\x01B0\x03"], RemoteProtocolError),
        (READ, [*SIGNED_ON, b"\x02(ER)\x03"], DataAccessError),
        (WriteRegister("1", "2"), [*SIGNED_ON, b"\x02(1)\x03"], RemoteProtocolError),
        (ReadOut(), [IDENTIFICATION, b"\x06"], RemoteProtocolError),
        (ReadOut(), [IDENTIFICATION, b"\x02" + b"(" * 20 + b"\x03"], Exception),
    ],
)
def test_wrong_answers_fail_the_operation_and_the_next_one_can_begin(operation, answers, error):
    session, event = asking(operation, *answers)
    assert isinstance(event, Failed)
    assert isinstance(event.error, error)
    assert event.operation == operation
    session.start(operation, 0.0)
    assert session.messages_to_send()


def test_limits_on_partial_blocks():
    answers = [IDENTIFICATION, *[b"\x021.8.0(1)\r\n\x04"] * 3]
    for limits in (Limits(blocks=2), Limits(transfer_octets=25)):
        _, event = asking(ReadOut(), *answers, limits=limits)
        assert isinstance(event.error, LimitError)


def test_silence_repeats_the_sign_on_then_fails():
    session = alone()
    session.start(READ, 0.0)
    requests = session.messages_to_send()
    while session.next_deadline() is not None:
        session.handle_timeout(session.next_deadline())
        requests += session.messages_to_send()
    assert requests == [b"/?!\r\n"] * 3
    failed = session.next_event()
    assert isinstance(failed.error, TransportTimeout)
    assert failed.operation == READ


def test_silence_after_a_command_fails_at_once_and_late_answers_are_ignored():
    session, event = asking(READ, *SIGNED_ON)
    assert event is None
    session.handle_timeout(session.next_deadline())
    assert isinstance(session.next_event().error, TransportTimeout)
    session.receive(b"\x02(late)\x03", 9.0)
    assert isinstance(session.next_event(), Ignored)


def test_a_rate_of_ones_own():
    session, _ = asking(READ, IDENTIFICATION, rate="0")
    assert session.messages_to_send() == [b"\x06001\r\n"]


def test_one_operation_at_a_time():
    session = Iec21ClientSession()
    with pytest.raises(LocalProtocolError):
        session.start(READ, 0.0)
    session = alone()
    with pytest.raises(LocalProtocolError):
        session.open(0.0)
    session.start(READ, 0.0)
    with pytest.raises(LocalProtocolError):
        session.start(READ, 0.0)
    with pytest.raises(LocalProtocolError):
        session.provide(KeysProvided(None), 0.0)


def meter_says(*messages, **options):
    meter = Iec21MeterSession(Registers(), Identification("ZZC", "5", "C1"), address="77", **options)
    for message in messages:
        meter.messages_to_send()
        meter.receive(message, 0.0)
    return meter.messages_to_send()


SELECT = (b"/?!\r\n", b"\x06051\r\n")
LOGIN = (*SELECT, b"\x01P1\x02(1234)\x03")


@pytest.mark.parametrize(
    ("messages", "answer"),
    [
        ([b"/?78!\r\n"], []),
        ([b"/?0077!\r\n"], [IDENTIFICATION]),
        ([b"\x06050\r\n"], []),
        ([b"garbage"], []),
        ([*SELECT, b"\x01R5\x021.8.0()\x03"], [b"\x02(ER97)\x03"]),
        ([*SELECT, b"\x01P1\x02(0)\x03"], [b"\x02(ER98)\x03"]),
        ([*SELECT, *[b"\x01P1\x02(0)\x03"] * 3], [b"\x01B0\x03"]),
        ([*LOGIN, b"\x01Z9\x021.8.0()\x03"], [b"\x15"]),
        ([*LOGIN, b"\x01R5\x021.8.0\x03"], [b"\x15"]),
        ([*LOGIN, b"\x01R5\x021.8.0()2.8.0()\x03"], [b"\x15"]),
        ([*LOGIN, b"\x01R5\x03"], [b"\x15"]),
        ([*LOGIN, b"\x01"], [b"\x15"]),
    ],
)
def test_meter_answers(messages, answer):
    assert meter_says(*messages) == answer


def test_meter_ends_a_silent_dialogue():
    meter = Iec21MeterSession(Registers(), Identification("ZZC", "5", "C1"), inactivity_timeout=60.0)
    for message in LOGIN:
        meter.receive(message, 0.0)
    assert isinstance(meter.next_event(), Opened)
    meter.handle_timeout(meter.next_deadline())
    assert meter.next_event() == Closed()
    meter.messages_to_send()
    meter.receive(b"\x01R5\x021.8.0()\x03", 61.0)
    assert meter.messages_to_send() == []


def test_operand_of_the_challenge():
    (message,) = meter_says(*SELECT, operand="4711")
    assert decode(message) == Command("P0", "(4711)")


def test_error_texts_do_not_repeat_data_messages_at_length():
    session, event = asking(ReadRegister("1.8.0"), *SIGNED_ON, DataMessage("(ER" + "x" * 500 + ")").to_bytes())
    assert len(str(event.error)) < 600
    assert session.next_deadline() is None
