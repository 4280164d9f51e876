"""Without the kernel there is no short way: `FrameReader` and `HdlcFrame` do the whole work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def read_frames(buffer: bytearray, start: int, found: list[Any], make: Callable[..., Any]) -> tuple[int, bool]:
    """Append the good frames that follow each other from the flag at `start` on.

    Gives the flag behind the last one, and whether what follows is right as far as it goes: then all there is to do is
    to wait, for the rest of a frame whose header check fits, or for anything behind a lone flag.
    """
    return start, False


def write_frame(frame: Any) -> bytes | None:
    """The octets of `frame` from flag to flag, None where `HdlcFrame` must write it itself."""
    return None
