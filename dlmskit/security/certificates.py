"""X.509 certificates that bind a public key to a system title.

The title stands in one of three places: the subject's common name as 16 hex digits (DLMS), the subject's unique
identifier (GBCS organisations), or a hardware module name among the alternative names (GBCS devices).

Source: Green Book, public key infrastructure; RFC 5280; RFC 4108 (hardware module name).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Self, TypeVar

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from dlmskit.codec.ber import read_tlv, tlvs
from dlmskit.exceptions import AuthenticationError, DecodeError
from dlmskit.security.key_pair import PublicKey
from dlmskit.security.suite import TITLE_OCTETS

MOST_LINKS = 8
"""certificates in a chain"""
_HARDWARE_MODULE_NAME = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4")
_TITLE_IN_HEX = re.compile(r"[0-9A-Fa-f]{16}")
_SEQUENCE, _INTEGER, _OCTET_STRING = 0x30, 0x02, 0x04
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
Extension = TypeVar("Extension", bound=x509.ExtensionType)


class Certificate(msgspec.Struct, frozen=True):
    """What a certificate says; nothing of it is verified before `check_chain`."""

    octets: bytes
    """the certificate in DER"""
    system_title: bytes | None
    public_key: PublicKey
    may_sign: bool
    """the key signs APDUs (digitalSignature)"""
    may_agree: bool
    """the key agrees keys (keyAgreement)"""
    is_authority: bool
    """the key signs certificates"""
    path_length: int | None
    """how many authorities may stand below this one; None is any number"""
    subject: str
    issuer: str
    serial_number: int
    not_before: datetime
    not_after: datetime

    @classmethod
    def from_bytes(cls, octets: bytes) -> Self:
        """From DER or PEM.

        Raises `DecodeError` for anything that is no certificate, and `SecurityError` for a key that no suite has.
        """
        try:
            der = _from_pem(octets) if octets.lstrip().startswith(b"-----") else octets
            _check_serial_number(der)
            return cls._read(x509.load_der_x509_certificate(der))
        except DecodeError as error:
            raise DecodeError(f"not an X.509 certificate: {error.reason}", error.offset) from None
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion):
            raise DecodeError("not an X.509 certificate that can be read") from None

    @classmethod
    def _read(cls, found: x509.Certificate) -> Self:
        usage = _extension(found, x509.KeyUsage)
        constraints = _extension(found, x509.BasicConstraints)
        return cls(
            octets=found.public_bytes(serialization.Encoding.DER),
            system_title=_title(found),
            public_key=PublicKey.of(found.public_key()),
            may_sign=usage is not None and usage.digital_signature,
            may_agree=usage is not None and usage.key_agreement,
            is_authority=usage is not None and usage.key_cert_sign and constraints is not None and constraints.ca,
            path_length=None if constraints is None else constraints.path_length,
            subject=found.subject.rfc4514_string(),
            issuer=found.issuer.rfc4514_string(),
            serial_number=found.serial_number,
            not_before=found.not_valid_before_utc,
            not_after=found.not_valid_after_utc,
        )

    def to_bytes(self) -> bytes:
        """The certificate in DER."""
        return self.octets

    @property
    def serial_octets(self) -> bytes:
        """The serial number in as many octets as it needs."""
        return self.serial_number.to_bytes(max(1, (self.serial_number.bit_length() + 7) // 8), "big")

    @property
    def issuer_octets(self) -> bytes:
        """The issuer's name in DER."""
        return x509.load_der_x509_certificate(self.octets).issuer.public_bytes()

    @property
    def subject_octets(self) -> bytes:
        """The subject's name in DER."""
        return x509.load_der_x509_certificate(self.octets).subject.public_bytes()

    @property
    def alternative_octets(self) -> bytes:
        """The subject's alternative names in DER, empty where there are none."""
        names = _extension(x509.load_der_x509_certificate(self.octets), x509.SubjectAlternativeName)
        return b"" if names is None else names.public_bytes()

    def key_of(self, system_title: bytes, *, to_sign: bool) -> PublicKey:
        """The public key, where the certificate is that of `system_title` and for this use.

        Raises `AuthenticationError`.
        """
        if self.system_title != system_title:
            found = "no system title" if self.system_title is None else self.system_title.hex()
            raise AuthenticationError(f"the certificate is of {found}, wanted {system_title.hex()}")
        if not (self.may_sign if to_sign else self.may_agree):
            raise AuthenticationError(f"the certificate is not for {'signatures' if to_sign else 'key agreement'}")
        return self.public_key


