"""The reader of a stream: whole, octet by octet, with garbage before, between and after, and in linear time."""

import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dlmskit.codec.fcs import fcs16
from dlmskit.link.hdlc import Dropped, FrameReader, HdlcFrame
from link.hdlc.strategies import frames

ROOT = Path(__file__).parents[3]
REAL = [
    bytes.fromhex(vector["hex"])
    for vector in map(json.loads, (ROOT / "tests/vectors/hdlc-frame.jsonl").read_text("ascii").splitlines())
    if not vector["context"].get("must_fail")
]
GOOD = bytes.fromhex("7ea0130303305037e6e700c401c10012123485607e")


def load_check():
    spec = importlib.util.spec_from_file_location("fuzz_hdlc_stream", ROOT / "fuzz/hdlc_stream.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.check


check = load_check()


def frames_of(items):
    return [item for item in items if isinstance(item, HdlcFrame)]


@given(st.lists(st.one_of(frames.map(HdlcFrame.to_bytes), st.binary(max_size=40), st.just(b"\x7e")), max_size=6))
@example([b"\x7e\xa0", GOOD])
@example([GOOD[:10], GOOD, GOOD[:-1], GOOD])
def test_invariant_holds(pieces):
    check(b"".join(pieces))


@given(st.lists(frames, min_size=1, max_size=5), st.booleans(), st.randoms(use_true_random=False))
def test_good_frames_come_out_however_the_stream_is_cut(sent, shared, random):
    encoded = [frame.to_bytes() for frame in sent]
    stream = b"\x7e" + b"\x7e".join(octets[1:-1] for octets in encoded) + b"\x7e" if shared else b"".join(encoded)
    reader, found = FrameReader(), []
    while stream:
        cut = random.randrange(1, 40)
        found += reader.feed(stream[:cut])
        stream = stream[cut:]
    assert found == sent
    assert not reader.pending


@given(st.lists(st.tuples(st.binary(max_size=30), frames), min_size=1, max_size=4), st.binary(max_size=30))
def test_garbage_without_flags_costs_no_frame(parts, tail):
    parts = [(garbage.replace(b"\x7e", b""), frame) for garbage, frame in parts]
    stream = b"".join(garbage + frame.to_bytes() for garbage, frame in parts) + tail.replace(b"\x7e", b"")
    reader = FrameReader()
    assert frames_of(reader.feed(stream) + reader.abandon()) == [frame for _, frame in parts]


@pytest.mark.parametrize("octets", REAL)
def test_real_frames_whole_and_one_octet_changed(octets):
    reader = FrameReader()
    found = reader.feed(octets)
    assert found
    assert all(isinstance(item, HdlcFrame) for item in found)
    assert b"".join(frame.to_bytes() for frame in found) == octets
    for at in range(0, len(octets), 7):
        check(octets[:at] + bytes([octets[at] ^ 0x10]) + octets[at + 1 :] + octets)


@pytest.mark.parametrize(
    "before",
    ["7ea0", "7e7e7e7e", GOOD[:10].hex(), GOOD[:-1].hex()[:-4] + "00007e", "7e", "a0137e", "7ea0137ea0137e"],
)
def test_the_next_good_frame_is_found_without_waiting(before):
    reader = FrameReader()
    reader.feed(bytes.fromhex(before))
    assert frames_of(reader.feed(GOOD)) == [HdlcFrame.from_bytes(GOOD)]


def test_what_was_dropped_is_counted_with_the_first_reason():
    spoilt = GOOD[:-3] + b"\x00\x00\x7e"
    assert FrameReader().feed(b"hello" + spoilt + GOOD) == [
        Dropped("noise", len(b"hello") + len(spoilt) - len(b"\x7e\x7e")),
        HdlcFrame.from_bytes(GOOD),
    ]


def test_a_frame_that_was_begun_is_pending_until_it_is_abandoned():
    reader = FrameReader()
    assert reader.feed(GOOD[:12]) == []
    assert reader.pending
    assert all(isinstance(item, Dropped) for item in reader.abandon())
    assert not reader.pending


@pytest.mark.parametrize(
    "unit", ["7e", "7ea7ff", "7ea0200000000000000000000000", "7ea7ff0303303224", "00", "7ea0"], ids=str
)
@pytest.mark.timeout(20)
def test_work_is_linear(unit):
    """Quadratic work on this many octets would take minutes."""
    octets = bytes.fromhex(unit) * (256_000 // len(bytes.fromhex(unit)))
    reader = FrameReader()
    found = [*reader.feed(octets), *reader.abandon()]
    assert all(isinstance(item, Dropped) for item in found)


def overlapping(count):
    """Good headers one behind the other; each announces so much that its end falls on the flag of a later one."""
    unit = 8
    length = 2047 // unit * unit - 1
    header = bytes([0xA0 | length >> 8, length & 0xFF, 3, 3, 0x30])
    return (b"\x7e" + header + fcs16(header).to_bytes(2, "little")) * count


def test_overlapping_frames_with_bad_checks_cost_a_few_checks_an_octet(monkeypatch):
    checked = 0

    def counting(octets, start=0, end=None):
        nonlocal checked
        checked += (len(octets) if end is None else end) - start
        return fcs16(octets, start, end)

    monkeypatch.setattr("dlmskit.link.hdlc.frame.fcs16", counting)
    stream = overlapping(8192)
    reader = FrameReader()
    assert frames_of(reader.feed(stream)) == []
    assert checked < 12 * len(stream) + 20 * 2047
    reader.abandon()
    assert frames_of(reader.feed(b"\x7e" + GOOD)) == [HdlcFrame.from_bytes(GOOD)]


@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_overlapping_frames_do_not_hide_a_good_one_whatever_the_pieces(cut):
    stream = overlapping(3) + GOOD + overlapping(2000) + GOOD * 2
    whole = FrameReader()
    pieces = FrameReader()
    found = frames_of(whole.feed(stream)) + frames_of(whole.abandon())
    cut_up = [item for at in range(0, len(stream), cut) for item in pieces.feed(stream[at : at + cut])]
    assert frames_of(cut_up) + frames_of(pieces.abandon()) == found
    assert len(found) == 3
