"""The kernel reads and writes HDLC frames as Python does: same frames, same losses, however the stream is cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_forms.vector import load

from dlmskit.exceptions import EncodeError
from dlmskit.link.hdlc import Control, FrameKind, FrameReader, HdlcAddress, HdlcFrame, _fast, fast, frame, stream
from link.hdlc.strategies import frames

pytestmark = pytest.mark.skipif(not fast.ACCELERATED, reason="the kernel is not built")

VECTORS = Path(__file__).parents[2] / "vectors" / "hdlc-frame.jsonl"
SEEDS = sorted({vector.octets for vector in load(VECTORS)}, key=len)
SHORT = [seed for seed in SEEDS if len(seed) <= 120]


def heard(pieces: list[bytes], python: bool) -> Any:
    """What a reader gives for each piece and at the end of the line."""
    with pytest.MonkeyPatch.context() as patch:
        if python:
            patch.setattr(stream, "read_frames", _fast.read_frames)
        reader = FrameReader()
        return [(reader.feed(piece), reader.pending) for piece in pieces] + [(reader.abandon(), reader.pending)]


def same(*pieces: bytes) -> Any:
    found = heard(list(pieces), python=False)
    assert found == heard(list(pieces), python=True), [piece.hex() for piece in pieces]
    return found


def test_the_kernel_alone_reads_every_good_frame() -> None:
    for seed in SEEDS:
        for item in heard([seed], python=True)[0][0]:
            if isinstance(item, HdlcFrame):
                found: list[Any] = []
                octets = item.to_bytes()
                assert fast.read_frames(bytearray(octets), 0, found, HdlcFrame) == (len(octets) - 1, True)
                assert found == [item]


@pytest.mark.parametrize("seed", SHORT, ids=lambda seed: seed[:8].hex())
def test_every_cut_and_every_changed_octet(seed: bytes) -> None:
    same(seed)
    for at, octet in enumerate(seed):
        same(seed[:at], seed[at:])
        same(seed[:at])
        same(seed[:at] + seed)
        for other in (0x7E, octet ^ 1, octet ^ 0x10, octet ^ 0x80):
            same(seed[:at] + bytes((other,)) + seed[at + 1 :] + seed)
    same(*(bytes((octet,)) for octet in seed + seed[1:]))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(SEEDS) | st.binary(max_size=20) | st.just(b"\x7e"), max_size=6), st.data())
def test_streams_with_noise_in_any_pieces(parts: list[bytes], data: st.DataObject) -> None:
    octets = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=8)))
    same(*(octets[start:end] for start, end in zip([0, *cuts], [*cuts, len(octets)], strict=True)))


def written(made: HdlcFrame, python: bool) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        if python:
            patch.setattr(frame, "write_frame", _fast.write_frame)
        try:
            return made.to_bytes()
        except EncodeError as error:
            return str(error)


@settings(max_examples=300, deadline=None)
@given(frames)
def test_frames_are_written_alike(made: HdlcFrame) -> None:
    octets = written(made, python=False)
    assert octets == written(made, python=True)
    same(octets, octets[1:])


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 2030, 2037, 2038, 2039, 2040, 4096])
def test_every_length(size: int) -> None:
    client, meter = HdlcAddress(16), HdlcAddress(1, 17, 4)
    for segmented in (False, True):
        made = HdlcFrame(meter, client, Control(FrameKind.I, True, 7, 7), bytes(size), segmented)
        assert written(made, python=False) == written(made, python=True)


def test_many_addresses_share_the_slots() -> None:
    places = [(n, n * 7 % 16384, 4) for n in range(300)] + [(n % 128, n // 3, 2) for n in range(300)]
    sent = [
        HdlcFrame(HdlcAddress(upper, lower, octets), HdlcAddress(upper % 128), Control(FrameKind.RR, True, None, 1))
        for upper, lower, octets in places
    ]
    octets = [made.to_bytes() for made in sent]
    assert octets == [written(made, python=True) for made in sent]
    assert FrameReader().feed(b"".join(octets)) == sent
