"""Security suites: which lengths the keys, points and signatures have, and which curve and hash go with them."""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from dlmskit.exceptions import SecurityError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

TAG_OCTETS = 12
TITLE_OCTETS = 8


class Curve(msgspec.Struct, frozen=True):
    """What public key cryptography needs in one suite; a point is X and Y, a signature r and s."""

    curve: ec.EllipticCurve
    hash: hashes.HashAlgorithm
    coordinate_octets: int
    order: int

    @property
    def pair_octets(self) -> int:
        """Octets of a point and of a signature alike."""
        return 2 * self.coordinate_octets


@cache
def _curves() -> dict[int, Curve]:
    """Curves by suite. Suite 0 works without the part of the library that has them."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return {
        1: Curve(
            ec.SECP256R1(),
            hashes.SHA256(),
            32,
            0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        ),
        2: Curve(
            ec.SECP384R1(),
            hashes.SHA384(),
            48,
            0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        ),
    }


class SecuritySuite(IntEnum):
    """Security suite numbers, as in bits 0-3 of a security control octet. Source: Green Book, security suites."""

    AES_GCM_128 = 0
    ECDH_ECDSA_AES_GCM_128 = 1
    ECDH_ECDSA_AES_GCM_256 = 2

    @property
    def key_octets(self) -> int:
        """Octets in a symmetric key of this suite."""
        return 32 if self is SecuritySuite.ECDH_ECDSA_AES_GCM_256 else 16

    @property
    def curve(self) -> Curve:
        """Curve and hash of this suite. Raises `SecurityError` for suite 0, which has none."""
        try:
            return _curves()[self.value]
        except KeyError:
            raise SecurityError(f"security suite {self.value} has no public key cryptography") from None


def suite_of(number: int) -> SecuritySuite:
    """The suite of this number. Raises `SecurityError`."""
    try:
        return SecuritySuite(number)
    except ValueError:
        raise SecurityError(f"security suite {number} is not known") from None
