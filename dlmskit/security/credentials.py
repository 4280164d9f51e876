"""The key pairs between us and one peer; like a `KeySet`, nothing here can be printed or serialised by accident."""

from __future__ import annotations

from typing import TypeVar

from dlmskit.exceptions import KeyUnavailable, SecurityError
from dlmskit.security.key_pair import Agreer, PublicKey, Signer
from dlmskit.security.suite import SecuritySuite, suite_of

Key = TypeVar("Key")


class Credentials:
    """Our private keys, in memory or in a hardware module, and the peer's public keys, all of one suite; immutable.

    What is not known is None. Raises `SecurityError` for keys of another suite.
    """

    __slots__ = ("agreement", "peer_agreement", "peer_signing", "signing", "suite")

    suite: SecuritySuite
    signing: Signer | None
    agreement: Agreer | None
    peer_signing: PublicKey | None
    peer_agreement: PublicKey | None

    def __init__(
        self,
        suite: int,
        *,
        signing: Signer | None = None,
        agreement: Agreer | None = None,
        peer_signing: PublicKey | None = None,
        peer_agreement: PublicKey | None = None,
    ) -> None:
        object.__setattr__(self, "suite", suite_of(suite))
        public: dict[str, PublicKey | None] = {
            "signing": None if signing is None else signing.public,
            "agreement": None if agreement is None else agreement.public,
            "peer_signing": peer_signing,
            "peer_agreement": peer_agreement,
        }
        for name, key in public.items():
            if key is not None and key.suite is not self.suite:
                raise SecurityError(f"{name} is a key of suite {key.suite.value}, wanted suite {self.suite.value}")
        for name, value in (("signing", signing), ("agreement", agreement)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "peer_signing", peer_signing)
        object.__setattr__(self, "peer_agreement", peer_agreement)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Credentials are immutable: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Credentials are immutable: {name}")

    def __reduce__(self) -> str:
        raise TypeError("Credentials are never serialised")

    def __repr__(self) -> str:
        secret = [f"{name}=***" for name in ("signing", "agreement") if getattr(self, name) is not None]
        public = [name for name in ("peer_signing", "peer_agreement") if getattr(self, name) is not None]
        return f"Credentials(suite={self.suite.value}, {', '.join(secret + public) or 'empty'})"

    def signer(self) -> Signer:
        """Our signing key. Raises `KeyUnavailable`."""
        return _known(self.signing, "signing key of our own")

    def agreer(self) -> Agreer:
        """Our static key agreement key. Raises `KeyUnavailable`."""
        return _known(self.agreement, "key agreement key of our own")

    def peer_signer(self) -> PublicKey:
        """The peer's public signing key. Raises `KeyUnavailable`."""
        return _known(self.peer_signing, "public signing key of the peer")

    def peer_agreer(self) -> PublicKey:
        """The peer's public key agreement key. Raises `KeyUnavailable`."""
        return _known(self.peer_agreement, "public key agreement key of the peer")


def _known(key: Key | None, words: str) -> Key:
    if key is None:
        raise KeyUnavailable(f"no {words} is known")
    return key
