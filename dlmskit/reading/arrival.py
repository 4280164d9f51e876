"""How long an answer in blocks will be, as far as its beginning tells."""

from __future__ import annotations

from dlmskit.codec import axdr
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError
from dlmskit.limits import DEFAULT_LIMITS


def expected_octets(so_far: bytes) -> int | None:
    """Octets of a whole answer, judged by its beginning: an array says how many elements it has, and they are taken to
    be as long as the first. None for what says nothing of the kind.
    """
    if so_far[:1] != bytes((DataType.ARRAY,)):
        return None
    try:
        count, start = axdr.read_length(so_far, 1)
        end = axdr.measure(so_far, start, DEFAULT_LIMITS.depth) if count else start
    except DecodeError:
        return None
    return start + count * (end - start)
