"""Access modes, as each version of Association LN writes them, of what a model's rights and protections say.

::

    version     attribute                                                       method
    0           0 to 3 nothing, read, write, both; 4 to 6 the same authenticated  boolean
    1, 2        as version 0                                                    0 no, 1 yes, 2 authenticated
    3           bits: read, write, then protection of requests and responses    bits: access, then the same

Before version 3 only an authenticated request can be asked for; whatever a model wants besides is kept and not shown.

Source: Blue Book, Association LN, access_mode.
"""

from __future__ import annotations

from collections.abc import Iterable

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.model.device import Rights, Wanted
from dlmskit.security.policy import NO_POLICY, SecurityPolicy

_MODES: dict[Rights, int] = {"-": 0, "r": 1, "w": 2, "rw": 3, "x": 0}
_AUTHENTICATED = 3
"""from a mode to the same with an authenticated request"""
_BITS: dict[Wanted, SecurityPolicy] = {
    "authenticated-request": SecurityPolicy.REQUEST_AUTHENTICATED,
    "encrypted-request": SecurityPolicy.REQUEST_ENCRYPTED,
    "digitally-signed-request": SecurityPolicy.REQUEST_SIGNED,
    "authenticated-response": SecurityPolicy.RESPONSE_AUTHENTICATED,
    "encrypted-response": SecurityPolicy.RESPONSE_ENCRYPTED,
    "digitally-signed-response": SecurityPolicy.RESPONSE_SIGNED,
}
_IN_BITS = 3


def policy(wanted: Iterable[Wanted]) -> SecurityPolicy:
    """What a model wants, as a policy."""
    total = NO_POLICY
    for each in wanted:
        total |= _BITS[each]
    return total


def attribute_mode(rights: Rights, wanted: tuple[Wanted, ...], version: int) -> Data:
    """access_mode of an attribute."""
    mode = _MODES[rights]
    if mode and version >= _IN_BITS:
        mode |= policy(wanted)
    elif mode and "authenticated-request" in wanted:
        mode += _AUTHENTICATED
    return data.enum(mode)


def method_mode(rights: Rights, wanted: tuple[Wanted, ...], version: int) -> Data:
    """access_mode of a method."""
    allowed = rights == "x"
    if version == 0:
        return data.boolean(allowed)
    if allowed and version >= _IN_BITS:
        return data.enum(1 | policy(wanted))
    return data.enum(allowed + (allowed and "authenticated-request" in wanted))
