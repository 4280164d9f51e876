"""Mode E from both ends: in memory with a clock of the test's own, and over a pseudo-terminal by `optical://`."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.client import connect
from dlmskit.exceptions import EncodeError
from dlmskit.link.base import Connected, Disconnected, Drain, FrameDropped, LinkEvent, Received, SetLine
from dlmskit.link.hdlc import HdlcAddress, HdlcClientLink, HdlcServerLink
from dlmskit.link.iec21 import Identification, ModeELink, ModeEMeterLink
from dlmskit.model import registry
from dlmskit.model.device import Connection, Iec21Settings
from dlmskit.obis import Obis
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.stack.build import mode_e_meter_link
from dlmskit.stack.meter import MeterStack
from dlmskit.vmeter.host import MeterHost
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.port import MeterPort
from link.channel import Channel, events_of

ME = Identification("ZZE", "5", "METER", "2")


def meter(**options: object) -> ModeEMeterLink:
    return ModeEMeterLink(HdlcServerLink(HdlcAddress(1)), ME, **options)  # type: ignore[arg-type]


def seen(events: list[LinkEvent]) -> list[LinkEvent]:
    return [event for event in events if not isinstance(event, SetLine | Drain | FrameDropped)]


@pytest.mark.parametrize("confirms", [True, False])
def test_sign_on_association_and_the_way_back(confirms: bool) -> None:
    line = Channel(ModeELink(HdlcClientLink(16, HdlcAddress(1))), meter(confirms=confirms), answer=bytes.upper)
    for _ in range(2):
        line.client_events.clear()
        line.meter_events.clear()
        line.open()
        line.run(5)
        line.client.send(b"question", line.now)
        line.run(5)
        line.client.close(line.now)
        line.run(5)
        assert seen(line.client_events) == [
            Connected(),
            Received(b"QUESTION", 1, 16),
            Disconnected("closed", clean=True),
        ]
        assert seen(line.meter_events) == [
            Connected(),
            Received(b"question", 16, 1),
            Disconnected("the client disconnected", clean=True),
        ]
        lines = [event for event in line.meter_events if isinstance(event, SetLine)]
        assert lines[-2:] == [SetLine(9600, "8N1"), SetLine(300, "7E1")]


def test_a_recorded_dialogue_between_two_other_stacks_is_answered_octet_by_octet() -> None:
    """Client Gurux.DLMS.Python, meter GuruxDLMS.c: our meter says what that meter said."""
    dialogue = [
        ("2f3f210d0a", "2f4752583531323334353637380d0a"),
        ("063235320d0a", "063235320d0a"),
        ("7ea007032393bf327e", "7ea01e2303737bcf818012050180060180070400000001080400000001533b7e"),
    ]
    connection = Connection(link="hdlc", iec21=Iec21Settings(identification="12345678"))
    link = mode_e_meter_link(connection, Identification("GRX", "5", "12345678"))
    link.open(0.0)
    events_of(link)
    for asked, answered in dialogue:
        link.receive_data(bytes.fromhex(asked), 0.0)
        assert link.data_to_send().hex() == answered
        events_of(link)


def test_octets_and_line_requests_go_in_order() -> None:
    link = meter(address="0077")
    link.open(0.0)
    assert events_of(link) == [SetLine(300, "7E1")]
    link.receive_data(b"/?77!\r\n", 0.0)
    assert link.data_to_send() == b"/ZZE5\\2METER\r\n"
    link.receive_data(b"\x06242\r\n", 0.0)
    assert link.next_event() is None
    assert link.data_to_send() == b"\x06242\r\n"
    assert events_of(link) == [Drain(), SetLine(4800, "8N1")]


@pytest.mark.parametrize(
    "octets", [b"/?78!\r\n", b"\x06262\r\n", b"\x06051\r\n", b"\x0627", b"\x01B0\x03q", b"\x7e\xa0"]
)
def test_what_is_no_sign_on_for_this_meter_is_not_answered(octets: bytes) -> None:
    link = meter(address="77")
    link.open(0.0)
    link.receive_data(octets, 0.0)
    assert link.data_to_send() == b""
    assert SetLine(9600, "8N1") not in events_of(link)


def test_a_client_that_never_connects_is_given_up() -> None:
    link = meter(idle_time=10)
    link.open(0.0)
    events_of(link)
    link.receive_data(b"/?!\r\n\x06252\r\n", 0.0)
    assert link.data_to_send() == b"/ZZE5\\2METER\r\n\x06252\r\n"
    events_of(link)
    assert link.next_deadline() == 10.0
    link.handle_timeout(10.0)
    assert events_of(link) == [Drain(), SetLine(300, "7E1")]
    link.receive_data(b"/?!\r\n", 11.0)
    assert link.data_to_send() == b"/ZZE5\\2METER\r\n"


def test_parity_that_comes_in_eight_bits_is_masked_and_given_back() -> None:
    link = meter()
    link.open(0.0)
    events_of(link)
    link.receive_data(bytes(octet | (octet.bit_count() & 1) << 7 for octet in b"/?!\r\n"), 0.0)
    answer = link.data_to_send()
    assert bytes(octet & 0x7F for octet in answer) == b"/ZZE5\\2METER\r\n"
    assert all(octet.bit_count() % 2 == 0 for octet in answer)


def test_mode_e_needs_a_rate() -> None:
    with pytest.raises(EncodeError):
        ModeEMeterLink(HdlcServerLink(HdlcAddress(1)), Identification("ZZE", "C", "METER"))


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_noise_never_raises_and_the_next_sign_on_is_heard(pieces: list[bytes]) -> None:
    link = meter()
    link.open(0.0)
    for piece in pieces:
        link.receive_data(piece, 0.0)
        link.data_to_send()
        events_of(link)
    while (deadline := link.next_deadline()) is not None:
        link.handle_timeout(deadline)
        events_of(link)
    link.receive_data(b"\r\n\x03\x03/?!\r\n", 500.0)
    events_of(link)
    assert b"ZZE" in bytes(octet & 0x7F for octet in link.data_to_send())


def test_a_whole_association_over_a_pseudo_terminal() -> None:
    virtual = VirtualMeter(registry.load("generic"), start=datetime(2026, 11, 22, tzinfo=UTC))

    def line() -> MeterPort:
        session = CosemServerSession(virtual, os.urandom, guard=virtual.guard)
        return MeterPort(virtual, MeterStack(meter(), session), keeper=virtual)

    host = MeterHost(line)
    path = host.open_pty()
    clock = Obis(0, 0, 1, 0, 0)
    with host, connect(f"optical://{path}", timeout=5) as client:
        assert client.get(8, clock, 1).value == clock.to_bytes()
