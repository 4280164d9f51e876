"""Cutting a stream of octets into frames that begin with 68 and say their length, through noise and bad frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from dlmskit.exceptions import DecodeError, TruncatedError

START = 0x68

F = TypeVar("F")


class FrameCutter(Generic[F]):
    """Cuts a stream into frames; what is lost between them is counted until it is taken.

    `read` takes octets and a frame's place in them, gives the frame and its end, and raises `TruncatedError` for a
    frame that goes on and `DecodeError` for what is none. `idle` octets between frames are not lost.
    """

    def __init__(self, name: str, read: Callable[[bytearray, int], tuple[F, int]], idle: bytes = b"") -> None:
        self._name = name
        self._read = read
        self._idle = idle
        self._buffer = bytearray()
        self._reason = ""
        self._lost = 0

    @property
    def pending(self) -> bool:
        """Whether a frame has begun and is not whole yet."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[F]:
        """Frames that `data` completes."""
        self._buffer += data
        return self._scan()

    def abandon(self) -> list[F]:
        """Give up the frame that has begun, because the line fell silent; good frames inside it come out."""
        frames: list[F] = []
        while self._buffer:
            self._lose(f"{self._name} was broken off", 0, 1)
            del self._buffer[:1]
            frames += self._scan()
        return frames

    def take_lost(self) -> tuple[str, int] | None:
        """Why and how many octets were lost since the last call."""
        lost = (self._reason, self._lost) if self._lost else None
        self._reason, self._lost = "", 0
        return lost

    def _scan(self) -> list[F]:
        frames: list[F] = []
        position = 0
        while (start := self._buffer.find(START, position)) >= 0:
            self._lose("noise", position, start)
            try:
                frame, position = self._read(self._buffer, start)
                frames.append(frame)
            except TruncatedError:
                position = start
                break
            except DecodeError as error:
                self._lose(str(error), start, start + 1)
                position = start + 1
        else:
            self._lose("noise", position, len(self._buffer))
            position = len(self._buffer)
        del self._buffer[:position]
        return frames

    def _lose(self, reason: str, start: int, end: int) -> None:
        count = end - start - sum(self._buffer.count(octet, start, end) for octet in self._idle)
        if count:
            self._reason = self._reason or reason
            self._lost += count
