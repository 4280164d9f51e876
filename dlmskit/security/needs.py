"""What a dialogue needs from whoever keeps keys and counters, and the answers; dialogues emit the needs as events."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from dlmskit.security.key_pair import PrivateKey, PublicKey
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


class CounterHint(msgspec.Struct, frozen=True):
    """A peer says, without proof, that it expects this counter of ours: go on from there, never lower.

    Whoever emits it has bounded how far it is ahead.
    """

    system_title: bytes
    invocation_counter: int
    key_id: str


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


class SignNeed(msgspec.Struct, frozen=True):
    """Our signature over `message`, with the signing key that we use towards this peer."""

    system_title: bytes | None
    suite: int
    message: bytes

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_title(self.system_title)}, suite={self.suite}, {len(self.message)} octets)"


class SignatureProvided(msgspec.Struct, frozen=True):
    """Answer to a `SignNeed`: r and s, or None where we have no signing key for this peer."""

    signature: bytes | None


class VerifyNeed(msgspec.Struct, frozen=True):
    """Whether `signature` is this peer's over `message`."""

    system_title: bytes | None
    suite: int
    message: bytes
    signature: bytes

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_title(self.system_title)}, suite={self.suite}, {len(self.message)} octets)"


class VerificationProvided(msgspec.Struct, frozen=True):
    """Answer to a `VerifyNeed`: whether it verifies; None where the peer's signing key is not known.

    `key_id` names that key, `last_counters` is as in `KeysProvided`.
    """

    genuine: bool | None
    key_id: str = ""
    last_counters: Mapping[tuple[str, bytes], int] = {}


class AgreeNeed(msgspec.Struct, frozen=True):
    """The shared secret Z with this peer.

    `own` is our ephemeral key and `peer` the peer's, of a scheme that has them; None stands for the static key.
    """

    system_title: bytes | None
    suite: int
    own: PrivateKey | None = None
    peer: PublicKey | None = None


class SecretProvided(msgspec.Struct, frozen=True):
    """Answer to an `AgreeNeed`: Z, or None where a static key is not known. Feed it to a key derivation at once.

    `key_id` names the static keys behind it, the same on both sides and empty where there is none; `last_counters` is
    as in `KeysProvided`.
    """

    secret: bytes | None
    key_id: str = ""
    last_counters: Mapping[tuple[str, bytes], int] = {}

    def __repr__(self) -> str:
        return f"SecretProvided({'***' if self.secret is not None else None})"


def _title(system_title: bytes | None) -> str:
    return "any peer" if system_title is None else system_title.hex()
