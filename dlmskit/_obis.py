"""OBIS codes in the two spellings that programs write, to and from their octets: ``1-0:1.8.0*255``, ``1.0.1.8.0.255``.

`ext/dlmskit/_speedups/_obis.pyx` is the same by hand in C. What is spelt otherwise, or wrong, is left to
`dlmskit.obis`, which says what is wrong with it.
"""

from __future__ import annotations

import re
from functools import lru_cache

_GROUP = "([0-9]{1,3})"
_PLAIN = re.compile(rf"{_GROUP}-{_GROUP}:{_GROUP}\.{_GROUP}\.{_GROUP}(?:[*&.]{_GROUP})?")
_DOTTED = re.compile(r"\.".join([_GROUP] * 6))


# A meter has a few hundred codes, which come again and again.
@lru_cache(maxsize=4096)
def octets_of(text: str) -> bytes | None:
    """The 6 octets of a code, None where it is not spelt in one of the two ways; a missing F is 255."""
    match = _PLAIN.fullmatch(text) or _DOTTED.fullmatch(text)
    if match is None:
        return None
    groups = [255 if group is None else int(group) for group in match.groups()]
    return bytes(groups) if max(groups) <= 255 else None


@lru_cache(maxsize=4096)
def text_of(octets: bytes) -> str:
    """The usual spelling of a code's 6 octets."""
    a, b, c, d, e, f = octets
    return f"{a}-{b}:{c}.{d}.{e}*{f}"
