"""The telegram of a P1 port: a mode D read-out with a CRC instead of a block check.

::

    / identification CR LF  CR LF  data sets, one a line  ! CRC CR LF

The CRC counts from ``/`` through ``!`` and is written as hexadecimal digits; older meters leave it out, and some leave
leading zeros out. What else follows the line of ``!`` is kept and means nothing.

Source: DSMR P1 companion standard (telegram and CRC); IEC 62056-21, protocol mode D.
"""

from __future__ import annotations

import re

import msgspec

from dlmskit.codec.iec21.dataset import DataSet, format_data_sets, parse_data_sets
from dlmskit.exceptions import DecodeError, FrameCheckError, LimitError, TruncatedError

MAX_TELEGRAM = 16_384
_HEAD = re.compile(rb"/[!-~]{3,4}[ -~]{0,64}\r\n\r\n")
_CRC = re.compile(rb"([0-9A-Fa-f]{1,4})(?:\r\n)?")
_NO_TEXT = re.compile(rb"[^\x20-\x7e\r\n]")


def _table() -> tuple[int, ...]:
    rows = []
    for row in range(0x100):
        for _ in range(8):
            row = row >> 1 ^ (0xA001 if row & 1 else 0)
        rows.append(row)
    return tuple(rows)


_ROWS = _table()


def crc16(octets: bytes) -> int:
    """CRC-16 with the reflected polynomial A001 and initial value 0 (also called CRC-16/ARC)."""
    crc = 0
    for octet in octets:
        crc = crc >> 8 ^ _ROWS[(crc ^ octet) & 0xFF]
    return crc


class P1Telegram(msgspec.Struct, frozen=True):
    """Identification line, data sets, and every octet behind ``!``.

    A data set without address goes on with the values of the one before it (gas readings before DSMR 4).
    """

    identification: str
    data_sets: tuple[DataSet, ...]
    tail: bytes = b""

    @classmethod
    def from_bytes(cls, octets: bytes) -> P1Telegram:
        """Read one whole telegram; a CRC that is there must fit.

        Raises `DecodeError`, `TruncatedError`, `LimitError` above 16 KiB, and `FrameCheckError` at the CRC.
        """
        octets = bytes(octets)
        if len(octets) > MAX_TELEGRAM:
            raise LimitError(f"a P1 telegram has at most {MAX_TELEGRAM} octets, found {len(octets)}", MAX_TELEGRAM)
        head = _head(octets)
        end = octets.find(b"!", head)
        body = octets[head : end if end >= 0 else len(octets)]
        if (wrong := _NO_TEXT.search(body)) is not None:
            raise DecodeError(f"{wrong.group()[0]:02X} cannot stand in a telegram", head + wrong.start())
        if end < 0:
            raise TruncatedError("octets ran out before the end mark '!' of a P1 telegram", len(octets))
        try:
            data_sets = parse_data_sets(body.decode("ascii"))
        except DecodeError as error:
            raise error.within(shift=head) from None
        telegram = cls(octets[1 : head - 4].decode("ascii"), data_sets, octets[end + 1 :])
        if telegram.crc is not None and telegram.crc != crc16(octets[: end + 1]):
            raise FrameCheckError("the CRC does not fit the P1 telegram", end + 1)
        return telegram

    @property
    def crc(self) -> int | None:
        """The CRC that was sent, None where there was none."""
        found = _CRC.fullmatch(self.tail)
        return int(found[1], 16) if found else None

    def to_bytes(self) -> bytes:
        """The telegram with its data sets one a line, and the tail as it is; see `with_crc`."""
        return self._covered() + self.tail

    def with_crc(self) -> P1Telegram:
        """The same telegram with the CRC that fits it."""
        tail = f"{crc16(self._covered()):04X}\r\n".encode("ascii")
        return msgspec.structs.replace(self, tail=tail)

    def _covered(self) -> bytes:
        lines: list[str] = []
        for data_set in self.data_sets:
            lines.append(format_data_sets([data_set]))
        body = "".join(line + "\r\n" for line in lines)
        return f"/{self.identification}\r\n\r\n{body}!".encode("ascii")


def _head(octets: bytes) -> int:
    """Where the body begins."""
    found = _HEAD.match(octets)
    if found is not None:
        return found.end()
    if octets[:1] != b"/":
        raise DecodeError("a P1 telegram begins with /", 0)
    line = octets.find(b"\n")
    if line < 0 and len(octets) <= 70:
        raise TruncatedError("octets ran out in the identification of a P1 telegram", len(octets))
    raise DecodeError("an identification line and an empty line expected at the beginning of a P1 telegram", 1)
