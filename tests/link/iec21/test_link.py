import pytest

from dlmskit.codec.iec21 import with_bcc
from dlmskit.exceptions import LocalProtocolError
from dlmskit.limits import Limits
from dlmskit.link.base import Connected, Disconnected, Drain, FrameDropped, Received, SetLine
from dlmskit.link.iec21 import Iec21Link
from link.channel import events_of

REQUEST, IDENTIFICATION, SELECT = b"/?!\r\n", b"/ISK5\\2MT382\r\n", b"\x06051\r\n"
DATA = b"\x021.8.0(1*kWh)\r\n!\r\n\x03"


def opened(role="client", **options):
    link = Iec21Link(role, **options)
    link.open(0.0)
    assert events_of(link) == [SetLine(300, "7E1"), Connected()]
    return link


def exchange(link, *steps):
    """Sends messages and takes octets in turn; gives what came out as the pump sees it, octets and events in order."""
    seen = []
    for verb, octets in steps:
        (link.send if verb == "send" else link.receive_data)(octets, 0.0)
        while (data := link.data_to_send()) or (event := link.next_event()) is not None:
            seen.append(data or event)
    return seen


def test_client_changes_the_line_after_the_option_select_message():
    seen = exchange(opened(), ("send", REQUEST), ("receive", IDENTIFICATION), ("send", SELECT), ("send", b"\x01B0\x03"))
    assert seen == [
        REQUEST,
        Received(IDENTIFICATION),
        SELECT,
        Drain(),
        SetLine(9600, "7E1"),
        b"\x01B0\x03q",
        Drain(),
        SetLine(300, "7E1"),
    ]


def test_meter_changes_the_line_before_it_answers_at_the_new_rate():
    link = opened("meter")
    seen = exchange(link, ("receive", REQUEST), ("send", IDENTIFICATION), ("receive", SELECT))
    assert seen == [Received(REQUEST), IDENTIFICATION, Drain(), SetLine(9600, "7E1"), Received(SELECT)]


def test_rate_300_needs_no_change():
    seen = exchange(opened(), ("send", REQUEST), ("receive", IDENTIFICATION), ("send", b"\x06000\r\n"))
    assert not [item for item in seen if isinstance(item, SetLine)]


def test_mode_b_changes_after_the_identification():
    seen = exchange(opened(), ("send", REQUEST), ("receive", b"/EMHCeHZ\r\n"))
    assert seen[-1] == Received(b"/EMHCeHZ\r\n")
    assert SetLine(2400, "7E1") in seen


@pytest.mark.parametrize("piece", [1, 3, 100])
def test_blocks_come_without_their_check_however_they_are_cut(piece):
    link = opened()
    line = b"\xff\x00noise" + with_bcc(DATA) + b"\x06" + b"\x15"
    for at in range(0, len(line), piece):
        link.receive_data(line[at : at + piece], 0.0)
    events = [event for event in events_of(link) if not isinstance(event, FrameDropped)]
    assert events == [Received(DATA), Received(b"\x06"), Received(b"\x15")]


def test_a_damaged_block_is_asked_for_again_and_again_but_not_for_ever():
    link = opened()
    link.send(b"\x01R5\x021.8.0()\x03", 0.0)
    link.data_to_send()
    spoilt = with_bcc(DATA)[:-1] + b"\x00"
    link.receive_data(spoilt, 0.0)
    assert link.data_to_send() == b"\x15"
    link.receive_data(with_bcc(DATA), 0.0)
    assert events_of(link)[-1] == Received(DATA)
    for _ in range(2):
        link.receive_data(spoilt, 0.0)
    assert isinstance(events_of(link)[-1], Disconnected)


def test_nak_repeats_a_command_and_then_is_the_answer():
    link = opened()
    command = b"\x01R5\x021.8.0()\x03"
    link.send(command, 0.0)
    for _ in range(3):
        assert link.data_to_send() == with_bcc(command)
        link.receive_data(b"\x15", 0.0)
    assert link.data_to_send() == b""
    assert events_of(link) == [Received(b"\x15")]


def test_a_broken_message_is_given_up_when_the_line_is_silent():
    link = opened()
    link.receive_data(with_bcc(DATA)[:5], 10.0)
    assert link.next_deadline() == 11.5
    link.handle_timeout(11.5)
    assert isinstance(events_of(link)[0], FrameDropped)
    assert link.data_to_send() == b"\x15"


@pytest.mark.parametrize("piece", [1, 4, 100])
def test_echo_is_taken_out(piece):
    link = opened()
    link.send(REQUEST, 0.0)
    line = link.data_to_send() + IDENTIFICATION
    for at in range(0, len(line), piece):
        link.receive_data(line[at : at + piece], 0.0)
    assert events_of(link) == [FrameDropped("echo of our own octets", len(REQUEST)), Received(IDENTIFICATION)]
    assert link.next_deadline() is None


def test_only_our_own_octets_came_back():
    link = opened()
    link.send(REQUEST, 0.0)
    link.receive_data(link.data_to_send(), 1.0)
    link.handle_timeout(link.next_deadline())
    assert events_of(link)[-1].reason.startswith("only our own octets came back")


def test_an_answer_that_begins_like_an_echo_is_not_lost():
    link = opened()
    link.send(REQUEST, 0.0)
    link.data_to_send()
    for octet in b"/ISK5X\r\n":
        link.receive_data(bytes([octet]), 0.0)
    assert events_of(link) == [Received(b"/ISK5X\r\n")]


def even(data):
    return bytes(octet | (octet.bit_count() & 1) << 7 for octet in data)


def test_parity_is_taken_off_when_seen_and_put_on_from_then():
    link = opened()
    link.receive_data(even(IDENTIFICATION), 0.0)
    assert events_of(link) == [Received(IDENTIFICATION)]
    link.send(SELECT, 0.0)
    assert link.data_to_send() == even(SELECT)


def test_parity_options():
    always, never = opened(parity="even"), opened(parity="none")
    for link in (always, never):
        link.send(REQUEST, 0.0)
    assert always.data_to_send() == even(REQUEST)
    never.receive_data(even(IDENTIFICATION), 0.0)
    assert never.data_to_send() == REQUEST


def test_a_meter_that_hears_nothing_goes_back_to_the_initial_rate():
    link = opened("meter", inactivity_timeout=60.0)
    exchange(link, ("receive", SELECT))
    link.handle_timeout(60.0)
    assert events_of(link) == [Drain(), SetLine(300, "7E1")]


def test_limit_is_named():
    link = opened(limits=Limits(apdu_octets=50))
    link.receive_data(b"\x02" + b"(1)" * 40, 0.0)
    assert "apdu_octets" in events_of(link)[0].reason


def test_a_closed_link_takes_nothing():
    link = opened()
    link.close(0.0)
    link.receive_data(IDENTIFICATION, 0.0)
    assert events_of(link) == [Disconnected("closed", clean=True)]
    with pytest.raises(LocalProtocolError):
        link.send(REQUEST, 0.0)


def test_nothing_comes_after_the_end_when_two_waits_are_over_at_once():
    link = opened()
    link.send(REQUEST, 0.0)
    link.receive_data(link.data_to_send(), 0.0)
    link.receive_data(DATA[:5], 3.0)
    link.handle_timeout(100.0)
    assert isinstance(events_of(link)[-1], Disconnected)
    assert link.data_to_send() == b""
