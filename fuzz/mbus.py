"""Invariant: whatever comes down an M-Bus line, reader and joiner raise only `FrameError` and lose no good frame.

- The frames are the same whether the stream comes whole or octet by octet.
- In strict mode every frame stands in the stream, in order, octet for octet as it encodes again.
- When the line has fallen silent, the next good frame is found at once.
"""

from __future__ import annotations

from dlmskit.exceptions import FrameError
from dlmskit.limits import Tolerance
from dlmskit.link.mbus import MBusFrame, MBusReader, PartJoiner

GOOD = MBusFrame(0x53, 0xFF, 0x10, b"\x01\x67\x0f\x16\x68\x68")


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether a frame was in them."""
    for strict in (False, True):
        frames = read([octets], strict)
        assert read([bytes([octet]) for octet in octets], strict) == frames
    position = 0
    for frame in frames:
        encoded = frame.to_bytes()
        position = octets.index(encoded, position) + len(encoded)
    join(frames)
    return bool(frames)


def read(pieces: list[bytes], strict: bool) -> list[MBusFrame]:
    """The frames of a stream that comes in `pieces` and then stops."""
    reader = MBusReader(Tolerance(strict=strict))
    frames = [frame for piece in pieces for frame in reader.feed(piece)] + reader.abandon()
    assert reader.feed(GOOD.to_bytes()) == [GOOD]
    return frames


def join(frames: list[MBusFrame]) -> None:
    """Joining refuses what does not go together, and never gives more octets than came."""
    joiner = PartJoiner()
    for frame in frames:
        try:
            received = joiner.take(frame)
        except FrameError:
            continue
        assert received is None or len(received.octets) <= sum(len(part.body) for part in frames)
