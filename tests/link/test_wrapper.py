import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.exceptions import EncodeError, FrameError, LimitError, LocalProtocolError, TruncatedError
from dlmskit.limits import Limits
from dlmskit.link.base import Connected, Disconnected, FrameDropped, Received
from dlmskit.link.wrapper import WrapperLink, WrapperPdu, WrapperReader
from link.channel import Channel, events_of

ROOT = Path(__file__).parents[2]
REAL = [json.loads(line) for line in (ROOT / "tests/vectors/wrapper.jsonl").read_text("ascii").splitlines()]
WPORT = st.integers(0, 0xFFFF)
pdus = st.builds(WrapperPdu, WPORT, WPORT, st.binary(max_size=60))


def load_check():
    spec = importlib.util.spec_from_file_location("fuzz_wrapper_stream", ROOT / "fuzz/wrapper_stream.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.check


check = load_check()


@pytest.mark.parametrize("vector", REAL, ids=lambda vector: vector["id"])
def test_real_pdus(vector):
    octets = bytes.fromhex(vector["hex"])
    pdu = WrapperPdu.from_bytes(octets)
    (expected,) = vector["expected"]["pdus"]
    wanted = (expected["source_wport"], expected["destination_wport"], expected["length"])
    assert (pdu.source_wport, pdu.destination_wport, len(pdu.apdu)) == wanted
    assert pdu.to_bytes() == octets


@given(pdus)
def test_round_trip(pdu):
    assert WrapperPdu.from_bytes(pdu.to_bytes()) == pdu


@given(st.lists(st.one_of(pdus.map(WrapperPdu.to_bytes), st.binary(max_size=12)), max_size=4))
def test_invariant_holds(pieces):
    check(b"".join(pieces))


@pytest.mark.parametrize(
    ("octets", "error", "offset"),
    [
        ("0002000100100007c401c100121234", FrameError, 1),
        ("0100000100100007c401c100121234", FrameError, 0),
        ("0001000100100007c401c1001212", TruncatedError, 14),
        ("000100010010", TruncatedError, 6),
        ("0001000100100001c4c5", FrameError, 9),
    ],
)
def test_refusals_say_where(octets, error, offset):
    with pytest.raises(error) as caught:
        WrapperPdu.from_bytes(bytes.fromhex(octets))
    assert caught.value.offset == offset


def test_every_cut_is_refused_with_the_offset_where_octets_ran_out():
    octets = bytes.fromhex("0001000100100007c401c100121234")
    for cut in range(len(octets)):
        with pytest.raises(TruncatedError) as caught:
            WrapperPdu.from_bytes(octets[:cut])
        assert caught.value.offset == cut


def test_what_does_not_fit_sixteen_bits():
    with pytest.raises(EncodeError):
        WrapperPdu(1, 0x10000, b"").to_bytes()
    with pytest.raises(EncodeError):
        WrapperPdu(1, 1, bytes(0x10000)).to_bytes()


def test_a_length_over_the_limit_is_refused_before_it_is_waited_for():
    with pytest.raises(LimitError, match="apdu_octets"):
        WrapperReader(limits=Limits(apdu_octets=100)).feed(bytes.fromhex("000100010010ffff"))


def test_pdus_before_a_broken_header_are_delivered_and_the_link_ends():
    link = WrapperLink(16, 1)
    link.open(0.0)
    link.receive_data(WrapperPdu(1, 16, b"\xc4").to_bytes() + b"HTTP/1.1", 0.0)
    connected, received, disconnected = events_of(link)
    assert (connected, received) == (Connected(), Received(b"\xc4", 1, 16))
    assert isinstance(disconnected, Disconnected)
    assert "octet 9" in disconnected.reason
    with pytest.raises(LocalProtocolError):
        link.send(b"x", 0.0)


@pytest.mark.parametrize("ports", [(1, 99), (2, 16), (0, 0)])
def test_a_client_drops_what_is_not_for_it(ports):
    link = WrapperLink(16, 1)
    link.open(0.0)
    link.receive_data(WrapperPdu(*ports, b"\xc4").to_bytes(), 0.0)
    assert [type(event) for event in events_of(link)] == [Connected, FrameDropped]


def test_client_and_meter():
    line = Channel(WrapperLink(16, 1), WrapperLink(None, None, "meter"), answer=lambda message: message[::-1])
    line.open()
    with pytest.raises(LocalProtocolError):
        line.meter.send(b"too early", 0.0)
    line.client.send(b"question", 0.0)
    line.client.send(b"again", 0.0)
    line.settle()
    assert line.client_events == [Connected(), Received(b"noitseuq", 1, 16), Received(b"niaga", 1, 16)]


def test_a_broken_datagram_is_lost_and_the_link_goes_on():
    link = WrapperLink(16, 1, datagrams=True)
    link.open(0.0)
    good = WrapperPdu(1, 16, b"\xc4").to_bytes()
    for datagram in (good[:-1], b"\x00\x02" + good[2:], good + b"\x00", b"\xff", good + good):
        link.receive_data(datagram, 0.0)
    events = []
    while (event := link.next_event()) is not None:
        events.append(event)
    assert [type(event) for event in events] == [Connected, FrameDropped, Received, Received]
    assert events[1].octets == 3 * len(good) + 1


def test_a_link_that_is_opened_again_has_forgotten_what_broke_it():
    link = WrapperLink(16, 1)
    link.open(0.0)
    link.receive_data(b"\x00\x02", 0.0)
    link.open(1.0)
    link.receive_data(WrapperPdu(1, 16, b"\xc4").to_bytes(), 1.0)
    events = []
    while (event := link.next_event()) is not None:
        events.append(event)
    assert [type(event) for event in events] == [Connected, Disconnected, Connected, Received]
