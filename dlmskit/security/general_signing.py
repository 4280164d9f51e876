"""Signatures in general-signing.

A signature covers everything behind the tag through the content: the five header fields with their lengths, the
content's length (unless the `GeneralProfile` leaves it out) and the content.

Source: Green Book, general-signing; GBCS, whose messages decide about the length.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from dlmskit.apdu.general import GeneralCiphering, GeneralSigning
from dlmskit.codec.axdr import encode_length
from dlmskit.exceptions import AuthenticationError
from dlmskit.security.key_pair import PublicKey
from dlmskit.security.profile import DLMS, GeneralProfile

_HEADER_FIELDS = 5


class GeneralHeader(Protocol):
    """Who speaks to whom in which transaction: what the general services begin with."""

    @property
    def transaction_id(self) -> bytes: ...
    @property
    def originator_system_title(self) -> bytes: ...
    @property
    def recipient_system_title(self) -> bytes: ...


def header_octets(apdu: GeneralCiphering | GeneralSigning) -> bytes:
    """The five header fields with their lengths, as they travel."""
    return b"".join(wire.write(getattr(apdu, name)) for name, _, wire in apdu.WIRES[:_HEADER_FIELDS])


def signed_octets(apdu: GeneralSigning, profile: GeneralProfile = DLMS) -> bytes:
    """What the signature of `apdu` covers."""
    length = encode_length(len(apdu.content)) if profile.signed_length else b""
    return header_octets(apdu) + length + apdu.content


def with_signature(apdu: GeneralSigning, signature: bytes) -> GeneralSigning:
    """`apdu` carrying `signature`, which was made over its `signed_octets`."""
    return msgspec.structs.replace(apdu, signature=signature)


def verify(apdu: GeneralSigning, originator_key: PublicKey, profile: GeneralProfile = DLMS) -> None:
    """Check who signed. Raises `AuthenticationError`, also where there is no signature."""
    if not apdu.signature:
        raise AuthenticationError("general-signing without a signature")
    originator_key.verify(signed_octets(apdu, profile), apdu.signature)
