"""AES-GCM protection of one APDU, and its opening.

::

    content  =  security control, 1 octet: bits 0-3 suite, 4 authenticated, 5 encrypted, 6 broadcast key, 7 compressed
                invocation counter, 4 octets
                payload: ciphertext, or the APDU in clear where it is only authenticated
                tag, 12 octets, where it is authenticated
    IV       =  system title of the sender, invocation counter
    AAD      =  security control, authentication key; and the APDU where it is only authenticated

Source: Green Book, data transfer security, ciphered APDUs; NIST SP 800-38D.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, cast

import msgspec

from dlmskit.exceptions import AuthenticationError, PolicyError, SecurityError, TruncatedError
from dlmskit.security import opening as _opening
from dlmskit.security.keys import KeyPurpose, KeySet, cipher_of
from dlmskit.security.suite import TAG_OCTETS, TITLE_OCTETS

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

AUTHENTICATED = 0x10
ENCRYPTED = 0x20
BROADCAST = 0x40
COMPRESSED = 0x80
HEADER_OCTETS = 5
MAX_COUNTER = 0xFFFF_FFFF
_LIBRARY_TAG = 16
_CUT = TAG_OCTETS - _LIBRARY_TAG
"""end of the tag as DLMS cuts it"""


class Unprotected(msgspec.Struct, frozen=True):
    """What came out of a protected APDU; `authenticated` is False where no tag was verified."""

    plain: bytes
    security_control: int
    invocation_counter: int
    authenticated: bool
    purpose: KeyPurpose

    def __repr__(self) -> str:
        return (
            f"Unprotected({len(self.plain)} octets, security_control=0x{self.security_control:02X}, "
            f"invocation_counter={self.invocation_counter}, authenticated={self.authenticated})"
        )


def protect(
    plain: bytes,
    *,
    keys: KeySet,
    system_title: bytes,
    invocation_counter: int,
    security_control: int,
    dedicated: bool = False,
) -> bytes:
    """Protect one APDU under the sender's `system_title` and return the content of its ciphered form.

    The caller answers for never using an invocation counter twice under one key. Raises `SecurityError` for a title,
    counter or security control octet that cannot be used and `KeyUnavailable` for a missing key.
    """
    purpose = _check_control(security_control, keys, dedicated)
    iv = nonce(system_title, invocation_counter)
    header = security_control.to_bytes(1, "big") + iv[TITLE_OCTETS:]
    cipher = keys.cipher(purpose)
    aad = header[:1] + keys.authentication() if security_control & AUTHENTICATED else b""
    return header + _sealed(plain, cipher, iv, aad, security_control)


def unprotect(
    content: bytes,
    *,
    keys: KeySet,
    system_title: bytes,
    dedicated: bool = False,
    allow_unauthenticated: bool = False,
) -> Unprotected:
    """Open the content of one ciphered APDU that came from the owner of `system_title`.

    The tag is verified before anything is returned. With `allow_unauthenticated` an APDU without a tag, and one whose
    tag cannot be checked because no authentication key is known, is opened too and marked so; a tag that can be checked
    must always be right. Raises `AuthenticationError`, `PolicyError` (protection too weak, of another suite, or
    compressed), `KeyUnavailable` and `TruncatedError`.
    """
    if (known := _opening.opened(Unprotected, keys.ready, content, system_title, dedicated)) is not None:
        return cast(Unprotected, known)
    if len(content) < HEADER_OCTETS:
        raise TruncatedError(f"security header needs {HEADER_OCTETS} octets, found {len(content)}", len(content))
    control = content[0]
    purpose = _check_control(control, keys, dedicated)
    counter = int.from_bytes(content[1:HEADER_OCTETS], "big")
    iv = nonce(system_title, counter)
    payload = bytes(content[HEADER_OCTETS:])
    if not control & AUTHENTICATED:
        if not allow_unauthenticated:
            raise PolicyError(f"security control 0x{control:02X} has no authentication, which was not allowed")
        plain = _counter_mode(keys.cipher(purpose), iv, payload) if control & ENCRYPTED else payload
        return Unprotected(plain, control, counter, False, purpose)
    if len(payload) < TAG_OCTETS:
        raise TruncatedError(f"authentication tag needs {TAG_OCTETS} octets, found {len(payload)}", len(content))
    if keys.gak is None and allow_unauthenticated:
        body = payload[:-TAG_OCTETS]
        plain = _counter_mode(keys.cipher(purpose), iv, body) if control & ENCRYPTED else body
        return Unprotected(plain, control, counter, False, purpose)
    aad = bytes(content[:1]) + keys.authentication()
    cipher = keys.cipher(purpose)
    plain = _opened(payload, cipher, iv, aad, control)
    if control & ENCRYPTED:
        keys.ready[control | dedicated << 8] = (cipher.encrypt, aad, purpose)
    return Unprotected(plain, control, counter, True, purpose)


def gmac(
    information: bytes, *, keys: KeySet, system_title: bytes, invocation_counter: int, security_control: int
) -> bytes:
    """The 12-octet tag over security control, authentication key and `information`, as HLS mechanism 5 uses it."""
    content = protect(
        information,
        keys=keys,
        system_title=system_title,
        invocation_counter=invocation_counter,
        security_control=security_control,
    )
    return content[-TAG_OCTETS:]


def sealed(plain: bytes, *, key: bytes, iv: bytes, aad: bytes, security_control: int) -> bytes:
    """Payload and tag of one APDU under a stated key, nonce and AAD, which gets the APDU added where that is clear."""
    return _sealed(plain, cipher_of(key), iv, aad, security_control)


def _sealed(plain: bytes, cipher: AESGCM, iv: bytes, aad: bytes, security_control: int) -> bytes:
    encrypted = security_control & ENCRYPTED
    if not security_control & AUTHENTICATED:
        return _counter_mode(cipher, iv, plain) if encrypted else plain
    if encrypted:
        return cipher.encrypt(iv, plain, aad)[:_CUT]
    return plain + cipher.encrypt(iv, b"", aad + plain)[:_CUT]


def opened(payload: bytes, *, key: bytes, iv: bytes, aad: bytes, security_control: int) -> bytes:
    """The APDU in a payload with its tag, which is verified first. Raises `AuthenticationError` or `TruncatedError`.

    See docs/decisions/gcm-in-two-passes.md.
    """
    return _opened(payload, cipher_of(key), iv, aad, security_control)


def _opened(payload: bytes, cipher: AESGCM, iv: bytes, aad: bytes, security_control: int) -> bytes:
    if len(payload) < TAG_OCTETS:
        raise TruncatedError(f"authentication tag needs {TAG_OCTETS} octets, found {len(payload)}", HEADER_OCTETS)
    body, tag = payload[:-TAG_OCTETS], payload[-TAG_OCTETS:]
    if security_control & ENCRYPTED:
        plain = _counter_mode(cipher, iv, body)
        expected = cipher.encrypt(iv, plain, aad)[-_LIBRARY_TAG:_CUT]
    else:
        plain = body
        expected = cipher.encrypt(iv, b"", aad + body)[:_CUT]
    if not same(expected, tag):
        raise AuthenticationError("authentication tag does not verify: wrong key, wrong system title or altered APDU")
    return plain


def nonce(system_title: bytes, invocation_counter: int) -> bytes:
    """The 12-octet GCM initialisation vector. Raises `SecurityError` for a title or counter that has no place in it."""
    if len(system_title) != TITLE_OCTETS:
        raise SecurityError(f"a system title is {TITLE_OCTETS} octets, found {len(system_title)}")
    if not 0 <= invocation_counter <= MAX_COUNTER:
        raise SecurityError("invocation counter is outside 32 bits: this key is used up")
    return system_title + invocation_counter.to_bytes(4, "big")


def _check_control(control: int, keys: KeySet, dedicated: bool) -> KeyPurpose:
    if not 0 <= control <= 0xFF:
        raise SecurityError(f"security control {control} is not one octet")
    if control & COMPRESSED:
        raise PolicyError(f"security control 0x{control:02X}: compression is not supported")
    if control & 0x0F != keys.suite:
        raise PolicyError(
            f"security control 0x{control:02X} names suite {control & 0x0F}, wanted suite {keys.suite.value}"
        )
    if dedicated:
        if control & BROADCAST:
            raise PolicyError(f"security control 0x{control:02X} names the broadcast key in a dedicated APDU")
        return KeyPurpose.DEDICATED
    return KeyPurpose.GBEK if control & BROADCAST else KeyPurpose.GUEK


def _counter_mode(cipher: AESGCM, iv: bytes, octets: bytes) -> bytes:
    """`octets` in the counter mode of GCM, which is its own inverse; the tag that comes with it never leaves here."""
    return cipher.encrypt(iv, octets, None)[:-_LIBRARY_TAG]


def same(left: bytes, right: bytes) -> bool:
    """Compare secrets in time that does not depend on where they differ."""
    return hmac.compare_digest(left, right)
