"""Passwords in DL/T 645 frames: where they stand, and the checksum over what is left.

::

    68 address 68  14  L  identifier, level and password, operator code, value        write
    68 address 68  18  L  identifier, old password, new password                      change of a password
    68 address 68  98  L  new password                                                its answer
    68 address 68  19 1A 1B  L  everything                                            clearing
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_HEAD_OCTETS = 10
_IDENTIFIER, _PASSWORD = 4, 4
_SECRET: dict[int, tuple[int, int | None]] = {
    0x14: (_IDENTIFIER, _IDENTIFIER + _PASSWORD),
    0x18: (_IDENTIFIER, _IDENTIFIER + 2 * _PASSWORD),
    0x98: (0, _PASSWORD),
    0x19: (0, None),
    0x1A: (0, None),
    0x1B: (0, None),
}
_HEAD = re.compile(rb"(?=\x68.{6}\x68([\x14\x18\x98\x19-\x1b])(.))", re.DOTALL)

Span = tuple[int, int]


def passwords(octets: bytes) -> Iterator[tuple[Span, Span]]:
    """Where a password stands, and what the checksum behind it counts, for each whole frame."""
    for head in _HEAD.finditer(octets):
        start, data = head.start(), head.start() + _HEAD_OCTETS
        check = data + head.group(2)[0]
        if octets[check + 1 : check + 2] != b"\x16" or sum(octets[start:check]) & 0xFF != octets[check]:
            continue
        begin, end = _SECRET[head.group(1)[0]]
        yield (data + begin, check if end is None else min(data + end, check)), (start, check)
