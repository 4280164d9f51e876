"""What a receiver makes of characters that were sent at another rate: the line's level, sampled where it looks.

A character is a start bit (low), eight bits from the least one on, and a stop bit (high). The parity of a format is in
the eighth bit and passes as it is.
"""

from __future__ import annotations

_DATA_BITS = 8
_FRAME = _DATA_BITS + 2


def heard(octets: bytes, sent: int, read: int) -> bytes:
    """What a receiver at `read` baud takes from octets sent without a gap at `sent` baud.

    A character whose stop bit is not high has no end: it is taken as it came, and the next falling edge is waited for.
    """
    if sent == read:
        return octets
    level = [bit for octet in octets for bit in (0, *(octet >> place & 1 for place in range(_DATA_BITS)), 1)]
    taken = bytearray()
    at = 0.0
    ratio = sent / read
    while (edge := _falling(level, at)) is not None:
        bits = [_sample(level, edge + (place + 1.5) * ratio) for place in range(_DATA_BITS + 1)]
        taken.append(sum(bit << place for place, bit in enumerate(bits[:_DATA_BITS])))
        at = max(edge + (_FRAME - 0.5) * ratio, edge + 1.0)
    return bytes(taken)


def _falling(level: list[int], at: float) -> int | None:
    """The next bit at which the line goes low."""
    first = int(at)
    for place in range(first, len(level)):
        if not level[place] and (place == 0 or level[place - 1]) and place >= at:
            return place
    return None


def _sample(level: list[int], at: float) -> int:
    return level[int(at)] if at < len(level) else 1
