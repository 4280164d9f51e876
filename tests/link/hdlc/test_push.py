"""Pushes in UI frames, among them real ones in several segments."""

import json
from pathlib import Path

import pytest

from dlmskit.exceptions import LocalProtocolError
from dlmskit.limits import Limits
from dlmskit.link.base import Connected, Disconnected, FrameDropped, Received
from dlmskit.link.hdlc import Control, FrameKind, HdlcAddress, HdlcFrame, HdlcPushLink
from link.channel import events_of

VECTORS = Path(__file__).parents[2] / "vectors" / "hdlc-frame.jsonl"
SEGMENTED = [
    (vector["hex"], vector["expected"]["frames"])
    for vector in map(json.loads, VECTORS.read_text("ascii").splitlines())
    if any(frame["segmented"] for frame in vector["expected"].get("frames", ()))
    and not vector["expected"]["frames"][-1]["segmented"]
    and vector["expected"]["frames"][0].get("llc")
]


def listening(**options):
    link = HdlcPushLink(**options)
    link.open(0.0)
    assert events_of(link) == [Connected()]
    return link


def ui(information, *, segmented=False, source=1):
    return HdlcFrame(HdlcAddress(103), HdlcAddress(source), Control(FrameKind.UI), information, segmented).to_bytes()


@pytest.mark.parametrize(("octets", "frames"), SEGMENTED)
def test_real_segmented_pushes_become_one_message(octets, frames):
    link = listening()
    for octet in bytes.fromhex(octets):
        link.receive_data(bytes([octet]), 0.0)
    (received,) = events_of(link)
    assert received.octets.hex() == "".join(frame["info"] for frame in frames)[6:]
    assert received.unsolicited
    assert (received.source, received.destination) == (frames[0]["src"]["upper"], frames[0]["dest"]["upper"])


def test_there_are_real_segmented_pushes():
    assert SEGMENTED


def test_blocks_without_llc_are_taken_as_they_are():
    link = listening()
    link.receive_data(ui(b"\xe6\xe7\x00\xe0\x40") + ui(b"\xe0\xc0\x00\x02"), 0.0)
    assert [event.octets for event in events_of(link)] == [b"\xe0\x40", b"\xe0\xc0\x00\x02"]


def test_a_tail_that_comes_late_still_counts_and_one_that_does_not_come_is_dropped():
    link = listening()
    link.receive_data(ui(b"\xe6\xe7\x00\x0f", segmented=True), 0.0)
    assert link.next_deadline() == 4.0
    link.receive_data(ui(b"\x01"), 3.9)
    assert [event.octets for event in events_of(link)] == [b"\x0f\x01"]
    link.receive_data(ui(b"\xe6\xe7\x00\x0f", segmented=True), 10.0)
    link.handle_timeout(14.0)
    assert events_of(link) == [FrameDropped("the rest of a segmented push did not come", 4)]
    assert link.next_deadline() is None


def test_segments_of_two_meters_are_not_joined():
    link = listening()
    link.receive_data(ui(b"\xe6\xe7\x00\x0f", segmented=True) + ui(b"\x01", source=2), 0.0)
    dropped, received = events_of(link)
    assert isinstance(dropped, FrameDropped)
    assert received.octets == b"\x01"


def test_a_frame_that_is_broken_off_does_not_hide_the_next():
    link = listening()
    whole = ui(b"\xe6\xe7\x00\x0f" + bytes(50))
    link.receive_data(whole[:30], 0.0)
    link.handle_timeout(link.next_deadline())
    link.receive_data(whole, 5.0)
    assert [type(event) for event in events_of(link)] == [FrameDropped, Received]


def test_limit_on_a_push_is_named():
    link = listening(limits=Limits(apdu_octets=100))
    link.receive_data(ui(bytes(60), segmented=True) + ui(bytes(60)), 0.0)
    (dropped,) = events_of(link)
    assert "apdu_octets" in dropped.reason
    link.receive_data(ui(b"\xe6\xe7\x00next"), 0.0)
    (received,) = events_of(link)
    assert received.octets == b"next"


def test_it_never_sends_and_drops_other_frames():
    link = listening()
    with pytest.raises(LocalProtocolError):
        link.send(b"x", 0.0)
    link.receive_data(HdlcFrame(HdlcAddress(1), HdlcAddress(16), Control(FrameKind.SNRM)).to_bytes(), 0.0)
    assert isinstance(events_of(link)[0], FrameDropped)
    link.close(0.0)
    assert events_of(link) == [Disconnected("closed", clean=True)]
    assert link.data_to_send() == b""
