"""The key pairs of one meter and the certificates it was given: its own, its clients' and their authorities'.

A generated key pair waits until a certificate for it is imported; the one before it serves until then. Source: Blue
Book, Security setup (class 64, version 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import IntEnum

from dlmskit.exceptions import AuthenticationError, KeyUnavailable
from dlmskit.security.certificates import Certificate, check_chain
from dlmskit.security.credentials import Credentials
from dlmskit.security.key_pair import PrivateKey, PublicKey
from dlmskit.security.keys import KeySet

MOST_CERTIFICATES = 32


class PairKind(IntEnum):
    """What a key pair and its certificate are for, as the methods of class 64 number it."""

    SIGNATURE = 0
    AGREEMENT = 1


class Entity(IntEnum):
    """Whose certificate it is, as class 64 numbers it."""

    SERVER = 0
    CLIENT = 1
    AUTHORITY = 2
    OTHER = 3


class KeyPairs:
    """`pairs` are what the meter was made with: its own keys, and public keys for clients without a certificate.

    `trusted` are the authorities that imported certificates must lead back to; without any nothing is imported.
    `random` gives the octets of new keys.
    """

    def __init__(
        self,
        system_title: bytes,
        random: Callable[[int], bytes],
        pairs: Credentials | None = None,
        trusted: Sequence[Certificate] = (),
    ) -> None:
        self.system_title = system_title
        self._random = random
        self._pairs = pairs
        self._trusted = tuple(trusted)
        self._signing = None if pairs is None else pairs.signing
        self._agreement = None if pairs is None else pairs.agreement
        self._generated: dict[PairKind, PrivateKey] = {}
        self.certificates: list[Certificate] = []

    def keys(self, system_title: bytes | None, purpose: str) -> KeySet | None:
        """None: an association of the meter has its symmetric keys from its rules."""
        return None

    def credentials(self, system_title: bytes | None, suite: int) -> Credentials | None:
        """Key pairs towards the client of this title; None where there are none of this suite."""
        made = self._pairs if self._pairs is not None and self._pairs.suite == suite else None
        signing, agreement = self._signing, self._agreement
        peers = [self._peer(system_title, kind) for kind in PairKind]
        if made is not None:
            peers = [peers[0] or made.peer_signing, peers[1] or made.peer_agreement]
        known = [*peers, *(None if own is None else own.public for own in (signing, agreement))]
        if any(key is not None and key.suite != suite for key in known) or not any(known):
            return None
        return Credentials(suite, signing=signing, agreement=agreement, peer_signing=peers[0], peer_agreement=peers[1])

    def generate(self, kind: PairKind, suite: int) -> None:
        """A fresh key pair. Raises `SecurityError` for suite 0."""
        self._generated[kind] = PrivateKey.generate(suite, self._random)

    def request(self, kind: PairKind) -> bytes:
        """A certificate request (PKCS #10, DER) for the newest key pair. Raises `KeyUnavailable` without one."""
        key = self._generated.get(kind) or (self._signing if kind is PairKind.SIGNATURE else self._agreement)
        if not isinstance(key, PrivateKey):
            raise KeyUnavailable("there is no key pair to be certified")
        return key.certificate_request(self.system_title)

    def take(self, certificate: Certificate, now: datetime) -> None:
        """Import a certificate that leads back to a trusted one.

        It takes the place of one of the same title, use and authority. Raises `AuthenticationError` for one that is
        not trusted, names nobody, or is ours with a foreign key.
        """
        authorities = [known for known in self.certificates if known.is_authority]
        check_chain(certificate, trusted=self._trusted, between=authorities, now=now)
        if certificate.system_title is None and not certificate.is_authority:
            raise AuthenticationError("the certificate names no system title")
        if self.entity(certificate) is Entity.SERVER:
            self._begin_to_use(certificate)
        kept = [known for known in self.certificates if not _replaces(certificate, known)]
        if len(kept) >= MOST_CERTIFICATES:
            raise AuthenticationError(f"{MOST_CERTIFICATES} certificates are the most")
        self.certificates = [*kept, certificate]

    def find(self, entity: Entity, kind: int, title: bytes) -> Certificate | None:
        """The certificate of an entity."""
        for known in self.certificates:
            if (self.entity(known), int(kind_of(known)), known.system_title or b"") == (entity, kind, title):
                return known
        return None

    def remove(self, certificate: Certificate) -> None:
        """Forget a certificate."""
        self.certificates = [known for known in self.certificates if known is not certificate]

    def entity(self, certificate: Certificate) -> Entity:
        """Whose certificate it is."""
        if certificate.is_authority:
            return Entity.AUTHORITY
        return Entity.SERVER if certificate.system_title == self.system_title else Entity.CLIENT

    def _begin_to_use(self, certificate: Certificate) -> None:
        kind = kind_of(certificate)
        new = self._generated.get(kind)
        if new is not None and new.public == certificate.public_key:
            del self._generated[kind]
            if kind is PairKind.SIGNATURE:
                self._signing = new
            else:
                self._agreement = new
            return
        present = self._signing if kind is PairKind.SIGNATURE else self._agreement
        if present is None or present.public != certificate.public_key:
            raise AuthenticationError("the certificate is not for a key of this meter")

    def _peer(self, client: bytes | None, kind: PairKind) -> PublicKey | None:
        found = self.find(Entity.CLIENT, kind, client) if client else None
        return None if found is None else found.public_key


def kind_of(certificate: Certificate) -> PairKind:
    """What a certificate is for."""
    return PairKind.SIGNATURE if certificate.may_sign or not certificate.may_agree else PairKind.AGREEMENT


def _replaces(new: Certificate, old: Certificate) -> bool:
    if new.is_authority or old.is_authority:
        return new.octets == old.octets
    return (new.system_title, kind_of(new)) == (old.system_title, kind_of(old))
