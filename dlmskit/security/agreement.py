"""Key agreement: the three schemes that DLMS takes from NIST SP 800-56A, and what each side signs and sends.

::

    scheme                       keys of originator, recipient     U             V
    ephemeral unified C(2e,0s)   ephemeral, ephemeral              client        server
    one-pass C(1e,1s)            ephemeral, static                 originator    recipient
    static unified C(0e,2s)      static, static                    originator    transaction-id with length, recipient

U and V are system titles. Z is what a private key and the other side's public key have in common (`Agreer.agree`); an
ephemeral public key travels as an `Offer`, signed with the sender's static signing key.

Source: Green Book, key agreement schemes; IEC 62056-5-3, examples of key agreement.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Self

import msgspec

from dlmskit.apdu.general import AgreedKey
from dlmskit.codec.axdr import encode_length
from dlmskit.exceptions import SecurityError
from dlmskit.security.kdf import AlgorithmArc, KeyUse, derive
from dlmskit.security.key_pair import PublicKey
from dlmskit.security.suite import TITLE_OCTETS, suite_of


class Scheme(IntEnum):
    """Schemes as key parameters of an agreed key name them; 0 is used by method key_agreement alone."""

    EPHEMERAL_UNIFIED = 0
    ONE_PASS = 1
    STATIC_UNIFIED = 2


class Offer(msgspec.Struct, frozen=True):
    """An ephemeral public key and the signature that vouches for it."""

    public: PublicKey
    signature: bytes

    @classmethod
    def from_bytes(cls, octets: bytes, suite: int) -> Self:
        """X, Y, r and s. Raises `SecurityError` for another length or a point that is not on the curve."""
        size = suite_of(suite).curve.pair_octets
        if len(octets) != 2 * size:
            raise SecurityError(f"an offered key of suite {suite} is {2 * size} octets, found {len(octets)}")
        return cls(PublicKey(octets[:size], suite), bytes(octets[size:]))

    def to_bytes(self) -> bytes:
        """X, Y, r and s."""
        return self.public.to_bytes() + self.signature

    def verify(self, peer_signing_key: PublicKey, key_id: int | None = None) -> None:
        """Check who offers. `key_id` as in `signed_octets`. Raises `AuthenticationError`."""
        peer_signing_key.verify(signed_octets(self.public, key_id), self.signature)


def signed_octets(public: PublicKey, key_id: int | None = None) -> bytes:
    """What the signature of an offer covers: X and Y, in method key_agreement with the key's id before them."""
    return (b"" if key_id is None else bytes((key_id,))) + public.to_bytes()


def scheme_of(info: AgreedKey) -> Scheme:
    """The scheme that key parameters name. Raises `SecurityError`."""
    if info.key_parameters == b"\x01":
        return Scheme.ONE_PASS
    if info.key_parameters == b"\x02":
        return Scheme.STATIC_UNIFIED
    raise SecurityError(f"key parameters {info.key_parameters[:4].hex()} name no known scheme of key agreement")


def one_pass(offer: Offer) -> AgreedKey:
    """Key information of the one-pass scheme."""
    return AgreedKey(bytes((Scheme.ONE_PASS,)), offer.to_bytes())


def static_unified() -> AgreedKey:
    """Key information of the static unified scheme, which has nothing to send."""
    return AgreedKey(bytes((Scheme.STATIC_UNIFIED,)), b"")


def agreed_key(
    secret: bytes,
    *,
    suite: int,
    scheme: Scheme,
    originator: bytes,
    recipient: bytes,
    transaction_id: bytes = b"",
    use: KeyUse = KeyUse.CIPHER,
    arc: AlgorithmArc = AlgorithmArc.DLMS,
) -> bytes:
    """The key that `secret` (Z) stands for; `originator` is the client in the ephemeral unified scheme.

    Raises `SecurityError` for suite 0 and for titles that are missing: without them the key is not bound to the two.
    """
    if len(originator) != TITLE_OCTETS or len(recipient) != TITLE_OCTETS:
        raise SecurityError("key agreement needs the system titles of both sides")
    party_v = recipient
    if scheme is Scheme.STATIC_UNIFIED:
        party_v = encode_length(len(transaction_id)) + transaction_id + recipient
    return derive(secret, suite=suite, party_u=originator, party_v=party_v, use=use, arc=arc)
