"""Message boundaries and the block check character.

A block begins with SOH or STX and ends with ETX (or EOT when another partial block follows) and its check: the
exclusive or of all octets after the first SOH or STX through the end character.

Source: IEC 62056-21, block check character after ISO 1155.
"""

from __future__ import annotations

from functools import reduce
from operator import xor

import msgspec

from dlmskit.exceptions import FrameCheckError, FrameError, LimitError, TruncatedError
from dlmskit.limits import DEFAULT_LIMITS, Limits

SOH, STX, ETX, EOT, ACK, NAK = 0x01, 0x02, 0x03, 0x04, 0x06, 0x15
_LINE_OCTETS = 64
_SELECT_OCTETS = 6


def bcc(octets: bytes | bytearray) -> int:
    """The check over `octets`, which leave the first SOH or STX out."""
    return reduce(xor, octets, 0)


def is_block(message: bytes | bytearray) -> bool:
    """Whether a message is one that carries a block check."""
    return bool(message) and message[0] in (SOH, STX)


def with_bcc(message: bytes) -> bytes:
    """A message as it goes on the line: a block gets its check, everything else stays."""
    return message + bytes([bcc(message[1:])]) if is_block(message) else message


def without_bcc(octets: bytes) -> bytes:
    """The message of a whole block as it came off the line.

    Raises `FrameError`, `TruncatedError`, or `FrameCheckError` at the check.
    """
    if not is_block(octets):
        raise FrameError("a block begins with SOH or STX", 0)
    end = next((index for index, octet in enumerate(octets) if octet in (ETX, EOT)), None)
    if end is None or end + 1 >= len(octets):
        raise TruncatedError("octets ran out before the block check", len(octets))
    if end + 2 < len(octets):
        raise FrameError(f"{len(octets) - end - 2} octets after the block check", end + 2)
    if octets[end + 1] != bcc(octets[1 : end + 1]):
        raise FrameCheckError("the block check character does not fit the block", end + 1)
    return octets[: end + 1]


class Lost(msgspec.Struct, frozen=True):
    """Octets that belong to no good message; `damaged` when it was a block with a wrong check."""

    reason: str
    octets: int
    damaged: bool = False


class BlockReader:
    """Cuts a line's octets (without parity) into messages, each without its block check.

    `selects` is set on the meter's side, where ACK begins an option select message of six octets.
    """

    def __init__(self, *, selects: bool = False, limits: Limits = DEFAULT_LIMITS) -> None:
        self._selects = selects
        self._limits = limits
        self._buffer = bytearray()
        self._ended = False
        self._noise = 0

    @property
    def pending(self) -> bool:
        """Whether a message has begun."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes | Lost]:
        """Whole messages and what was lost between them, in order."""
        found: list[bytes | Lost] = []
        for octet in data:
            item = self._take(octet)
            if item is not None:
                self._report(found)
                found.append(item)
        self._report(found)
        return found

    def abandon(self) -> Lost | None:
        """Give up a message that has begun, because the line fell silent."""
        lost = len(self._buffer)
        block = is_block(self._buffer)
        self._clear()
        return Lost("a message was broken off", lost, block) if lost else None

    def _report(self, found: list[bytes | Lost]) -> None:
        if self._noise:
            found.append(Lost("noise", self._noise))
        self._noise = 0

    def _take(self, octet: int) -> bytes | Lost | None:
        buffer = self._buffer
        if not buffer and octet not in (SOH, STX, ACK, NAK, ord("/")):
            self._noise += 1
            return None
        buffer.append(octet)
        match buffer[0]:
            case 0x01 | 0x02:
                return self._block(octet)
            case 0x06 if self._selects:
                return self._whole() if octet == 0x0A or len(buffer) == _SELECT_OCTETS else None
            case 0x06 | 0x15:
                return self._whole()
            case _:
                return self._line(octet)

    def _block(self, octet: int) -> bytes | Lost | None:
        if self._ended:
            if octet != bcc(self._buffer[1:-1]):
                return self._lose("the block check character does not fit the block", damaged=True)
            del self._buffer[-1:]
            return self._whole()
        self._ended = octet in (ETX, EOT)
        if len(self._buffer) > self._limits.apdu_octets:
            return self._lose(str(LimitError(f"apdu_octets: a block is over {self._limits.apdu_octets} octets")))
        return None

    def _line(self, octet: int) -> bytes | Lost | None:
        if octet == 0x0A:
            return self._whole()
        if octet == ord("/") and len(self._buffer) > 1:
            lost = len(self._buffer) - 1
            del self._buffer[:lost]
            return Lost("an identification was broken off", lost)
        return self._lose("an identification line has no end") if len(self._buffer) > _LINE_OCTETS else None

    def _whole(self) -> bytes:
        message = bytes(self._buffer)
        self._clear()
        return message

    def _lose(self, reason: str, *, damaged: bool = False) -> Lost:
        lost = Lost(reason, len(self._buffer), damaged)
        self._clear()
        return lost

    def _clear(self) -> None:
        self._buffer.clear()
        self._ended = False
