"""DL/T 645 frames: two published packages as witnesses, construct as an independent oracle, streams in any pieces."""

from __future__ import annotations

import pytest
from construct import Byte, Bytes, Checksum, Const, Construct, Prefixed, RawCopy, Struct, this
from construct.core import GreedyBytes
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.exceptions import DecodeError, EncodeError, FrameCheckError, FrameError, TruncatedError
from dlmskit.link.dlt645 import Dlt645Frame, Dlt645Reader

WITNESSES = {
    # made by running the PyPI package dlt645 3.2.0 (Apache-2.0) as client and as meter at 123456781012
    "read": "6812107856341268110433333333e716",
    "read answer": "681210785634126891083333333383833333d716",
    "power answer": "68121078563412689107333336357856b4f116",
    "no such data": "6812107856341268d101350d16",
    "write": "68121078563412681410343433373345678933333333353544583616",
    "write answer": "681210785634126894009a16",
    "wrong password": "6812107856341268d401371216",
    "address answer": "681210785634126893064543ab8967450716",
    "freeze": "68121078563412681604cccccccc5016",
    # made by running the PyPI package python-dlt645 0.1.4 (MIT)
    "read, other package": "6812107856341268110433333433e816",
    "address, other package": "68aaaaaaaaaaaa681300df16",
}

ORACLE: Construct = Struct(
    "body"
    / RawCopy(
        Struct(
            Const(b"\x68"), "address" / Bytes(6), Const(b"\x68"), "control" / Byte, "data" / Prefixed(Byte, GreedyBytes)
        )
    ),
    "check" / Checksum(Byte, lambda body: sum(body) & 0xFF, this.body.data),
    Const(b"\x16"),
)
"""the frame described once more, for tests only"""

FRAMES = st.builds(Dlt645Frame, st.binary(min_size=6, max_size=6), st.integers(0, 255), st.binary(max_size=200))


@pytest.mark.parametrize("octets", WITNESSES.values(), ids=WITNESSES)
def test_published_frames_are_read_and_written_again(octets: str) -> None:
    frame = Dlt645Frame.from_bytes(bytes.fromhex(octets))
    assert frame.to_bytes().hex() == octets
    assert Dlt645Frame.from_message(frame.message) == frame


def test_the_33_is_taken_off() -> None:
    frame = Dlt645Frame.from_bytes(bytes.fromhex(WITNESSES["address answer"]))
    assert (frame.address.hex(), frame.control, frame.data.hex()) == ("121078563412", 0x93, "121078563412")
    assert frame.from_meter


@given(FRAMES)
def test_construct_reads_the_same(frame: Dlt645Frame) -> None:
    seen = ORACLE.parse(frame.to_bytes())
    fields = seen.body.value
    assert (fields.address, fields.control) == (frame.address, frame.control)
    assert bytes((octet - 0x33) & 0xFF for octet in fields.data) == frame.data


@pytest.mark.parametrize("octets", WITNESSES.values(), ids=WITNESSES)
def test_every_truncation_and_every_spoilt_octet_is_refused(octets: str) -> None:
    whole = bytes.fromhex(octets)
    for length in range(len(whole)):
        with pytest.raises(TruncatedError) as caught:
            Dlt645Frame.from_bytes(whole[:length])
        assert caught.value.offset == length
    for at in range(len(whole)):
        spoilt = bytearray(whole)
        spoilt[at] ^= 0x01
        with pytest.raises(DecodeError) as refused:
            Dlt645Frame.from_bytes(bytes(spoilt))
        assert 0 <= refused.value.offset <= len(whole)


def test_offsets() -> None:
    whole = bytes.fromhex(WITNESSES["read"])
    with pytest.raises(FrameCheckError) as caught:
        Dlt645Frame.from_bytes(whole[:-2] + b"\x00\x16")
    assert caught.value.offset == len(whole) - 2
    with pytest.raises(FrameError) as trailing:
        Dlt645Frame.from_bytes(whole + b"\xfe")
    assert trailing.value.offset == len(whole)


def test_what_does_not_fit_is_refused() -> None:
    for frame in (Dlt645Frame(b"12345", 0x11), Dlt645Frame(bytes(6), 0x11, bytes(201))):
        with pytest.raises(EncodeError):
            frame.to_bytes()
    with pytest.raises(EncodeError):
        Dlt645Frame.from_message(bytes(6))


def test_more_data_than_a_frame_carries_is_refused_at_its_length() -> None:
    head = b"\x68" + bytes(6) + b"\x68\x91\xc9"  # 201 octets; found by fuzz/dlt645_stream.py
    whole = head + bytes(201) + bytes([sum(head) & 0xFF, 0x16])
    with pytest.raises(FrameError) as refused:
        Dlt645Frame.from_bytes(whole)
    assert refused.value.offset == 9
    reader = Dlt645Reader()
    assert not reader.feed(whole)
    whole = Dlt645Frame(bytes(6), 0x91, bytes(200)).to_bytes()
    assert reader.feed(whole) == [Dlt645Frame.from_bytes(whole)]


@given(st.lists(FRAMES, max_size=4), st.integers(1, 30), st.binary(max_size=12).filter(lambda noise: 0x68 not in noise))
def test_frames_do_not_depend_on_how_the_stream_is_cut(frames: list[Dlt645Frame], size: int, noise: bytes) -> None:
    stream = noise + b"".join(b"\xfe\xfe\xfe\xfe" + frame.to_bytes() + noise for frame in frames)
    reader, found = Dlt645Reader(), []
    for start in range(0, len(stream), size):
        found += reader.feed(stream[start : start + size])
    assert found == frames
    lost = reader.take_lost()
    expected = (len(frames) + 1) * (len(noise) - noise.count(0xFE))
    assert (lost[1] if lost else 0) == expected


@given(st.binary(max_size=300), FRAMES)
def test_noise_never_raises_and_a_frame_behind_it_is_found(noise: bytes, frame: Dlt645Frame) -> None:
    reader = Dlt645Reader()
    found = reader.feed(noise + frame.to_bytes())
    found += reader.abandon()
    assert frame in found or any(octet == 0x68 for octet in noise)
    assert not reader.pending


@given(st.binary(max_size=60))
def test_any_octets_give_a_frame_or_our_error(octets: bytes) -> None:
    for whole in (octets, b"\x68" + octets, bytes.fromhex("681210785634126891") + octets):
        try:
            assert Dlt645Frame.from_bytes(whole).to_bytes() == whole
        except EncodeError:
            assert len(whole) > 212
        except DecodeError as error:
            assert 0 <= error.offset <= len(whole)  # noqa: PT017
