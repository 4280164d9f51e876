"""Invariant: whatever comes down a DL/T 645 line, the reader raises nothing and loses no good frame.

- The frames are the same whether the stream comes whole or octet by octet.
- Every frame stands in the stream, in order, octet for octet as it encodes again.
- When the line has fallen silent, the next good frame is found at once.

Run ``python -m fuzz dlt645_stream``.
"""

from __future__ import annotations

from dlmskit.link.dlt645.frame import Dlt645Frame
from dlmskit.link.dlt645.reader import Dlt645Reader

GOOD = Dlt645Frame(bytes.fromhex("685634120016"), 0x91, b"\x68\x16\x00")


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether a frame was in them."""
    frames = read([octets])
    assert read([bytes([octet]) for octet in octets]) == frames
    position = 0
    for frame in frames:
        encoded = frame.to_bytes()
        position = octets.index(encoded, position) + len(encoded)
    return bool(frames)


def read(pieces: list[bytes]) -> list[Dlt645Frame]:
    """The frames of a stream that comes in `pieces` and then stops."""
    reader = Dlt645Reader()
    frames = [frame for piece in pieces for frame in reader.feed(piece)] + reader.abandon()
    assert reader.feed(GOOD.to_bytes()) == [GOOD]
    return frames
