"""Client and meter on one line, in memory, with a clock of the test's own."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmskit.exceptions import LocalProtocolError
from dlmskit.limits import Limits
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
from link.channel import Channel, events_of

METER = HdlcAddress(1, 17)


def line_of(client=None, server=None, address=METER, meter=METER, answer=lambda message: message[::-1], **options):
    return Channel(
        HdlcClientLink(16, address, client),
        HdlcServerLink(meter, server or HdlcParameters(inactivity_timeout=0)),
        answer=answer,
        **options,
    )


def kinds(data):
    return [frame.control.kind.value for frame in FrameReader().feed(data)]


def test_connect_ask_answer_disconnect():
    line = line_of()
    line.open()
    line.client.send(b"question", line.now)
    line.run(1)
    line.client.close(line.now)
    line.run(1)
    assert line.client_events == [
        Connected(),
        Received(b"noitseuq", 1, 16),
        Disconnected("closed", clean=True),
    ]
    assert line.meter_events == [
        Connected(),
        Received(b"question", 16, 1),
        Disconnected("the client disconnected", clean=True),
    ]


@pytest.mark.parametrize("address", [HdlcAddress(1), HdlcAddress(1, 17), HdlcAddress(1, 17, 4), HdlcAddress(1, 99, 4)])
def test_meter_answers_every_address_length_in_kind(address):
    line = line_of(address=address, meter=HdlcAddress(1))
    line.open()
    assert line.client_events == [Connected()]


def test_both_ends_agree_from_four_different_numbers():
    line = line_of(
        HdlcParameters(max_info_tx=1000, max_info_rx=900, window_tx=7, window_rx=6),
        HdlcParameters(max_info_tx=500, max_info_rx=600, window_tx=5, window_rx=4),
    )
    line.open()
    client, meter = line.client.negotiated, line.meter.negotiated
    assert (client.max_info_tx, client.max_info_rx, client.window_tx, client.window_rx) == (600, 500, 4, 5)
    assert (meter.max_info_tx, meter.max_info_rx, meter.window_tx, meter.window_rx) == (500, 600, 5, 4)


def test_snrm_with_default_numbers_states_none_and_others_are_stated():
    for parameters, information in ((HdlcParameters(), b""), (HdlcParameters(window_rx=2), b"\x81\x80\x12")):
        client = HdlcClientLink(16, METER, parameters)
        client.open(0.0)
        (frame,) = FrameReader().feed(client.data_to_send())
        assert frame.control == Control(FrameKind.SNRM)
        assert frame.information[:3] == information


def test_no_information_field_is_larger_than_agreed():
    seen = []

    def watch(data):
        seen.extend(frame for frame in FrameReader().feed(data) if frame.control.kind is FrameKind.I)
        return [data]

    line = line_of(HdlcParameters(max_info_tx=100, max_info_rx=60, window_tx=3, window_rx=2), line=watch)
    line.open()
    line.client.send(bytes(range(250)), line.now)
    line.run(1)
    assert line.received() == [bytes(range(249, -1, -1))]
    sizes = {source: [len(f.information) for f in seen if f.source.upper == source] for source in (16, 1)}
    assert sizes == {16: [100, 100, 53], 1: [60, 60, 60, 60, 13]}
    assert [f.segmented for f in seen if f.source.upper == 16] == [True, True, False]
    # The meter's windows are 1: the smaller number counts at both ends.
    assert all(frame.control.poll_final for frame in seen)


def test_llc_octets_in_a_later_segment_are_data():
    message = bytes(125) + b"\xe6\xe7\x00" + bytes(5) + b"\xe6\xe6\x00"
    line = line_of(answer=lambda message: message)
    line.open()
    line.client.send(message, line.now)
    line.run(1)
    assert line.received() == [message]


def test_a_window_lets_frames_follow_without_a_turn():
    turns = []

    def watch(data):
        turns.append([frame.control for frame in FrameReader().feed(data) if frame.control.kind is FrameKind.I])
        return [data]

    wide = HdlcParameters(window_tx=3, window_rx=3, inactivity_timeout=0)
    line = line_of(wide, wide, line=watch)
    line.open()
    line.client.send(bytes(128 * 4), line.now)
    line.run(1)
    sent = [[(c.send_sequence, c.poll_final) for c in controls] for controls in turns if controls]
    assert sent[:2] == [[(0, False), (1, False), (2, True)], [(3, False), (4, True)]]


def test_a_slow_meter_is_polled():
    line = line_of(answer=None)
    line.open()
    line.client.send(b"question", line.now)
    line.run(10)
    assert line.received() == []
    line.meter.send(b"late answer", line.now)
    line.run(3)
    assert line.received() == [b"late answer"]
    assert not [event for event in line.client_events if isinstance(event, Disconnected)]


def test_a_busy_meter_gets_no_more_frames_until_it_is_ready():
    client = HdlcClientLink(16, HdlcAddress(1))
    client.open(0.0)
    client.data_to_send()
    client.receive_data(from_meter(FrameKind.UA), 0.0)
    client.send(bytes(200), 0.0)
    assert kinds(client.data_to_send()) == ["I"]
    client.receive_data(from_meter(FrameKind.RNR, receive=1), 0.0)
    assert client.data_to_send() == b""
    client.handle_timeout(client.next_deadline())
    assert kinds(client.data_to_send()) == ["RR"]
    client.receive_data(from_meter(FrameKind.RR, receive=1), 1.0)
    assert kinds(client.data_to_send()) == ["I"]


def from_meter(kind, *, send=None, receive=None, final=True, information=b"", segmented=False, source=1):
    control = Control(kind, final, send, receive)
    return HdlcFrame(HdlcAddress(16), HdlcAddress(source), control, information, segmented).to_bytes()


def answer(send=0, receive=1, payload=b"\xc4\x01", **more):
    return from_meter(FrameKind.I, send=send, receive=receive, information=b"\xe6\xe7\x00" + payload, **more)


def asking():
    """A client that has asked one question."""
    client = HdlcClientLink(16, HdlcAddress(1))
    client.open(0.0)
    client.receive_data(from_meter(FrameKind.UA), 0.0)
    client.send(b"question", 0.0)
    client.data_to_send()
    events_of(client)
    return client


def test_answer_is_delivered_once():
    client = asking()
    client.receive_data(answer() + answer(), 0.0)
    received, dropped = events_of(client)
    assert received == Received(b"\xc4\x01", 1, 16)
    assert isinstance(dropped, FrameDropped)


def test_a_second_answer_that_nobody_asked_for_is_dropped():
    client = asking()
    client.receive_data(answer() + answer(send=1, payload=b"\xc4\x02"), 0.0)
    received, dropped = events_of(client)
    assert received == Received(b"\xc4\x01", 1, 16)
    assert "without a poll" in dropped.reason


@pytest.mark.parametrize(
    "octets",
    [
        answer(send=3),
        answer(receive=3),
        answer(source=2),
        from_meter(FrameKind.I, send=0, receive=1, information=b"\xe6\xe6\x00\xc4"),
        from_meter(FrameKind.I, send=0, receive=1, information=b"\xe6\xe7"),
        from_meter(FrameKind.I, send=0, receive=1, information=b"\xe6\xe7\x00"),
        from_meter(FrameKind.I, send=0, receive=1, segmented=True, information=b"\xe6\xe7\x00\xc4"),
        from_meter(FrameKind.SNRM),
        from_meter(FrameKind.DISC),
        from_meter(FrameKind.UA),
        HdlcFrame(HdlcAddress(0x7F), HdlcAddress(1), Control(FrameKind.I, True, 0, 1), b"\xe6\xe7\x00\xc4").to_bytes(),
        HdlcFrame(HdlcAddress(1), HdlcAddress(16), Control(FrameKind.I, True, 0, 1), b"\xe6\xe7\x00\xc4").to_bytes(),
    ],
)
def test_what_is_wrong_or_foreign_is_not_delivered(octets):
    client = asking()
    client.receive_data(octets, 0.0)
    assert not [event for event in events_of(client) if isinstance(event, Received)]


def test_reversed_addresses_are_named():
    client = asking()
    octets = HdlcFrame(HdlcAddress(1), HdlcAddress(16), Control(FrameKind.RR, True, None, 1)).to_bytes()
    client.receive_data(octets, 0.0)
    (dropped,) = events_of(client)
    assert "addresses reversed" in dropped.reason


@pytest.mark.parametrize(("kind", "word"), [(FrameKind.DM, "DM"), (FrameKind.FRMR, "FRMR")])
def test_dm_and_frmr_end_the_link(kind, word):
    client = asking()
    client.receive_data(from_meter(kind) * 2, 0.0)
    (disconnected,) = events_of(client)
    assert isinstance(disconnected, Disconnected)
    assert word in disconnected.reason
    with pytest.raises(LocalProtocolError):
        client.send(b"more", 1.0)


def test_push_comes_while_an_answer_is_awaited():
    client = asking()
    client.receive_data(from_meter(FrameKind.UI, information=b"\xe6\xe7\x00\x0f"), 0.0)
    client.receive_data(answer(), 0.0)
    assert events_of(client) == [Received(b"\x0f", 1, 16, unsolicited=True), Received(b"\xc4\x01", 1, 16)]


def silent(client):
    """All that a client sends to a meter that never answers, and its last event."""
    sent = []
    while (deadline := client.next_deadline()) is not None:
        client.handle_timeout(deadline)
        sent += kinds(client.data_to_send())
    return sent, events_of(client)[-1]


def test_silence_is_asked_again_a_bounded_number_of_times():
    client = HdlcClientLink(16, METER, HdlcParameters(retries=3))
    client.open(0.0)
    assert kinds(client.data_to_send()) == ["SNRM"]
    assert silent(client) == (["SNRM"] * 3, Disconnected("no answer from the meter within 3 s"))
    client = asking()
    assert silent(client)[0] == ["RR", "RR"]


def test_only_our_own_octets_came_back():
    client = HdlcClientLink(16, METER)
    client.open(0.0)
    sent = client.data_to_send()
    while sent or client.next_deadline() is not None:
        client.receive_data(sent, 0.0)
        client.handle_timeout(client.next_deadline())
        sent = client.data_to_send()
    assert events_of(client)[-1].reason.startswith("only our own octets came back")


def test_an_echo_is_taken_out():
    line = line_of()
    line.line = lambda data: [data]
    plain = line.client.receive_data
    line.open()
    line.client.send(b"question", line.now)
    octets = line.client.data_to_send()
    plain(octets, line.now)
    line.meter.receive_data(octets, line.now)
    line.run(1)
    assert line.received() == [b"noitseuq"]


@pytest.mark.parametrize("information", ["81800705018007010000", "8180", "818003050100", "ffffff"])
def test_a_ua_that_makes_no_sense_ends_the_link(information):
    client = HdlcClientLink(16, HdlcAddress(1))
    client.open(0.0)
    client.receive_data(from_meter(FrameKind.UA, information=bytes.fromhex(information)), 0.0)
    (event,) = events_of(client)
    assert isinstance(event, Disconnected)
    assert "UA cannot be used" in event.reason


def to_meter(kind, *, send=None, receive=None, information=b"", client=16):
    return HdlcFrame(METER, HdlcAddress(client), Control(kind, True, send, receive), information).to_bytes()


def listening():
    meter = HdlcServerLink(METER)
    meter.open(0.0)
    return meter


@pytest.mark.parametrize("kind", [FrameKind.DISC, FrameKind.RR, FrameKind.I])
def test_a_meter_without_connection_answers_dm(kind):
    meter = listening()
    meter.receive_data(to_meter(kind, send=0, receive=0, information=b"x"), 0.0)
    assert kinds(meter.data_to_send()) == ["DM"]


def test_a_repeated_snrm_is_answered_again_and_a_new_one_begins_anew():
    meter = listening()
    meter.receive_data(to_meter(FrameKind.SNRM), 0.0)
    meter.receive_data(to_meter(FrameKind.SNRM), 0.0)
    assert kinds(meter.data_to_send()) == ["UA", "UA"]
    assert events_of(meter) == [Connected()]
    meter.receive_data(to_meter(FrameKind.I, send=0, receive=0, information=b"\xe6\xe6\x00a"), 0.0)
    meter.receive_data(to_meter(FrameKind.SNRM, client=17), 0.0)
    assert events_of(meter) == [Received(b"a", 16, 1), Disconnected("a client connects anew"), Connected()]


def test_an_impossible_acknowledgement_is_rejected():
    meter = listening()
    meter.receive_data(to_meter(FrameKind.SNRM) + to_meter(FrameKind.RR, receive=5), 0.0)
    assert kinds(meter.data_to_send()) == ["UA", "FRMR"]


def test_a_silent_client_is_let_go():
    meter = listening()
    meter.receive_data(to_meter(FrameKind.SNRM), 0.0)
    assert meter.next_deadline() == 120.0
    meter.handle_timeout(120.0)
    assert events_of(meter)[-1] == Disconnected("the client has been silent too long")


def test_a_meter_pushes_in_ui_frames_of_the_agreed_size():
    line = line_of(HdlcParameters(max_info_rx=60))
    line.meter.open(0.0)
    with pytest.raises(LocalProtocolError):
        line.meter.push(b"nobody", 0.0)
    line.meter.push(b"named", 0.0, client_sap=16)
    assert [frame.destination for frame in FrameReader().feed(line.meter.data_to_send())] == [HdlcAddress(16)]
    line.open()
    line.client.send(b"question", line.now)
    line.meter.push(bytes(150), line.now)
    line.run(1)
    assert line.client_events == [
        Connected(),
        Received(bytes(150), 1, 16, unsolicited=True),
        Received(b"noitseuq", 1, 16),
    ]


def bad_line(random):
    """Loses, doubles, spoils and dirties one transmission in three."""

    def carry(data):
        match random.randrange(12):
            case 0:
                return []
            case 1:
                return [data, data]
            case 2 if data:
                at = random.randrange(len(data))
                return [data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]]
            case 3:
                return [b"\x7e\xa0\x07noise", data, b"\x00\x7e"]
        return [data]

    return carry


sizes = st.sampled_from([20, 64, 128, 300])
ends = st.builds(
    HdlcParameters,
    sizes,
    sizes,
    st.integers(1, 7),
    st.integers(1, 7),
    retries=st.just(60),
    inactivity_timeout=st.just(0),
)


@settings(max_examples=60, deadline=None)
@given(ends, ends, st.lists(st.binary(min_size=1, max_size=600), min_size=1, max_size=3), st.integers(0, 2**32))
def test_every_message_arrives_once_over_a_bad_line(client, meter, messages, seed):
    line = line_of(client, meter, line=bad_line(Random(seed)))
    line.open()
    line.run(300)
    for message in messages:
        line.client.send(message, line.now)
        line.run(600)
    assert line.received() == [message[::-1] for message in messages]
    assert [event.octets for event in line.meter_events if isinstance(event, Received)] == messages


def test_endless_segments_end_the_link_by_the_name_of_the_bound():
    line = line_of()
    line.client = HdlcClientLink(16, METER, limits=Limits(apdu_octets=1000))
    line.answer = lambda message: bytes(2000)
    line.open()
    line.client.send(b"question", line.now)
    line.run(1)
    assert line.received() == []
    (end,) = (event for event in line.client_events if isinstance(event, Disconnected))
    assert end.reason.startswith("apdu_octets")
    assert line.client.next_deadline() is None
    assert any(isinstance(event, Disconnected) for event in line.meter_events)


def test_a_meter_that_is_sent_endless_segments_hangs_up():
    line = line_of()
    line.meter = HdlcServerLink(METER, limits=Limits(apdu_octets=1000))
    line.open()
    line.client.send(bytes(2000), line.now)
    line.run(10)
    assert [event for event in line.meter_events if isinstance(event, Received)] == []
    (end,) = (event for event in line.meter_events if isinstance(event, Disconnected))
    assert end.reason.startswith("apdu_octets")
    assert isinstance(line.client_events[-1], Disconnected)
    line.client.open(line.now)
    line.run(1)
    assert isinstance(line.client_events[-1], Connected)


def test_the_client_does_not_talk_into_a_frame_that_is_on_its_way():
    parameters = HdlcParameters(response_timeout=1.0, inter_octet_timeout=0.5)
    client = HdlcClientLink(16, METER, parameters)
    client.open(0.0)
    client.data_to_send()
    answer = HdlcFrame(HdlcAddress(16), METER, Control(FrameKind.UA)).to_bytes()
    for index, octet in enumerate(answer):
        client.handle_timeout(index * 0.2)
        client.receive_data(bytes([octet]), index * 0.2)
        assert client.data_to_send() == b""
    assert client.next_event() == Connected()


def test_a_frame_that_drips_for_ever_ends_the_link():
    client = HdlcClientLink(16, METER, HdlcParameters(response_timeout=1.0, retries=2, inter_octet_timeout=0.5))
    client.open(0.0)
    now = 0.0
    header = HdlcFrame(HdlcAddress(16), METER, Control(FrameKind.UA), bytes(2000)).to_bytes()
    for octet in header:
        client.receive_data(bytes([octet]), now)
        now += 0.2
        client.handle_timeout(now)
    events = events_of(client)
    assert isinstance(events[-1], Disconnected)
    assert "no answer" in events[-1].reason