def check_chain(
    certificate: Certificate, *, trusted: Sequence[Certificate], between: Sequence[Certificate] = (), now: datetime
) -> None:
    """Follow issuers from `certificate` over those `between` to a `trusted` one, each valid at `now` (aware).

    Certificates are looked up by name; every signature and every validity is checked, and that each issuer may sign
    certificates, with that many authorities below it. Revocation is not looked up. Raises `AuthenticationError` saying
    which link fails.
    """
    link = certificate
    for authorities in range(MOST_LINKS):
        _check_validity(link, now)
        if any(link.octets == anchor.octets for anchor in trusted):
            return
        link = _issuer_of(link, [*trusted, *between], authorities)
    raise AuthenticationError(f"the chain has more than {MOST_LINKS} certificates")


def _from_pem(text: bytes) -> bytes:
    found = _PEM.search(text)
    if found is None:
        raise DecodeError("the PEM text holds no certificate")
    return binascii.a2b_base64(b"".join(found[1].split()), strict_mode=True)


def _check_serial_number(der: bytes) -> None:
    """A serial number is positive; the library only warns."""
    certificate = read_tlv(der)
    to_be_signed = read_tlv(der, certificate.start, certificate.end)
    for field in tlvs(der, to_be_signed.start, to_be_signed.end):
        if field.tag == _INTEGER:
            if int.from_bytes(der[field.start : field.end], "big", signed=True) <= 0:
                raise DecodeError("the certificate's serial number is not positive", field.start)
            return
    raise DecodeError("the certificate has no serial number", to_be_signed.start)


def _check_validity(certificate: Certificate, now: datetime) -> None:
    if not certificate.not_before <= now <= certificate.not_after:
        raise AuthenticationError(
            f"certificate of {certificate.subject or 'nobody'} is valid from {certificate.not_before:%Y-%m-%d} "
            f"to {certificate.not_after:%Y-%m-%d} only"
        )


def _issuer_of(certificate: Certificate, candidates: Sequence[Certificate], below: int) -> Certificate:
    """Who signed `certificate`, among `candidates` that may have `below` authorities below them."""
    signed = x509.load_der_x509_certificate(certificate.octets)
    for candidate in candidates:
        if not candidate.is_authority or candidate.octets == certificate.octets:
            continue
        if candidate.path_length is not None and candidate.path_length < below:
            continue
        try:
            signed.verify_directly_issued_by(x509.load_der_x509_certificate(candidate.octets))
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            continue
        return candidate
    raise AuthenticationError(f"no known authority signed the certificate of {certificate.subject or 'nobody'}")


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _title(certificate: x509.Certificate) -> bytes | None:
    for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        if isinstance(name.value, str) and _TITLE_IN_HEX.fullmatch(name.value):
            return bytes.fromhex(name.value)
    for name in certificate.subject.get_attributes_for_oid(NameOID.X500_UNIQUE_IDENTIFIER):
        if isinstance(name.value, bytes):
            return _eight(name.value[1:])  # a bit string begins with how many bits are unused
    others = _extension(certificate, x509.SubjectAlternativeName)
    for other in [] if others is None else others.get_values_for_type(x509.OtherName):
        if other.type_id == _HARDWARE_MODULE_NAME:
            return _module_serial(other.value)
    return None


def _module_serial(octets: bytes) -> bytes | None:
    for sequence in tlvs(octets):
        for part in tlvs(octets, sequence.start, sequence.end) if sequence.tag == _SEQUENCE else ():
            if part.tag == _OCTET_STRING:
                return _eight(octets[part.start : part.end])
    return None


def _eight(octets: bytes) -> bytes | None:
    return octets if len(octets) == TITLE_OCTETS else None
