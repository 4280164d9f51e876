"""`dlmskit.link.hdlc._fast`, written by hand."""

from collections.abc import Callable
from typing import Any

def read_frames(buffer: bytearray, start: int, found: list[Any], make: Callable[..., Any]) -> tuple[int, bool]: ...
def write_frame(frame: Any) -> bytes | None: ...
