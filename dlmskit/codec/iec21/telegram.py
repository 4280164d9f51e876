"""A read-out as it is captured: identification line, data block through ``!``, the block check where it was kept."""

from __future__ import annotations

import msgspec

from dlmskit.codec.iec21.block import ETX, STX, bcc
from dlmskit.codec.iec21.dataset import DataSet, parse_data_sets
from dlmskit.exceptions import DecodeError, FrameCheckError


class Telegram(msgspec.Struct, frozen=True):
    """What stands before the first data set, and the data sets.

    `checked` is True when a block check character was there and fits, None when there was none.
    """

    identification: str
    data_sets: tuple[DataSet, ...]
    checked: bool | None = None

    @classmethod
    def from_bytes(cls, octets: bytes) -> Telegram:
        """Read a captured read-out; parity bits are masked.

        Raises `DecodeError` with the offset in `octets`, `FrameCheckError` for a check that does not fit.
        """
        if octets[:1] not in (b"/", bytes([STX])):
            raise DecodeError("a read-out begins with / or STX", 0)
        plain = bytes(octet & 0x7F for octet in octets)
        text = plain.decode("ascii")
        if "(" not in text:
            raise DecodeError("no data set in the read-out", len(octets))
        start = text.rfind("\n", 0, text.index("(")) + 1
        start += text[start : start + 1] == chr(STX)
        end = text.find(chr(ETX), start)
        try:
            data_sets = parse_data_sets(text[start : end if end >= 0 else len(text)])
        except DecodeError as error:
            raise error.within(shift=start) from None
        head = text[:start].rstrip("\x02\r\n ")
        return cls(head, data_sets, _check(plain, start, end))


def _check(octets: bytes, start: int, end: int) -> bool | None:
    begin = octets.find(STX, max(start - 1, 0))
    if end < 0 or end + 1 >= len(octets) or begin < 0 or begin > start:
        return None
    if octets[end + 1] != bcc(octets[begin + 1 : end + 1]):
        raise FrameCheckError("the block check character does not fit the read-out", end + 1)
    return True
