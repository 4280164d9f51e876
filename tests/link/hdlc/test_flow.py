"""Flow control (RNR), rejection (FRMR), what is refused (REJ), all-station addresses and the inactivity time-out."""

from __future__ import annotations

import pytest

from dlmskit.codec.fcs import fcs16
from dlmskit.exceptions import FrameError, LocalProtocolError
from dlmskit.link.base import Connected, Disconnected, FrameDropped, Received
from dlmskit.link.hdlc import (
    Control,
    FrameKind,
    FrameReader,
    HdlcAddress,
    HdlcClientLink,
    HdlcFrame,
    HdlcParameters,
    HdlcServerLink,
)
from dlmskit.link.hdlc.reject import INVALID_RECEIVE_SEQUENCE, UNKNOWN_CONTROL, FrameReject
from link.channel import Channel, events_of

METER, CLIENT = HdlcAddress(1, 17), HdlcAddress(16)
REJ = 0x19


def frames(data: bytes) -> list[HdlcFrame]:
    return [item for item in FrameReader().feed(data) if isinstance(item, HdlcFrame)]


def kinds(data: bytes) -> list[str]:
    return [frame.control.kind.value for frame in frames(data)]


def to_meter(kind: FrameKind, *, send: int = 0, receive: int = 0, information: bytes = b"", poll: bool = True) -> bytes:
    control = Control(kind, poll, send if kind is FrameKind.I else None, receive)
    return HdlcFrame(METER, CLIENT, control, information).to_bytes()


def with_control(octet: int, destination: HdlcAddress = METER, source: HdlcAddress = CLIENT) -> bytes:
    """A good frame without information whose control octet is `octet`."""
    addresses = destination.to_bytes() + source.to_bytes()
    body = bytes([0xA0, len(addresses) + 5]) + addresses + bytes([octet])
    return b"\x7e" + body + fcs16(body).to_bytes(2, "little") + b"\x7e"


def connected(**parameters: float) -> HdlcServerLink:
    meter = HdlcServerLink(METER, HdlcParameters(**parameters))  # type: ignore[arg-type]
    meter.open(0.0)
    meter.receive_data(to_meter(FrameKind.SNRM), 0.0)
    assert kinds(meter.data_to_send()) == ["UA"]
    assert events_of(meter) == [Connected()]
    return meter


# Polling


def test_what_is_due_is_polled_for_as_soon_as_the_turn_is_back() -> None:
    meter, client = connected(), HdlcClientLink(16, METER)
    client.open(0.0)
    meter.receive_data(client.data_to_send(), 0.0)
    client.receive_data(meter.data_to_send(), 0.0)
    client.send(b"question", 0.0)
    meter.receive_data(client.data_to_send(), 0.0)
    for part in (b"first part", b"second part"):
        meter.send(part, 0.0)
    for part in (b"first part", b"second part"):
        client.receive_data(meter.data_to_send(), 0.0)
        assert [event.octets for event in events_of(client) if isinstance(event, Received)] == [part]
        assert client.data_to_send() == b""
        client.expect(0.0)
        poll = client.data_to_send()
        assert kinds(poll) == ["RR"]
        client.expect(0.0)
        assert client.data_to_send() == b"", "one poll for one turn"
        meter.receive_data(poll, 0.0)


# RNR


def test_a_meter_on_hold_answers_rnr_and_takes_the_frame_afterwards() -> None:
    meter = connected()
    question = to_meter(FrameKind.I, information=b"\xe6\xe6\x00ask")
    meter.hold()
    meter.receive_data(question, 1.0)
    assert [(f.control.kind, f.control.receive_sequence) for f in frames(meter.data_to_send())] == [(FrameKind.RNR, 0)]
    meter.receive_data(to_meter(FrameKind.RR), 2.0)
    assert kinds(meter.data_to_send()) == ["RNR"]
    assert not [event for event in events_of(meter) if isinstance(event, Received)]
    meter.resume(3.0)
    meter.receive_data(question, 3.0)
    assert events_of(meter) == [Received(b"ask", 16, 1)]


