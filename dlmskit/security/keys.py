"""The symmetric keys that two peers share; nothing here can be printed or serialised by accident."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from dlmskit.exceptions import KeyUnavailable, SecurityError
from dlmskit.security.suite import SecuritySuite, suite_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class KeyPurpose(StrEnum):
    """Which encryption key protects an APDU; invocation counters are kept per purpose and system title."""

    GUEK = "guek"
    GBEK = "gbek"
    DEDICATED = "dedicated_key"
    MASTER = "master_key"
    """wraps the key of a single message, whose counter is the master key's"""

    @property
    def words(self) -> str:
        """The key's name in a sentence."""
        return _WORDS[self]


_WORDS = {
    KeyPurpose.GUEK: "global unicast encryption key",
    KeyPurpose.GBEK: "global broadcast encryption key",
    KeyPurpose.DEDICATED: "dedicated key",
    KeyPurpose.MASTER: "master key",
}
SECRETS = ("guek", "gak", "dedicated_key", "gbek", "master_key", "password")


def cipher_of(key: bytes) -> AESGCM:
    """AES-GCM under `key`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # loads when the first key is used

    return AESGCM(key)


class KeySet:
    """Keys and password of one association, immutable, with a masked repr.

    `guek`, `gbek` and `dedicated_key` encrypt, `gak` authenticates, `master_key` wraps other keys; each has the length
    of `suite` (16 octets, 32 in suite 2). `password` is the secret of LLS and of HLS mechanisms 2, 3, 4 and 6. What is
    not known is None. Raises `SecurityError` naming a key of wrong length, never showing it.
    """

    __slots__ = ("_ciphers", "dedicated_key", "gak", "gbek", "guek", "master_key", "password", "ready", "suite")

    _ciphers: dict[KeyPurpose, AESGCM]
    ready: dict[int, tuple[Any, ...]]
    """protections under which an APDU was opened already: see `dlmskit.security.opening`"""

    guek: bytes | None
    gak: bytes | None
    dedicated_key: bytes | None
    gbek: bytes | None
    password: bytes | None
    master_key: bytes | None
    suite: SecuritySuite

    def __init__(
        self,
        guek: bytes | None = None,
        gak: bytes | None = None,
        dedicated_key: bytes | None = None,
        gbek: bytes | None = None,
        password: bytes | None = None,
        suite: int = 0,
        master_key: bytes | None = None,
    ) -> None:
        found = suite_of(suite)
        given = {"guek": guek, "gak": gak, "dedicated_key": dedicated_key, "gbek": gbek, "master_key": master_key}
        for name, key in given.items():
            if key is not None and len(key) != found.key_octets:
                raise SecurityError(
                    f"{name} of suite {found.value} must be {found.key_octets} octets, found {len(key)}"
                )
            object.__setattr__(self, name, None if key is None else bytes(key))
        object.__setattr__(self, "password", None if password is None else bytes(password))
        object.__setattr__(self, "suite", found)
        object.__setattr__(self, "_ciphers", {})
        object.__setattr__(self, "ready", {})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"KeySet is immutable: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"KeySet is immutable: {name}")

    def __reduce__(self) -> str:
        raise TypeError("a KeySet is never serialised")

    def __repr__(self) -> str:
        known = [f"{name}=***" for name in SECRETS if getattr(self, name) is not None]
        return f"KeySet(suite={self.suite.value}, {', '.join(known) or 'empty'})"

    def with_dedicated(self, dedicated_key: bytes | None) -> KeySet:
        """The same keys with this dedicated key, or without one."""
        return self.replaced(dedicated_key=dedicated_key)

    def replaced(self, **keys: bytes | None) -> KeySet:
        """The same keys with those named changed, as after a key transfer. Raises `SecurityError` for a bad length."""
        kept: dict[str, bytes | None] = {name: getattr(self, name) for name in SECRETS}
        return KeySet(**(kept | keys), suite=self.suite)

    def encryption(self, purpose: KeyPurpose) -> bytes:
        """The encryption key for `purpose`. Raises `KeyUnavailable`."""
        key: bytes | None = getattr(self, purpose.value)
        if key is None:
            raise KeyUnavailable(f"no {purpose.words} ({purpose.value}) is known")
        return key

    def cipher(self, purpose: KeyPurpose) -> AESGCM:
        """AES-GCM under the encryption key for `purpose`, its key schedule made once. Raises `KeyUnavailable`."""
        if (made := self._ciphers.get(purpose)) is None:
            made = self._ciphers[purpose] = cipher_of(self.encryption(purpose))
        return made

    def authentication(self) -> bytes:
        """The authentication key. Raises `KeyUnavailable`."""
        if self.gak is None:
            raise KeyUnavailable("no global authentication key (gak) is known")
        return self.gak

    def wrapping(self) -> bytes:
        """The master key. Raises `KeyUnavailable`."""
        if self.master_key is None:
            raise KeyUnavailable("no master key (master_key) is known")
        return self.master_key

    def secret(self) -> bytes:
        """The password, or the secret of an HLS mechanism. Raises `KeyUnavailable`."""
        if self.password is None:
            raise KeyUnavailable("no password is known")
        return self.password

    def fingerprints(self) -> dict[str, str]:
        """Each known key under a short one-way name; a password is guessable, so it is only said to be there."""
        keys = {name: getattr(self, name) for name in SECRETS}
        return {name: "set" if name == "password" else _fingerprint(key) for name, key in keys.items() if key}

    def key_id(self, purpose: KeyPurpose) -> str:
        """A short one-way name of the key for `purpose`, for keeping one counter stream per key."""
        return hashlib.sha256(b"dlmskit counter stream" + self.encryption(purpose)).hexdigest()[:16]


def _fingerprint(key: bytes) -> str:
    return hashlib.sha256(b"dlmskit key fingerprint" + key).hexdigest()[:16]
