"""Opening of APDUs that are authenticated and encrypted in a way that was verified before with the same keys.

`ext/dlmskit/_speedups/_opening.pyx` does the same in C. See docs/decisions/gcm-in-two-passes.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import Any

from dlmskit.security.suite import TAG_OCTETS, TITLE_OCTETS

_HEADER = 5
_LIBRARY_TAG = 16


def opened(
    make: Callable[..., Any], ready: Mapping[int, tuple[Any, ...]], content: Any, title: Any, dedicated: bool
) -> Any:
    """What `make` makes of plain octets, security control, counter, True and key purpose of ``content``.

    `ready` holds the encrypting function, AAD and key purpose of each security control (plus 256 for the dedicated
    key). None where it does not hold this one, or whatever is wrong: `unprotect` says what.
    """
    if type(content) is not bytes or type(title) is not bytes:
        return None
    if len(content) < _HEADER + TAG_OCTETS or len(title) != TITLE_OCTETS:
        return None
    known = ready.get(content[0] | dedicated << 8)
    if known is None:
        return None
    encrypt, aad, purpose = known
    iv = title + content[1:_HEADER]
    plain = encrypt(iv, content[_HEADER:-TAG_OCTETS], None)[:-_LIBRARY_TAG]
    tag = encrypt(iv, plain, aad)[-_LIBRARY_TAG : TAG_OCTETS - _LIBRARY_TAG]
    if not compare_digest(tag, content[-TAG_OCTETS:]):
        return None
    return make(plain, content[0], int.from_bytes(content[1:_HEADER], "big"), True, purpose)
