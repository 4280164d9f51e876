"""Invariant: whatever comes down the line, `FrameReader` raises nothing and loses no good frame.

- The frames are the same whether the stream comes whole or octet by octet.
- Every frame stands in the stream, in order, octet for octet as it encodes again.
- Frames and dropped octets together are not more than the stream.
- When the line has fallen silent, the next good frame is found at once.
"""

from __future__ import annotations

from dlmskit.link.hdlc import Control, Dropped, FrameKind, FrameReader, HdlcAddress, HdlcFrame

GOOD = HdlcFrame(HdlcAddress(16), HdlcAddress(1, 17), Control(FrameKind.I, True, 3, 5), b"\xe6\xe7\x00\x7e\x7e\x7e")


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether a frame was in them."""
    reader = FrameReader()
    items = reader.feed(octets) + reader.abandon()
    frames = [item for item in items if isinstance(item, HdlcFrame)]
    check_places(frames, octets)
    lost = sum(item.octets for item in items if isinstance(item, Dropped))
    assert lost + sum(len(frame.to_bytes()) - 2 for frame in frames) <= len(octets)
    assert reader.feed(GOOD.to_bytes()) == [GOOD]
    check_pieces(frames, octets)
    return bool(frames)


def check_places(frames: list[HdlcFrame], octets: bytes) -> None:
    """Each frame stands behind the one before; they may share a flag."""
    position = 0
    for frame in frames:
        encoded = frame.to_bytes()
        position = octets.index(encoded, position) + len(encoded) - 1


def check_pieces(frames: list[HdlcFrame], octets: bytes) -> None:
    """Octet by octet gives the same frames."""
    reader = FrameReader()
    items = [item for octet in octets for item in reader.feed(bytes([octet]))] + reader.abandon()
    assert [item for item in items if isinstance(item, HdlcFrame)] == frames
