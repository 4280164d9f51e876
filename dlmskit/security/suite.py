"""Security suites: which lengths the symmetric keys have."""

from __future__ import annotations

from enum import IntEnum

TAG_OCTETS = 12
TITLE_OCTETS = 8


class SecuritySuite(IntEnum):
    """Security suite numbers, as in bits 0-3 of a security control octet. Source: Green Book, security suites."""

    AES_GCM_128 = 0
    ECDH_ECDSA_AES_GCM_128 = 1
    ECDH_ECDSA_AES_GCM_256 = 2

    @property
    def key_octets(self) -> int:
        """Octets in a symmetric key of this suite."""
        return 32 if self is SecuritySuite.ECDH_ECDSA_AES_GCM_256 else 16
