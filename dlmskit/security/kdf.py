"""From a shared secret to a symmetric key: the single-step key derivation function.

::

    key  =  first octets of Hash(00000001, Z, AlgorithmID, U, V)

AlgorithmID names what the key is for; U and V are the originator's and the recipient's information. Hash and length of
the key are the suite's.

Source: NIST SP 800-56A, single-step KDF; Green Book, key agreement.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from dlmskit.security.suite import SecuritySuite, suite_of


class AlgorithmArc(StrEnum):
    """Who numbered the algorithms; a companion specification may have an arc of its own."""

    DLMS = "dlms"
    GBCS = "gbcs"

    @property
    def octets(self) -> bytes:
        """The object identifier above the algorithms."""
        return _ARCS[self]


_ARCS = {
    AlgorithmArc.DLMS: bytes.fromhex("608574050803"),
    AlgorithmArc.GBCS: bytes.fromhex("608574060803"),
}


class KeyUse(IntEnum):
    """What a derived key is for; the number is the AlgorithmID's last octet in suite 1, one less than in suite 2."""

    CIPHER = 0
    WRAP = 2


def algorithm_id(suite: int, use: KeyUse = KeyUse.CIPHER, arc: AlgorithmArc = AlgorithmArc.DLMS) -> bytes:
    """The seven octets of an AlgorithmID: 00 AES-GCM-128, 01 AES-GCM-256, 02 AES-128 wrap, 03 AES-256 wrap."""
    return arc.octets + bytes((use + (suite == SecuritySuite.ECDH_ECDSA_AES_GCM_256),))


def derive(
    secret: bytes,
    *,
    suite: int,
    party_u: bytes,
    party_v: bytes,
    use: KeyUse = KeyUse.CIPHER,
    arc: AlgorithmArc = AlgorithmArc.DLMS,
) -> bytes:
    """The key of `suite` that `secret` (Z) stands for between two parties. Raises `SecurityError` for suite 0."""
    known = suite_of(suite)
    other_info = algorithm_id(known, use, arc) + party_u + party_v
    return ConcatKDFHash(known.curve.hash, known.key_octets, other_info).derive(secret)
