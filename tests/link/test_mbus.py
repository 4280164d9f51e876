import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.exceptions import EncodeError, FrameCheckError, FrameError, TruncatedError
from dlmskit.limits import Limits, Tolerance
from dlmskit.link.base import Connected, FrameDropped, Received
from dlmskit.link.mbus import LENGTH_MODULO_256, MBusFrame, MBusLink, MBusReader, PartJoiner
from link.channel import events_of

ROOT = Path(__file__).parents[2]
VECTORS = {
    vector["id"]: vector
    for vector in map(json.loads, (ROOT / "tests/vectors/mbus-frame.jsonl").read_text("ascii").splitlines())
}
WHOLE = [vector for vector in VECTORS.values() if "apdu_hex" in vector["expected"]]
frames = st.builds(MBusFrame, st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.binary(max_size=252))


def load_check():
    spec = importlib.util.spec_from_file_location("fuzz_mbus", ROOT / "fuzz/mbus.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.check


check = load_check()


def listening(**options):
    link = MBusLink(**options)
    link.open(0.0)
    assert events_of(link) == [Connected()]
    return link


@pytest.mark.parametrize("vector", WHOLE, ids=lambda vector: vector["id"])
@pytest.mark.parametrize("piece", [1, 7, 10_000])
def test_real_pushes(vector, piece):
    tolerance = Tolerance()
    link = listening(tolerance=tolerance)
    octets = bytes.fromhex(vector["hex"])
    for at in range(0, len(octets), piece):
        link.receive_data(octets[at : at + piece], 0.0)
    (received,) = events_of(link)
    assert received == Received(bytes.fromhex(vector["expected"]["apdu_hex"]), 1, 0x67, unsolicited=True)
    assert tolerance.noticed == vector.get("quirks", [])


def test_length_modulo_256_is_refused_in_strict_mode():
    (vector,) = [vector for vector in WHOLE if vector.get("quirks") == [LENGTH_MODULO_256]]
    link = listening(tolerance=Tolerance(strict=True))
    link.receive_data(bytes.fromhex(vector["hex"]), 0.0)
    link.handle_timeout(1.0)
    assert not [event for event in events_of(link) if isinstance(event, Received)]


def test_a_part_that_never_comes_is_given_up():
    (vector,) = [vector for vector in VECTORS.values() if vector["context"].get("must_fail")]
    link = listening()
    link.receive_data(bytes.fromhex(vector["hex"]), 0.0)
    assert events_of(link) == []
    assert link.next_deadline() == 0.5
    link.handle_timeout(0.5)
    assert events_of(link) == [FrameDropped("the next M-Bus part did not come", 245)]


@given(frames)
def test_round_trip(frame):
    assert MBusFrame.from_bytes(frame.to_bytes()) == frame


@given(st.lists(st.one_of(frames.map(MBusFrame.to_bytes), st.binary(max_size=20)), max_size=3))
def test_invariant_holds(pieces):
    check(b"".join(pieces))


def test_every_cut_is_refused_with_the_offset_where_octets_ran_out():
    octets = bytes.fromhex("680303680802727c16")
    for cut in range(len(octets)):
        with pytest.raises(TruncatedError) as caught:
            MBusFrame.from_bytes(octets[:cut])
        assert caught.value.offset == cut


def test_too_long_a_body():
    with pytest.raises(EncodeError):
        MBusFrame(0x53, 0xFF, 0, bytes(253)).to_bytes()


@pytest.mark.parametrize(
    ("octets", "error", "offset"),
    [
        ("6803036808027200", TruncatedError, 8),
        ("68030368080272 7d16", FrameCheckError, 7),
        ("680303680802727c17", FrameError, 8),
        ("680f1068", FrameError, 2),
        ("680f0f69", FrameError, 3),
        ("680000680016", FrameError, 1),
        ("107bfe7916", FrameError, 0),
        ("680303680802727c1600", FrameError, 9),
        ("68", TruncatedError, 1),
    ],
)
def test_refusals_say_where(octets, error, offset):
    with pytest.raises(error) as caught:
        MBusFrame.from_bytes(bytes.fromhex(octets))
    assert caught.value.offset == offset


@pytest.mark.parametrize("size", [0, 1, 250, 251, 5000])
def test_sending_splits_and_receiving_joins(size):
    message = bytes(number % 251 for number in range(size))
    sender, receiver = listening(stsap=1, dtsap=16), listening()
    sender.send(message, 0.0)
    receiver.receive_data(sender.data_to_send(), 0.0)
    assert events_of(receiver) == [Received(message, 1, 16, unsolicited=True)]


def part(information, body=b"\x01\x67x"):
    return MBusFrame(0x53, 0xFF, information, body)


def test_parts_out_of_sequence_are_refused():
    joiner = PartJoiner()
    with pytest.raises(FrameError, match="part 1 where 0"):
        joiner.take(part(0x11))
    assert joiner.take(part(0x00)) is None
    with pytest.raises(FrameError, match="part 2 where 1"):
        joiner.take(part(0x12))
    assert not joiner.joining
    with pytest.raises(FrameError, match="CI 72"):
        joiner.take(part(0x72))
    with pytest.raises(FrameError, match="without STSAP"):
        joiner.take(part(0x10, b"\x01"))


def test_a_first_part_begins_anew():
    joiner = PartJoiner()
    joiner.take(part(0x00, b"\x01\x67old"))
    assert joiner.take(part(0x10, b"\x01\x67new")).octets == b"new"


def test_limit_is_named():
    joiner = PartJoiner(Limits(apdu_octets=3))
    joiner.take(part(0x00, b"\x01\x67ab"))
    with pytest.raises(FrameError, match="apdu_octets"):
        joiner.take(part(0x11, b"\x01\x67cd"))


def test_fifty_thousand_start_octets():
    reader = MBusReader()
    assert reader.feed(b"\x68" * 50_000) + reader.abandon() == []
