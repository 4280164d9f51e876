"""Cutting a stream of octets into DL/T 645 frames, through noise and bad frames."""

from __future__ import annotations

from dlmskit.exceptions import DecodeError, TruncatedError
from dlmskit.link.dlt645.frame import START, WAKE_UP, Dlt645Frame, read_frame


class Dlt645Reader:
    """Cuts a stream into frames; what is lost between them, wake-up octets apart, is counted until it is taken."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._reason = ""
        self._lost = 0

    @property
    def pending(self) -> bool:
        """Whether a frame has begun and is not whole yet."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Dlt645Frame]:
        """Frames that `data` completes."""
        self._buffer += data
        return self._scan()

    def abandon(self) -> list[Dlt645Frame]:
        """Give up the frame that has begun, because the line fell silent; good frames inside it come out."""
        frames: list[Dlt645Frame] = []
        while self._buffer:
            self._lose("a DL/T 645 frame was broken off", self._buffer[:1])
            del self._buffer[:1]
            frames += self._scan()
        return frames

    def take_lost(self) -> tuple[str, int] | None:
        """Why and how many octets were lost since the last call."""
        lost = (self._reason, self._lost) if self._lost else None
        self._reason, self._lost = "", 0
        return lost

    def _scan(self) -> list[Dlt645Frame]:
        frames: list[Dlt645Frame] = []
        position = 0
        while (start := self._buffer.find(START, position)) >= 0:
            self._lose("noise", self._buffer[position:start])
            try:
                frame, position = read_frame(self._buffer, start)
                frames.append(frame)
            except TruncatedError:
                position = start
                break
            except DecodeError as error:
                self._lose(str(error), self._buffer[start : start + 1])
                position = start + 1
        else:
            self._lose("noise", self._buffer[position:])
            position = len(self._buffer)
        del self._buffer[:position]
        return frames

    def _lose(self, reason: str, octets: bytearray) -> None:
        count = len(octets) - octets.count(WAKE_UP)
        if count:
            self._reason = self._reason or reason
            self._lost += count
