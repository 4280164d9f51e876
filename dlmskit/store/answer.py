"""What a pump says when a dialogue asks for keys or counters."""

from __future__ import annotations

from typing import Any

from dlmskit.security.keys import KeyPurpose
from dlmskit.security.needs import CounterNeed, CounterProvided, CounterSighting, KeysNeed, KeysProvided
from dlmskit.store.counters import Counters
from dlmskit.store.keys import KeyStore


def answer(event: Any, keys: KeyStore, counters: Counters) -> KeysProvided | CounterProvided | None:
    """What to `provide` for `event`, None for an event that asks nothing; a seen counter is kept on the way.

    Raises `SecurityError` where the counters cannot be kept: nothing may be sent then.
    """
    if isinstance(event, KeysNeed):
        return _keys(event, keys, counters)
    if isinstance(event, CounterNeed):
        reserved = counters.reserve(event.key_id, event.system_title, event.count)
        return CounterProvided(None) if reserved is None else CounterProvided(*reserved)
    if isinstance(event, CounterSighting):
        counters.saw(event.key_id, event.system_title, event.invocation_counter)
    return None


def _keys(need: KeysNeed, keys: KeyStore, counters: Counters) -> KeysProvided:
    found = keys.keys(need.system_title, need.purpose)
    if found is None:
        return KeysProvided(None)
    last: dict[tuple[str, bytes], int] = {}
    for purpose in (KeyPurpose.GUEK, KeyPurpose.GBEK):
        if getattr(found, purpose.value) is not None:
            last.update(counters.last_seen(found.key_id(purpose)))
    return KeysProvided(found, last)
