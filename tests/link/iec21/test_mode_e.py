"""Mode E: sign-on as a recorded dialogue shows it, then HDLC."""

import pytest

from dlmskit.link.base import Connected, Disconnected, Drain, FrameDropped, Received, SetLine
from dlmskit.link.hdlc import Control, FrameKind, FrameReader, HdlcAddress, HdlcClientLink, HdlcFrame
from dlmskit.link.iec21 import Identification, ModeELink
from link.channel import events_of

# Recorded between two other stacks: identification without the \2 mark, the option select message echoed.
IDENTIFICATION, SELECT = b"/GRX512345678\r\n", b"\x06252\r\n"
UA = HdlcFrame(HdlcAddress(16), HdlcAddress(1), Control(FrameKind.UA)).to_bytes()


def opened(**options):
    link = ModeELink(HdlcClientLink(16, HdlcAddress(1)), **options)
    link.open(0.0)
    assert link.data_to_send() == b""
    assert events_of(link) == [SetLine(300, "7E1")]
    assert link.data_to_send() == b"/?!\r\n"
    return link


def selected(link):
    link.receive_data(IDENTIFICATION, 1.0)
    assert link.data_to_send() == SELECT
    assert events_of(link) == [Drain(), SetLine(9600, "8N1")]


@pytest.mark.parametrize("acknowledgement", [b"", SELECT, b"\x86\x32\x35\xb2\x8d\x0a"])
def test_sign_on_then_hdlc(acknowledgement):
    link = opened()
    selected(link)
    link.receive_data(acknowledgement, 1.1)
    events_of(link)
    link.handle_timeout(link.next_deadline())
    (snrm,) = FrameReader().feed(link.data_to_send())
    assert snrm.control.kind is FrameKind.SNRM
    link.receive_data(UA, 2.0)
    assert events_of(link) == [Connected()]
    assert link.identification == Identification("GRX", "5", "12345678")
    link.send(b"question", 2.0)
    assert FrameReader().feed(link.data_to_send())
    answer = HdlcFrame(HdlcAddress(16), HdlcAddress(1), Control(FrameKind.I, True, 0, 1), b"\xe6\xe7\x00\xc4")
    link.receive_data(answer.to_bytes(), 2.0)
    assert events_of(link) == [Received(b"\xc4", 1, 16)]
    link.close(3.0)
    link.receive_data(UA, 3.0)
    assert events_of(link) == [Disconnected("closed", clean=True)]


def test_an_echoing_head_does_not_disturb():
    link = opened()
    link.receive_data(b"/?!\r\n" + IDENTIFICATION, 1.0)
    assert link.data_to_send() == SELECT


def test_silence_is_asked_again_and_then_reported():
    link = opened()
    for _ in range(2):
        link.handle_timeout(link.next_deadline())
        assert link.data_to_send() == b"/?!\r\n"
    link.handle_timeout(link.next_deadline())
    assert events_of(link) == [Disconnected("no identification from the meter")]


def test_only_our_own_octets_came_back():
    link = opened()
    while link.next_deadline() is not None:
        link.receive_data(b"/?!\r\n", 0.0)
        link.handle_timeout(link.next_deadline())
    assert "only our own octets" in events_of(link)[-1].reason


def test_a_rate_of_ones_own_and_a_device_address():
    link = ModeELink(HdlcClientLink(16, HdlcAddress(1)), address="123", rate="0")
    link.open(0.0)
    events_of(link)
    assert link.data_to_send() == b"/?123!\r\n"
    link.receive_data(IDENTIFICATION, 0.0)
    assert link.data_to_send() == b"\x06202\r\n"
    assert events_of(link) == [Drain(), SetLine(300, "8N1")]


def test_a_meter_of_another_mode_is_named():
    link = opened()
    link.receive_data(b"/EMHCeHZ\r\n", 0.0)
    assert "mode E is not possible" in events_of(link)[-1].reason


def test_what_is_no_identification_is_dropped():
    link = opened()
    link.receive_data(b"/IS9X\r\n\x02(1)\x03\x1b", 0.0)
    assert [type(event) for event in events_of(link)] == [FrameDropped]
    link.close(1.0)
    assert events_of(link)[-1].clean