def test_a_client_keeps_its_question_until_the_meter_is_ready() -> None:
    line = Channel(HdlcClientLink(16, METER), HdlcServerLink(METER), answer=bytes.upper)
    line.open()
    line.meter.hold()  # type: ignore[attr-defined]
    line.client.send(b"question", line.now)
    line.run(10)
    assert line.received() == []
    line.meter.resume(line.now)  # type: ignore[attr-defined]
    line.run(10)
    assert line.received() == [b"QUESTION"]
    assert not [event for event in line.client_events if isinstance(event, Disconnected)]


def test_a_meter_that_is_never_ready_ends_the_link() -> None:
    line = Channel(HdlcClientLink(16, METER, HdlcParameters(busy_timeout=5)), HdlcServerLink(METER))
    line.open()
    line.meter.hold()  # type: ignore[attr-defined]
    line.client.send(b"question", line.now)
    line.run(4.9)
    assert line.client_events == [Connected()]
    line.run(1)
    assert line.client_events[-1] == Disconnected("the meter was not ready to receive (RNR) for 5 s")


def test_a_client_on_hold_keeps_the_meter_from_sending() -> None:
    line = Channel(HdlcClientLink(16, METER), HdlcServerLink(METER), answer=bytes.upper)
    line.open()
    line.client.hold()  # type: ignore[attr-defined]
    line.client.send(b"question", line.now)
    line.run(5)
    assert line.received() == []
    line.client.resume(line.now)  # type: ignore[attr-defined]
    line.run(5)
    assert line.received() == [b"QUESTION"]


# FRMR and REJ


def test_frmr_says_what_was_rejected_and_why() -> None:
    reject = FrameReject(0xB1, 3, 5, INVALID_RECEIVE_SEQUENCE)
    assert reject.to_bytes() == bytes.fromhex("b1a608")
    assert FrameReject.from_bytes(reject.to_bytes()) == reject
    assert str(reject) == "RR frame: invalid N(R)"
    assert str(FrameReject(REJ, 0, 0, UNKNOWN_CONTROL)) == "frame with control octet 19: unknown control octet"
    for information in (b"", b"\xb1\xa6", b"\xb1\xa6\x08\x00"):
        with pytest.raises(FrameError):
            FrameReject.from_bytes(information)


def test_a_received_rej_is_refused_with_frmr() -> None:
    meter = connected()
    meter.receive_data(with_control(REJ), 1.0)
    (frmr,) = frames(meter.data_to_send())
    assert frmr.control.kind is FrameKind.FRMR
    assert FrameReject.from_bytes(frmr.information) == FrameReject(REJ, 0, 0, UNKNOWN_CONTROL)
    dropped, down = events_of(meter)
    assert isinstance(dropped, FrameDropped)
    assert "REJ is not part of this profile" in dropped.reason
    assert isinstance(down, Disconnected)


def test_a_rejecting_meter_repeats_frmr_until_it_is_connected_anew() -> None:
    meter = connected()
    meter.receive_data(with_control(REJ), 1.0)
    first = meter.data_to_send()
    meter.receive_data(to_meter(FrameKind.RR), 2.0)
    assert meter.data_to_send() == first
    other = HdlcFrame(METER, HdlcAddress(32), Control(FrameKind.RR, True, None, 0)).to_bytes()
    meter.receive_data(other, 2.0)
    assert kinds(meter.data_to_send()) == ["DM"]
    meter.receive_data(to_meter(FrameKind.SNRM), 3.0)
    assert kinds(meter.data_to_send()) == ["UA"]
    meter.receive_data(to_meter(FrameKind.RR), 4.0)
    assert kinds(meter.data_to_send()) == ["RR"]


def test_disc_ends_a_rejection_too() -> None:
    meter = connected()
    meter.receive_data(with_control(REJ), 1.0)
    meter.data_to_send()
    meter.receive_data(to_meter(FrameKind.DISC), 2.0)
    assert kinds(meter.data_to_send()) == ["UA"]
    meter.receive_data(to_meter(FrameKind.RR), 3.0)
    assert kinds(meter.data_to_send()) == ["DM"]


