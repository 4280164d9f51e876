"""AES key wrap, as keys travel inside key transfer. Source: RFC 3394."""

from __future__ import annotations

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from dlmskit.exceptions import AuthenticationError, SecurityError


def wrap(key: bytes, *, master_key: bytes) -> bytes:
    """`key` wrapped under `master_key`, 8 octets longer. Raises `SecurityError` for lengths that AES does not have."""
    try:
        return aes_key_wrap(master_key, key)
    except ValueError:
        raise SecurityError(f"cannot wrap {len(key)} octets under a key of {len(master_key)}") from None


def unwrap(wrapped: bytes, *, master_key: bytes) -> bytes:
    """The key inside. Raises `AuthenticationError` where the integrity check fails or the length is impossible."""
    try:
        return aes_key_unwrap(master_key, wrapped)
    except InvalidUnwrap:
        raise AuthenticationError("wrapped key: integrity check failed") from None
    except ValueError:
        raise SecurityError(f"the master key must be 16, 24 or 32 octets, found {len(master_key)}") from None
