"""Cutting a stream of octets into HDLC frames, through noise and bad frames.

A frame begins at a flag, ends where its length field says, and may share its closing flag with the next one. The header
check is verified before the rest of a frame is waited for, so a false beginning holds up the reader for some twelve
octets only. After a failure the search goes on at the next flag behind the false beginning, inside the failed octets
too: each of them costs one header check, so the work stays linear.
"""

from __future__ import annotations

import re

import msgspec

from dlmskit.exceptions import FrameCheckError, FrameError, TruncatedError
from dlmskit.link.hdlc.fast import read_frames
from dlmskit.link.hdlc.frame import FLAG, MAX_LENGTH, FrameHeader, HdlcFrame, RefusedFrameError, read_body, read_header

_MAX_HEADER_OCTETS = 1 + 2 + 4 + 4 + 1 + 2
_FLAGS = re.compile(b"\x7e+")
_CHECKS_AN_OCTET = 8
_MOST_CREDIT = 16 * MAX_LENGTH


class Dropped(msgspec.Struct, frozen=True):
    """Octets that belong to no good frame, and the first reason why.

    `refused` is the header of a frame that is good but for a control octet that this profile does not have.
    """

    reason: str
    octets: int
    refused: FrameHeader | None = None


class FrameReader:
    """Feed it a stream in pieces of any size; the frames do not depend on how the stream was cut."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._start = 0
        self._header: FrameHeader | None = None
        self._reason = ""
        self._lost = 0
        self._credit = _MOST_CREDIT
        """octets whose failed frame check may still be computed; grows with the octets that are left behind"""

    @property
    def pending(self) -> bool:
        """Whether a frame has begun and is not whole yet."""
        return len(self._buffer) > 1

    def feed(self, data: bytes) -> list[HdlcFrame | Dropped]:
        """Good frames, and what was thrown away before, between and after them, in order."""
        self._buffer += data
        return self._scan()

    def abandon(self) -> list[HdlcFrame | Dropped]:
        """Give up the frame that has begun, because the line fell silent; good frames inside its octets come out."""
        found: list[HdlcFrame | Dropped] = []
        while self.pending:
            self._fail("a frame was broken off")
            del self._buffer[: self._start]
            found += self._scan()
        return found

    def _scan(self) -> list[HdlcFrame | Dropped]:
        found: list[HdlcFrame | Dropped] = []
        self._start = 0
        waiting = self._take_good(found)
        while not waiting and self._align():
            try:
                frame = self._next()
            except RefusedFrameError as error:
                self._report(found)
                found.append(Dropped(str(error), error.header.length, error.header))
                self._header = None
                self._start += error.header.length + 1
                continue
            except FrameCheckError as error:
                self._fail_check(str(error))
                continue
            except FrameError as error:
                self._fail(str(error))
                continue
            if frame is None:
                break
            self._report(found)
            found.append(frame)
            waiting = self._take_good(found)
        del self._buffer[: self._start]
        self._start = 0
        self._report(found)
        return found

    def _take_good(self, found: list[HdlcFrame | Dropped]) -> bool:
        """Take the frames that follow each other with nothing wrong; whether all else is to wait."""
        if self._header is not None or self._reason:
            return False
        self._start, waiting = read_frames(self._buffer, self._start, found, HdlcFrame)
        return waiting

    def _align(self) -> bool:
        """Move to the last of the next run of flags; False when the buffer holds nothing beyond it."""
        buffer, start = self._buffer, self._start
        if self._header is not None:
            return True
        flag = buffer.find(FLAG, start)
        position = flag if flag >= 0 else len(buffer)
        if position > start:
            self._lose("noise", position - start)
        if flag < 0:
            self._start = position
            return False
        run = _FLAGS.match(buffer, flag)
        self._start = run.end() - 1 if run else flag
        return self._start + 1 < len(buffer)

    def _next(self) -> HdlcFrame | None:
        """The frame at the present flag, None while it is not whole."""
        if self._header is None:
            try:
                self._header = read_header(self._buffer[self._start : self._start + _MAX_HEADER_OCTETS])
            except TruncatedError:
                return None
        end = self._start + self._header.length + 2
        if len(self._buffer) < end:
            return None
        if self._buffer[end - 1] != FLAG:
            raise FrameError("no closing flag where the length field puts it", self._header.length + 1)
        frame = read_body(self._buffer[self._start : end], self._header)
        self._header = None
        self._start = end - 1
        return frame

    def _fail(self, reason: str) -> None:
        self._header = None
        self._lose(reason, 0)
        self._start += 1

    def _fail_check(self, reason: str) -> None:
        length = self._header.length if self._header is not None else 0
        self._fail(reason)
        self._credit -= length
        if self._credit < 0:
            self._lose(reason, length)
            self._start += length

    def _lose(self, reason: str, octets: int) -> None:
        self._reason = self._reason or reason
        self._lost += octets
        self._credit = min(_MOST_CREDIT, self._credit + _CHECKS_AN_OCTET * octets)

    def _report(self, found: list[HdlcFrame | Dropped]) -> None:
        if self._reason:
            found.append(Dropped(self._reason, self._lost))
        self._reason, self._lost = "", 0
