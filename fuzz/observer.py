"""Invariant: the observer explains any octets, in whatever pieces they come, and raises nothing.

- Every layer lies within the octets that it counts in, below the layer above it.
- What it says can be written as JSON; every APDU that it understood is one.

Run ``python -m fuzz observer``; it is all that ``dlmskit decode`` shows.
"""

from __future__ import annotations

import msgspec

from dlmskit.apdu import Apdu
from dlmskit.security.keys import KeySet
from dlmskit.stack.observe.layer import Layer
from dlmskit.stack.observe.observer import Observer

KEYS = KeySet(bytes(range(0x10)), bytes(range(0xD0, 0xE0)))


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether an APDU was understood."""
    found = False
    for strict in (False, True):
        whole = Observer(lambda _: KEYS, strict=strict)
        check_layer(whole.explain(octets), len(octets))
        assert all(isinstance(message.apdu, Apdu) for message in whole.messages)
        found = found or bool(whole.messages)
    line = Observer(lambda _: KEYS)
    for start in range(0, len(octets), 7):
        for layer in line.feed(octets[start : start + 7]):
            check_layer(layer, len(octets))
    for layer in line.finish():
        check_layer(layer, len(octets))
    return found


def check_layer(layer: Layer, size: int) -> None:
    """One layer and all below, in `size` octets."""
    assert msgspec.json.encode(layer.to_dict())
    pending = [(layer, size)]
    while pending:
        current, room = pending.pop()
        assert 0 <= current.offset <= current.end <= room, f"{current.name}: {current.offset}..{current.end} of {room}"
        inner = room if current.octets is None else len(current.octets)
        pending += [(child, inner) for child in current.children]
