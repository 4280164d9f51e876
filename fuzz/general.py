"""Invariant: what general-ciphering and general-signing give out is what the originator protected, whatever came.

- A changed message opens to the same APDU or not at all (key information itself is not authenticated, the key is), and
  a changed signature verifies over the same octets or not at all.
- Octets as a certificate, or as parameters of a key transfer, give a value or one of our errors.

Run ``python -m fuzz general``.
"""

from __future__ import annotations

import contextlib

from dlmskit.apdu import GeneralCiphering, GeneralSigning
from dlmskit.codec.data import Data
from dlmskit.exceptions import DlmskitError
from dlmskit.security import general_signing
from dlmskit.security.certificates import Certificate
from dlmskit.security.general_ciphering import open_message, seal, shared_key, wrapped_key
from dlmskit.security.key_pair import PrivateKey
from dlmskit.security.key_transfer import read_agreement, read_transfer
from dlmskit.security.keys import KeySet
from dlmskit.security.profile import DLMS, GBCS, GeneralProfile
from fuzz.cipher import changed

KEYS = KeySet(bytes(range(0x10)), bytes(range(0xD0, 0xE0)), master_key=bytes(range(0x60, 0x70)))
CLIENT, METER = b"CLI\x00\x00\x00\x00\x01", b"MMM\x00\x00\x00\x00\x01"
REQUEST = bytes.fromhex("c001c1000600bc614e0102030200")
FRESH = bytes(range(0x30, 0x40))
SIGNER = PrivateKey(bytes(31) + b"\x07", 1)


def _sealed(profile: GeneralProfile) -> bytes:
    empty = GeneralCiphering(b"\x01\x02", CLIENT, METER, None, b"", wrapped_key(FRESH, KEYS), b"")
    return seal(
        empty, REQUEST, key=FRESH, gak=KEYS.gak, invocation_counter=0, security_control=0x30, profile=profile
    ).to_bytes()


def _signed() -> GeneralSigning:
    message = GeneralSigning(b"\x01\x02", CLIENT, METER, None, b"", REQUEST, b"")
    return general_signing.with_signature(message, SIGNER.sign(general_signing.signed_octets(message)))


SEALED = {profile: _sealed(profile) for profile in (DLMS, GBCS)}
SIGNED = _signed()


def check(octets: bytes) -> None:
    """Hold the invariant against `octets`, as they are and as changes to a genuine message."""
    for profile, genuine in SEALED.items():
        for message in (octets, changed(genuine, octets)):
            opens_to_the_same(message, profile)
    for message in (octets, changed(SIGNED.to_bytes(), octets)):
        verifies_the_same(message)
    with contextlib.suppress(DlmskitError):
        Certificate.from_bytes(octets)
    with contextlib.suppress(DlmskitError):
        read_transfer(Data.from_bytes(octets), master_key=FRESH, suite=0)
    with contextlib.suppress(DlmskitError):
        read_agreement(Data.from_bytes(octets), suite=1)


def opens_to_the_same(message: bytes, profile: GeneralProfile) -> None:
    try:
        apdu = GeneralCiphering.from_bytes(message)
        opened = open_message(apdu, key=shared_key(apdu, KEYS), gak=KEYS.gak, profile=profile)
    except DlmskitError:
        return
    assert opened.plain == REQUEST


def verifies_the_same(message: bytes) -> None:
    try:
        signed = GeneralSigning.from_bytes(message)
        general_signing.verify(signed, SIGNER.public)
    except DlmskitError:
        return
    assert general_signing.signed_octets(signed) == general_signing.signed_octets(SIGNED)
