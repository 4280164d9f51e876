"""The link: wake-up octets, echoes, other directions, time."""

from __future__ import annotations

import pytest

from dlmskit.exceptions import LocalProtocolError
from dlmskit.link.base import Connected, Disconnected, FrameDropped, Received, SetLine
from dlmskit.link.dlt645 import Dlt645Frame, Dlt645Link
from link.channel import events_of

ADDRESS = bytes.fromhex("121078563412")
ASK = Dlt645Frame(ADDRESS, 0x11, bytes(4))
ANSWER = Dlt645Frame(ADDRESS, 0x91, bytes(8))


def test_the_line_is_set_and_the_meter_woken() -> None:
    link = Dlt645Link(baud=2400)
    with pytest.raises(LocalProtocolError):
        link.send(ASK.message, 0.0)
    link.open(0.0)
    assert events_of(link) == [SetLine(2400, "8E1"), Connected()]
    link.send(ASK.message, 0.0)
    assert link.data_to_send() == b"\xfe\xfe\xfe\xfe" + ASK.to_bytes()
    link.close(0.0)
    assert events_of(link) == [Disconnected("closed", clean=True)]


@pytest.mark.parametrize(("role", "ours", "theirs"), [("client", ASK, ANSWER), ("meter", ANSWER, ASK)])
def test_what_goes_our_own_way_is_an_echo(role: str, ours: Dlt645Frame, theirs: Dlt645Frame) -> None:
    link = Dlt645Link(role)  # type: ignore[arg-type]
    link.open(0.0)
    link.receive_data(b"\xfe\xfe" + ours.to_bytes() + theirs.to_bytes(), 0.0)
    _, dropped, received = events_of(link)
    assert isinstance(dropped, FrameDropped)
    assert dropped.octets == len(ours.to_bytes())
    assert received == Received(theirs.message)


def test_a_broken_frame_is_given_up() -> None:
    link = Dlt645Link()
    link.open(0.0)
    link.receive_data(ANSWER.to_bytes()[:9], 1.0)
    assert link.next_deadline() == 1.5
    link.handle_timeout(1.5)
    assert events_of(link)[-1] == FrameDropped("a DL/T 645 frame was broken off", 9)
    link.receive_data(ANSWER.to_bytes(), 2.0)
    assert events_of(link) == [Received(ANSWER.message)]
    assert link.next_deadline() is None
