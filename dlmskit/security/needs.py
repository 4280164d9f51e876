"""What a dialogue needs from whoever keeps keys and counters, and the answers; dialogues emit the needs as events."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from dlmskit.security.keys import KeySet


class KeysNeed(msgspec.Struct, frozen=True):
    """Keys for an association or a received APDU; `system_title` is the peer's where it is known."""

    system_title: bytes | None
    purpose: str


class CounterNeed(msgspec.Struct, frozen=True):
    """`count` fresh invocation counters for sending.

    They are reserved durably before the answer is given, one stream per (`key_id`, own `system_title`); `purpose` names
    the key in words of `KeyPurpose`.
    """

    purpose: str
    count: int
    system_title: bytes = b""
    key_id: str = ""


class CounterSighting(msgspec.Struct, frozen=True):
    """Verified APDUs carried counters up to this one: keep it as the last accepted from this peer and key."""

    purpose: str
    system_title: bytes
    invocation_counter: int
    key_id: str = ""


class KeysProvided(msgspec.Struct, frozen=True):
    """Answer to a `KeysNeed`: the keys, or None where there are none for this peer.

    `last_counters` maps (`key_id`, peer's system title) to the highest invocation counter accepted so far; a pair that
    is absent was never seen.
    """

    keys: KeySet | None
    last_counters: Mapping[tuple[str, bytes], int] = {}


class CounterProvided(msgspec.Struct, frozen=True):
    """Answer to a `CounterNeed`: `count` counters from `first` on are the asker's alone; None where none is left."""

    first: int | None
    count: int = 0
