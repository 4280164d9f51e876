"""Certificates: where the system title stands, what the key may do, and which chains hold."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.exceptions import AuthenticationError, DecodeError, SecurityError
from dlmskit.security.certificates import Certificate, check_chain
from dlmskit.security.key_pair import PublicKey

TITLE = bytes.fromhex("4d4d4d0000bc614e")
NOW = datetime(2026, 5, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
CURVE = ec.SECP256R1()


@functools.cache
def private(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(CURVE)


def common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def usage(*what: str) -> x509.KeyUsage:
    every = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign "
        "encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: name in what for name in every.split()})


def made(
    subject: str,
    issuer: str,
    *extensions: x509.ExtensionType,
    name: x509.Name | None = None,
    signed_by: str | None = None,
    since: datetime = NOW - YEAR,
) -> Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(common_name(subject) if name is None else name)
        .issuer_name(common_name(issuer))
        .public_key(private(subject).public_key())
        .serial_number(77)
        .not_valid_before(since)
        .not_valid_after(since + 2 * YEAR)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    signed = builder.sign(private(signed_by or issuer), hashes.SHA256())
    return Certificate.from_bytes(signed.public_bytes(serialization.Encoding.DER))


AUTHORITY = x509.BasicConstraints(ca=True, path_length=None), usage("key_cert_sign", "crl_sign")
SIGNS = usage("digital_signature")
METER = TITLE.hex().upper()


def root() -> Certificate:
    return made("Root", "Root", *AUTHORITY)


def sub() -> Certificate:
    return made("Sub", "Root", *AUTHORITY)


def test_a_dlms_certificate_has_the_title_as_common_name() -> None:
    found = made(METER, "Sub", SIGNS)
    assert found.system_title == TITLE
    assert found.public_key == PublicKey.of(private(METER).public_key())
    assert (found.may_sign, found.may_agree, found.is_authority) == (True, False, False)
    assert (found.subject, found.issuer, found.serial_number) == (f"CN={METER}", "CN=Sub", 77)
    assert found.not_before == NOW - YEAR
    pem = x509.load_der_x509_certificate(found.to_bytes()).public_bytes(serialization.Encoding.PEM)
    assert Certificate.from_bytes(pem) == found


def test_other_places_of_the_title() -> None:
    # as GBCS has it: unique identifier of an organisation, hardware module name of a device
    kind = x509.name._ASN1Type.BitString
    unique = x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\0" + TITLE, _type=kind)
    assert made("Supplier", "Sub", name=x509.Name([unique])).system_title == TITLE
    serial = bytes.fromhex("3019060d2a863a0001848fb90f0102020104 08".replace(" ", "")) + TITLE
    module = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4"), serial)
    device = made("Device", "Sub", x509.SubjectAlternativeName([module]), name=x509.Name([]))
    assert (device.system_title, device.subject) == (TITLE, "")
    assert made("GITTESTSUPPLIER", "Sub").system_title is None
    assert made("00" * 7, "Sub").system_title is None


def test_the_key_is_for_its_title_and_its_use_only() -> None:
    signs, agrees = made(METER, "Sub", SIGNS), made(METER, "Sub", usage("key_agreement"))
    assert signs.key_of(TITLE, to_sign=True) == agrees.key_of(TITLE, to_sign=False)
    for certificate, title, to_sign, words in (
        (signs, TITLE[:-1] + b"\0", True, "is of 4d4d4d0000bc614e, wanted 4d4d4d0000bc6100"),
        (signs, TITLE, False, "not for key agreement"),
        (agrees, TITLE, True, "not for signatures"),
        (made(METER, "Sub"), TITLE, True, "not for signatures"),
        (made("Somebody", "Sub", SIGNS), TITLE, True, "no system title"),
    ):
        with pytest.raises(AuthenticationError, match=words):
            certificate.key_of(title, to_sign=to_sign)


def test_a_chain_holds_to_what_is_trusted() -> None:
    leaf = made(METER, "Sub", SIGNS)
    check_chain(leaf, trusted=[root()], between=[sub()], now=NOW)
    check_chain(leaf, trusted=[sub()], now=NOW)
    check_chain(leaf, trusted=[leaf], now=NOW)


@pytest.mark.parametrize(
    ("leaf", "between", "words"),
    [
        ({"issuer": "Sub"}, [], "no known authority"),
        ({"issuer": "Sub", "signed_by": "Mallory"}, ["sub"], "no known authority"),
        ({"issuer": "Sub", "since": NOW + YEAR}, ["sub"], "valid from 2027-05-01"),
        ({"issuer": "Sub", "since": NOW - 3 * YEAR}, ["sub"], "to 2025-05-01 only"),
        ({"issuer": "Sub"}, ["no authority"], "no known authority"),
        ({"issuer": "Sub"}, ["old"], "valid from 2020"),
        ({"issuer": METER}, [], "no known authority"),
    ],
)
def test_a_broken_chain_is_refused(leaf: dict[str, object], between: list[str], words: str) -> None:
    links = {
        "sub": sub(),
        "no authority": made("Sub", "Root", SIGNS),
        "old": made("Sub", "Root", *AUTHORITY, since=datetime(2020, 1, 1, tzinfo=UTC)),
    }
    with pytest.raises(AuthenticationError, match=words):
        check_chain(
            made(METER, leaf["issuer"], SIGNS, **{name: leaf[name] for name in leaf if name != "issuer"}),  # type: ignore[arg-type]
            trusted=[root()],
            between=[links[name] for name in between],
            now=NOW,
        )


def test_an_authority_may_have_so_many_below_it() -> None:
    leaf = made(METER, "Sub", SIGNS)
    for length, holds in ((0, False), (1, True)):
        short = made("Root", "Root", x509.BasicConstraints(ca=True, path_length=length), usage("key_cert_sign"))
        assert short.path_length == length
        check_chain(sub(), trusted=[short], now=NOW)
        if holds:
            check_chain(leaf, trusted=[short], between=[sub()], now=NOW)
        else:
            with pytest.raises(AuthenticationError, match="no known authority"):
                check_chain(leaf, trusted=[short], between=[sub()], now=NOW)


def test_authorities_that_sign_each_other_end() -> None:
    one, other = made("One", "Other", *AUTHORITY), made("Other", "One", *AUTHORITY)
    with pytest.raises(AuthenticationError, match="more than 8"):
        check_chain(made(METER, "One", SIGNS), trusted=[root()], between=[one, other], now=NOW)


def test_altered_octets_are_refused_somewhere() -> None:
    octets = made(METER, "Sub", SIGNS).to_bytes()
    signed = len(x509.load_der_x509_certificate(octets).tbs_certificate_bytes)
    # behind the signed part comes an envelope with one free octet, which has no meaning: unused bits of a bit string
    for position in range(0, (signed + 4) * 8, 3):
        altered = bytearray(octets)
        altered[position // 8] ^= 1 << position % 8
        try:
            found = Certificate.from_bytes(bytes(altered))
        except (DecodeError, SecurityError):
            continue
        with pytest.raises(AuthenticationError):
            check_chain(found, trusted=[root()], between=[sub()], now=NOW)


@given(st.binary(max_size=80))
def test_no_octets_raise_anything_but_our_errors(octets: bytes) -> None:
    for text in (octets, b"-----BEGIN CERTIFICATE-----" + octets + b"-----END CERTIFICATE-----"):
        with pytest.raises(DecodeError):
            Certificate.from_bytes(text)


def test_a_key_that_no_suite_has_is_refused() -> None:
    own = ec.generate_private_key(ec.SECP521R1())
    foreign = (
        x509.CertificateBuilder()
        .subject_name(common_name(METER))
        .issuer_name(common_name(METER))
        .public_key(own.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + YEAR)
        .sign(own, hashes.SHA256())
    )
    with pytest.raises(SecurityError, match="secp521r1"):
        Certificate.from_bytes(foreign.public_bytes(serialization.Encoding.DER))