def test_a_foreign_rej_changes_nothing() -> None:
    meter = connected()
    meter.receive_data(with_control(REJ, source=HdlcAddress(32)), 1.0)
    meter.receive_data(with_control(REJ, destination=HdlcAddress(5, 17)), 1.0)
    assert meter.data_to_send() == b""
    assert not [event for event in events_of(meter) if isinstance(event, Disconnected)]


def test_a_client_drops_rej_and_asks_again() -> None:
    client = HdlcClientLink(16, METER)
    client.open(0.0)
    client.receive_data(HdlcFrame(CLIENT, METER, Control(FrameKind.UA)).to_bytes(), 0.0)
    client.send(b"question", 0.0)
    client.data_to_send()
    client.receive_data(with_control(REJ, CLIENT, METER), 1.0)
    assert client.data_to_send() == b""
    assert isinstance(events_of(client)[-1], FrameDropped)
    client.handle_timeout(3.0)
    assert kinds(client.data_to_send()) == ["RR"]


def test_a_client_that_is_rejected_says_why_and_disconnects() -> None:
    client = HdlcClientLink(16, METER)
    client.open(0.0)
    client.receive_data(HdlcFrame(CLIENT, METER, Control(FrameKind.UA)).to_bytes(), 0.0)
    client.send(b"question", 0.0)
    client.data_to_send()
    rejection = FrameReject(0x10, 0, 0, UNKNOWN_CONTROL).to_bytes()
    client.receive_data(HdlcFrame(CLIENT, METER, Control(FrameKind.FRMR), rejection).to_bytes(), 1.0)
    assert kinds(client.data_to_send()) == ["DISC"]
    reason = "the meter rejected a frame (FRMR): I frame: unknown control octet"
    assert events_of(client)[-1] == Disconnected(reason)


# All stations


@pytest.mark.parametrize("octets", [1, 2, 4])
def test_what_goes_to_all_stations_is_taken_and_not_answered(octets: int) -> None:
    line = Channel(HdlcClientLink(16, METER), HdlcServerLink(METER))
    line.open()
    message = bytes(range(200))
    line.client.broadcast(message, line.now, octets)  # type: ignore[attr-defined]
    line.run(5)
    assert line.meter_events == [Connected(), Received(message, 16, HdlcAddress.all_station(octets).upper, True)]
    assert line.client_events == [Connected()]


def test_other_frames_to_all_stations_and_frames_to_no_station_are_dropped() -> None:
    meter = HdlcServerLink(HdlcAddress(1))
    meter.open(0.0)
    for destination in (HdlcAddress.all_station(), HdlcAddress.all_station(4), HdlcAddress(0)):
        meter.receive_data(HdlcFrame(destination, CLIENT, Control(FrameKind.SNRM)).to_bytes(), 0.0)
    assert meter.data_to_send() == b""
    assert all(isinstance(event, FrameDropped) for event in events_of(meter))


def test_a_client_does_not_speak_to_all_while_an_answer_is_awaited() -> None:
    line = Channel(HdlcClientLink(16, METER), HdlcServerLink(METER))
    line.open()
    line.client.send(b"question", line.now)
    with pytest.raises(LocalProtocolError):
        line.client.broadcast(b"all", line.now)  # type: ignore[attr-defined]


# Inactivity


def test_noise_does_not_keep_a_link_alive() -> None:
    meter = connected(inactivity_timeout=10)
    meter.receive_data(b"\x00" * 20 + to_meter(FrameKind.RR)[:-1] + b"\x00\x7e", 9.0)
    assert meter.next_deadline() == 10.0
    meter.receive_data(to_meter(FrameKind.RR), 9.5)
    assert meter.next_deadline() == 19.5
    meter.handle_timeout(19.5)
    assert events_of(meter)[-1] == Disconnected("the client has been silent too long")
    meter.receive_data(to_meter(FrameKind.RR), 20.0)
    assert kinds(meter.data_to_send())[-1] == "DM"
