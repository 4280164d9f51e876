"""P1 ports and mode D: cutting what a meter sends by itself into messages, and the link that listens.

Source: DSMR P1 companion standard; IEC 62056-21, protocol mode D.
"""

from __future__ import annotations

import re

from dlmskit.codec.axdr import read_length
from dlmskit.codec.iec21.p1 import MAX_TELEGRAM
from dlmskit.exceptions import DecodeError, LimitError, LocalProtocolError, TruncatedError
from dlmskit.link.base import FrameDropped, Received, SetLine
from dlmskit.link.iec21.parity import Parity
from dlmskit.link.unconnected import UnconnectedLink

GENERAL_GLO = 0xDB
_LONGEST_TITLE = 8
_LONGEST_END = 9
_LONGEST_TEXT = MAX_TELEGRAM - _LONGEST_END - 1
_HEAD = re.compile(rb"/[^/!\x80-\xff]{0,75}?\r\n\r\n")
_BEGINNING = re.compile(rb"/|\xdb(?=[\x00\x08]|\Z)")
_END = re.compile(rb"![^\n]{0,8}\n")


def payload(octets: bytes | bytearray, at: int = 0) -> tuple[int, int]:
    """Where the ciphered payload of the message at `at` stands, an empty span there for text in clear.

    Raises `TruncatedError` as long as octets are missing to say so and `DecodeError` for what begins otherwise.
    """
    start = at
    if octets[at : at + 1] == b"/":
        head = _HEAD.match(octets, at)
        if head is None or octets[head.end() : head.end() + 1] != bytes([GENERAL_GLO]):
            return at, at
        start = head.end()
    elif octets[at : at + 1] != bytes([GENERAL_GLO]):
        raise DecodeError("a P1 message begins with / or DB", at)
    window = bytes(octets[start : start + 1 + 1 + _LONGEST_TITLE + 6])
    try:
        title, behind = read_length(window, 1)
        if title > _LONGEST_TITLE:
            raise DecodeError(f"a system title has {_LONGEST_TITLE} octets or none, found {title}", 1)
        if behind + title > len(window):
            raise TruncatedError("octets ran out inside the system title", len(window))
        length, behind = read_length(window, behind + title)
    except DecodeError as error:
        raise error.within(shift=start) from None
    end = start + behind + length
    if end - at > MAX_TELEGRAM:
        raise LimitError(f"a P1 message has at most {MAX_TELEGRAM} octets, {end - at} are announced", start)
    if end > len(octets):
        raise TruncatedError(f"the ciphered payload ends at octet {end}, {len(octets)} are there", len(octets))
    return start, end


class P1Reader:
    """Cuts a stream into whole messages; what is lost between them is counted until it is taken."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._mark = -1
        self._reason = ""
        self._lost = 0

    @property
    def pending(self) -> bool:
        """Whether a message has begun and is not whole yet."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Messages that `data` completes: whole telegrams, or whole ciphered payloads with the line before them."""
        self._buffer += data
        self._mark = 0
        found: list[bytes] = []
        at = 0
        while (begin := _BEGINNING.search(self._buffer, at)) is not None:
            self._lose("noise", begin.start() - at)
            at = begin.start()
            try:
                end = self._end(at)
            except TruncatedError:
                break
            except DecodeError as error:
                self._lose(str(error), 1)
                at += 1
                continue
            if end < 0:
                self._lose("a telegram was broken off", -end - at)
            else:
                found.append(bytes(self._buffer[at:end]))
            at = abs(end)
        else:
            self._lose("noise", len(self._buffer) - at)
            at = len(self._buffer)
        del self._buffer[:at]
        return found

    def abandon(self) -> None:
        """Give up the message that has begun, because the line fell silent."""
        self._lose("a P1 message was broken off", len(self._buffer))
        self._buffer.clear()

    def take_lost(self) -> tuple[str, int] | None:
        """Why and how many octets were lost since the last call."""
        lost = (self._reason, self._lost) if self._lost else None
        self._reason, self._lost = "", 0
        return lost

    def _end(self, at: int) -> int:
        """Where the message at `at` ends; negative where what begins there is none and the next may begin.

        What is decided does not depend on how many octets are there already: a telegram holds no second ``/``.
        """
        buffer = self._buffer
        head = _HEAD.match(buffer, at)
        if head is not None and head.end() == len(buffer):
            raise TruncatedError("nothing behind the head yet", len(buffer))
        _, end = payload(buffer, at)
        if end > at:
            return end
        if 0 <= self._mark < at + 1:
            self._mark = buffer.find(b"!", at + 1)
        mark = self._mark
        following = buffer.find(b"/", at + 1, mark if mark >= 0 else len(buffer))
        reached = next((place for place in (following, mark) if place >= 0), len(buffer) - 1)
        if reached - at >= _LONGEST_TEXT:
            raise LimitError(f"a P1 telegram has at most {MAX_TELEGRAM} octets", at)
        if following >= 0:
            return -following
        if mark >= 0 and (found := _END.match(buffer, mark)) is not None:
            return found.end()
        if mark >= 0 and len(buffer) > mark + _LONGEST_END:
            return -(mark + 1)
        raise TruncatedError("a P1 telegram is not whole yet", len(buffer))

    def _lose(self, reason: str, octets: int) -> None:
        if octets:
            self._reason = self._reason or reason
            self._lost += octets


def mode_d_link() -> P1Link:
    """The link to a mode D meter: 2400 Bd, seven bits, even parity."""
    return P1Link(baud=2400, line_format="7E1", text_only=True)


class P1Link(UnconnectedLink):
    """Listens to a P1 port; `Received` holds one whole message, unsolicited. It never sends.

    `gap` seconds of silence end a message that has begun. With `baud` the line is set when the link opens. `text_only`
    masks parity bits of seven-bit meters, and with them everything ciphered.
    """

    def __init__(
        self, *, gap: float = 2.0, baud: int | None = None, line_format: str = "8N1", text_only: bool = False
    ) -> None:
        super().__init__(SetLine(baud, line_format) if baud is not None else None)
        self._gap = gap
        self._parity = Parity("none") if text_only else None
        self._reader = P1Reader()

    def send(self, message: bytes, now: float) -> None:
        """Raises `LocalProtocolError`: a P1 port only speaks."""
        raise LocalProtocolError("a P1 port takes nothing")

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        if not self._up:
            return
        messages = self._reader.feed(data if self._parity is None else self._parity.strip(data))
        self._report()
        for message in messages:
            self._out.emit(Received(message, unsolicited=True))
        if self._reader.pending:
            self._timers.start("gap", now + self._gap)
        else:
            self._timers.stop("gap")

    def _report(self) -> None:
        if (lost := self._reader.take_lost()) is not None:
            self._out.emit(FrameDropped(*lost))

    def handle_timeout(self, now: float) -> None:
        """Give up what has not been completed in time."""
        if self._timers.due(now):
            self._reader.abandon()
            self._report()
