"""What a pump says when a dialogue asks for keys, counters, signatures or shared secrets."""

from __future__ import annotations

from typing import Any

import msgspec

from dlmskit.security.key_holder import PairAnswer, PairNeed, respond
from dlmskit.security.keys import KeyPurpose
from dlmskit.security.needs import (
    CounterHint,
    CounterNeed,
    CounterProvided,
    CounterSighting,
    KeysNeed,
    KeysProvided,
    SignatureProvided,
)
from dlmskit.store.counters import Counters, MemoryCounters
from dlmskit.store.keys import FileKeyStore, KeyStore, MemoryKeyStore

Answer = KeysProvided | CounterProvided | PairAnswer


_KEYS_IN_MEMORY = (MemoryKeyStore, FileKeyStore)


def at_once(event: Any, keys: KeyStore, counters: Counters) -> bool:
    """Whether `answer` only looks into memory: no disk, no signature, and no store that we do not know."""
    known = type(counters) is MemoryCounters and type(keys) in _KEYS_IN_MEMORY
    return known and not isinstance(event, PairNeed)


def answer(event: Any, keys: KeyStore, counters: Counters) -> Answer | None:
    """What to `provide` for `event`, None for an event that asks nothing; a seen counter is kept on the way.

    Signatures and secrets take up to milliseconds, in a hardware module more, and durable counters wait for the disk:
    an event loop calls this in a thread unless it is done `at_once`.
    Raises `SecurityError` where the counters cannot be kept or a hardware module fails: nothing may be sent then.
    """
    if isinstance(event, KeysNeed):
        return _keys(event, keys, counters)
    if isinstance(event, CounterNeed):
        reserved = counters.reserve(event.key_id, event.system_title, event.count)
        return CounterProvided(None) if reserved is None else CounterProvided(*reserved)
    if isinstance(event, CounterHint):
        counters.raise_to(event.key_id, event.system_title, event.invocation_counter)
    if isinstance(event, CounterSighting):
        counters.saw(event.key_id, event.system_title, event.invocation_counter)
    if isinstance(event, PairNeed):
        return _with_counters(respond(event, keys.credentials(event.system_title, event.suite)), counters)
    return None


def _keys(need: KeysNeed, keys: KeyStore, counters: Counters) -> KeysProvided:
    found = keys.keys(need.system_title, need.purpose)
    if found is None:
        return KeysProvided(None)
    last: dict[tuple[str, bytes], int] = {}
    for purpose in (KeyPurpose.GUEK, KeyPurpose.GBEK, KeyPurpose.MASTER):
        if getattr(found, purpose.value) is not None:
            last.update(counters.last_seen(found.key_id(purpose)))
    return KeysProvided(found, last)


def _with_counters(answer: PairAnswer, counters: Counters) -> PairAnswer:
    if isinstance(answer, SignatureProvided) or not answer.key_id:
        return answer
    return msgspec.structs.replace(answer, last_counters=counters.last_seen(answer.key_id))
