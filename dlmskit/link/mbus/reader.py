"""Cutting a stream of octets into M-Bus long frames, through noise and bad frames."""

from __future__ import annotations

from dlmskit.exceptions import DecodeError, TruncatedError
from dlmskit.limits import Tolerance
from dlmskit.link.mbus.frame import START, MBusFrame, read_frame


class MBusReader:
    """Cuts a stream into long frames; what is lost between them is counted in `lost` until it is taken."""

    def __init__(self, tolerance: Tolerance | None = None) -> None:
        self._tolerance = tolerance or Tolerance()
        self._buffer = bytearray()
        self._reason = ""
        self._lost = 0

    @property
    def pending(self) -> bool:
        """Whether a frame has begun and is not whole yet."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[MBusFrame]:
        """Frames that `data` completes."""
        self._buffer += data
        return self._scan()

    def abandon(self) -> list[MBusFrame]:
        """Give up the frame that has begun, because the line fell silent; good frames inside it come out."""
        frames: list[MBusFrame] = []
        while self._buffer:
            self._lose("an M-Bus frame was broken off", 1)
            del self._buffer[:1]
            frames += self._scan()
        return frames

    def take_lost(self) -> tuple[str, int] | None:
        """Why and how many octets were lost since the last call."""
        lost = (self._reason, self._lost) if self._lost else None
        self._reason, self._lost = "", 0
        return lost

    def _scan(self) -> list[MBusFrame]:
        frames: list[MBusFrame] = []
        position = 0
        while (start := self._buffer.find(START, position)) >= 0:
            self._lose("noise", start - position)
            try:
                frame, position = read_frame(self._buffer, start, self._tolerance)
                frames.append(frame)
            except TruncatedError:
                position = start
                break
            except DecodeError as error:
                self._lose(str(error), 1)
                position = start + 1
        else:
            self._lose("noise", len(self._buffer) - position)
            position = len(self._buffer)
        del self._buffer[:position]
        return frames

    def _lose(self, reason: str, octets: int) -> None:
        if octets:
            self._reason = self._reason or reason
            self._lost += octets
