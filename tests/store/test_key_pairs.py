"""Key pairs in a key file: private keys of our own, public keys or certificates of the peer."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from security.test_certificates import METER, SIGNS, TITLE, made
from security.test_key_pair import key

from dlmskit.exceptions import KeyUnavailable
from dlmskit.security.certificates import Certificate
from dlmskit.store.keys import FileKeyStore

# RFC 6979 A.2.5
SCALAR = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"


def written(folder: Path, *lines: str, title: str = METER, suite: int = 1) -> Path:
    file = folder / "keys.toml"
    head = [f'system_title = "{title}"'] if title else []
    file.write_text("\n".join(["[[keys]]", *head, f"suite = {suite}", *lines]))
    file.chmod(0o600)
    return file


def pem(folder: Path, curve: ec.EllipticCurve, mode: int = 0o600) -> ec.EllipticCurvePrivateKey:
    own = ec.generate_private_key(curve)
    file = folder / "own.pem"
    clear = serialization.NoEncryption()
    file.write_bytes(own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, clear))
    file.chmod(mode)
    return own


def test_hex_and_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWN_AGREEMENT", SCALAR)
    own = pem(tmp_path, ec.SECP256R1())
    peer: Certificate = made(METER, "Sub", SIGNS)
    (tmp_path / "meter.crt").write_bytes(peer.to_bytes())
    file = written(
        tmp_path,
        'signing_key = "file:own.pem"',
        'agreement_key = "env:OWN_AGREEMENT"',
        'peer_signing = "file:meter.crt"',
        f'peer_agreement = "{key(1).public.to_bytes().hex()}"',
    )
    store = FileKeyStore(file)
    found = store.credentials(TITLE, 1)
    assert found is not None
    assert (
        found.signer().public.to_bytes()
        == own.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)[1:]
    )
    assert found.agreer().public.to_bytes().hex().startswith("60fed4ba")
    assert found.peer_signer() == peer.public_key
    assert found.peer_agreer() == key(1).public
    assert store.credentials(TITLE, 2) is None
    assert SCALAR.lower() not in (repr(found) + repr(store)).lower()


def test_a_table_without_key_pairs_has_none(tmp_path: Path) -> None:
    assert FileKeyStore(written(tmp_path)).credentials(TITLE, 1) is None


@pytest.mark.parametrize(
    ("line", "suite", "word"),
    [
        (f'signing_key = "{SCALAR}00"', 1, "32 octets, found 33"),
        (f'signing_key = "{SCALAR}"', 2, "48 octets, found 32"),
        (f'signing_key = "{SCALAR}"', 0, "suite 0 has no public key cryptography"),
        ('signing_key = "file:none.pem"', 1, "signing_key: cannot read"),
        ('signing_key = "file:keys.toml"', 1, "no private key"),
        ('signing_key = "file:own.pem"', 1, "signing is a key of suite 2"),
        ("signing_key = 5", 1, "signing_key has the wrong type"),
        (f'peer_signing = "{"11" * 64}"', 1, "not a point"),
        ('peer_signing = "file:keys.toml"', 1, "not an X.509 certificate"),
        ('peer_signing = "file:none.crt"', 1, "peer_signing: cannot read"),
        ('peer_agreement = "file:meter.crt"', 1, "not for key agreement"),
        ('peer_signing = "file:other.crt"', 1, "certificate is of no system title"),
    ],
)
def test_a_wrong_key_is_one_clear_line_without_the_key(tmp_path: Path, line: str, suite: int, word: str) -> None:
    pem(tmp_path, ec.SECP384R1())
    (tmp_path / "meter.crt").write_bytes(made(METER, "Sub", SIGNS).to_bytes())
    (tmp_path / "other.crt").write_bytes(made("Somebody", "Sub", SIGNS).to_bytes())
    with pytest.raises(KeyUnavailable, match=word) as error:
        FileKeyStore(written(tmp_path, line, suite=suite))
    message = str(error.value)
    assert "keys.toml" in message
    assert "\n" not in message
    assert SCALAR[:8] not in message


def test_a_certificate_needs_a_title_beside_it(tmp_path: Path) -> None:
    (tmp_path / "meter.crt").write_bytes(made(METER, "Sub", SIGNS).to_bytes())
    with pytest.raises(KeyUnavailable, match="needs the peer's system_title"):
        FileKeyStore(written(tmp_path, 'peer_signing = "file:meter.crt"', title=""))


def test_a_private_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    pem(tmp_path, ec.SECP256R1(), mode=0o644)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        FileKeyStore(written(tmp_path, 'signing_key = "file:own.pem"'))


def test_certificates_in_pem_are_read_too(tmp_path: Path) -> None:
    peer = made(METER, "Sub", SIGNS)
    text = x509.load_der_x509_certificate(peer.to_bytes()).public_bytes(serialization.Encoding.PEM)
    (tmp_path / "meter.crt").write_bytes(text)
    found = FileKeyStore(written(tmp_path, 'peer_signing = "file:meter.crt"')).credentials(TITLE, 1)
    assert found is not None
    assert found.peer_signer() == peer.public_key
