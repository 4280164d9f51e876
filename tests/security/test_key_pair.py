"""Curves and signatures: published numbers, and every way in which a key or a signature can be wrong."""

from __future__ import annotations

import copy
import hashlib
import pickle

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.exceptions import AuthenticationError, KeyUnavailable, SecurityError
from dlmskit.security.key_pair import PrivateKey, PublicKey

# RFC 6979 A.2.5 and A.2.6: private key, public key, signature of "sample" with the suite's hash
RFC_6979 = {
    1: (
        "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
        "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
        "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    ),
    2: (
        "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
        "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13"
        "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720",
        "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46"
        "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8",
    ),
}
# NIST CAVP, KAS ECC CDH primitive, P-256 and P-384, count 0: peer's public key, own private key, Z
NIST_CDH = {
    1: (
        "700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
        "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
        "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534",
        "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b",
    ),
    2: (
        "a7c76b970c3b5fe8b05d2838ae04ab47697b9eaf52e764592efda27fe7513272734466b400091adbf2d68c58e0c50066"
        "ac68f19f2e1cb879aed43a9969b91a0839c4c38a49749b661efedf243451915ed0905a32b060992b468c64766fc8437a",
        "3cc3122a68f0d95027ad38c067916ba0eb8c38894d22e1b15618b6818a661774ad463b205da88cf699ab4d43c9cf98a1",
        "5f9d29dc5e31a163060356213669c8ce132e22f57c9a04f40ba7fcead493b457e5621e766c40a2e3d4d6a04b25e533f1",
    ),
}
SUITES = pytest.mark.parametrize("suite", [1, 2])


def key(suite: int, seed: bytes = b"a key for tests") -> PrivateKey:
    return PrivateKey.generate(suite, lambda size: hashlib.shake_256(seed).digest(size))


@SUITES
def test_signatures_are_those_of_rfc_6979(suite: int) -> None:
    private, public, signature = map(bytes.fromhex, RFC_6979[suite])
    own = PrivateKey(private, suite)
    assert own.public.to_bytes() == public
    PublicKey(public, suite).verify(b"sample", signature)
    assert own.sign(b"sample") == signature


@SUITES
def test_shared_secrets_are_those_of_nist(suite: int) -> None:
    peer, private, secret = map(bytes.fromhex, NIST_CDH[suite])
    assert PrivateKey(private, suite).agree(PublicKey(peer, suite)) == secret


@SUITES
def test_every_flipped_bit_of_a_signature_is_refused(suite: int) -> None:
    own = key(suite)
    signature = own.sign(b"message")
    own.public.verify(b"message", signature)
    for position in range(len(signature) * 8):
        altered = bytearray(signature)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(AuthenticationError):
            own.public.verify(b"message", bytes(altered))
    for message in (b"", b"messagf", b"message\0"):
        with pytest.raises(AuthenticationError):
            own.public.verify(message, signature)
    with pytest.raises(AuthenticationError):
        key(suite, b"another").public.verify(b"message", signature)


@pytest.mark.parametrize(
    "octets", [b"", bytes(64), b"\xff" * 64, b"\x30\x06\x02\x01\x01\x02\x01\x01", bytes(63) + b"\1"]
)
def test_impossible_signatures_are_refused(octets: bytes) -> None:
    with pytest.raises(AuthenticationError):
        key(1).public.verify(b"message", octets)


@given(st.binary(max_size=100), st.sampled_from([0, 1, 2, 3]))
def test_no_octets_make_a_key_or_another_error(octets: bytes, suite: int) -> None:
    for kind in (PublicKey, PrivateKey):
        with pytest.raises(SecurityError):
            kind(octets + bytes(200), suite)
        try:
            kind(octets, suite)
        except SecurityError:
            continue


@SUITES
def test_points_off_the_curve_and_numbers_out_of_range_are_refused(suite: int) -> None:
    own = key(suite)
    point = own.public.to_bytes()
    size = len(point) // 2
    for wrong in (bytes(2 * size), point[:-1] + bytes((point[-1] ^ 1,)), b"\xff" * 2 * size):
        with pytest.raises(SecurityError, match="not a point"):
            PublicKey(wrong, suite)
    for wrong in (bytes(size), b"\xff" * size):
        with pytest.raises(SecurityError, match="outside the range"):
            PrivateKey(wrong, suite)
    with pytest.raises(SecurityError, match="suite 0 has no"):
        PublicKey(point, 0)


def test_keys_of_two_suites_do_not_agree() -> None:
    with pytest.raises(SecurityError, match="suites 1 and 2"):
        key(1).agree(key(2).public)


@SUITES
def test_a_generated_key_is_a_function_of_its_randomness(suite: int) -> None:
    assert key(suite).public == key(suite).public != key(suite, b"b").public
    assert PrivateKey.generate(suite, bytes).agree(key(suite).public)
    assert PrivateKey.generate(suite, lambda size: b"\xff" * size).agree(key(suite).public)


def test_pem_in_and_what_is_none() -> None:
    foreign = ec.generate_private_key(ec.SECP384R1())
    pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    own = PrivateKey.from_pem(foreign.private_bytes(*pkcs8, serialization.NoEncryption()))
    assert own.public == PublicKey.of(foreign.public_key())
    locked = foreign.private_bytes(*pkcs8, serialization.BestAvailableEncryption(b"open sesame"))
    assert PrivateKey.from_pem(locked, b"open sesame").public == own.public
    for octets, passphrase in ((locked, None), (locked, b"wrong"), (b"", None), (b"-----BEGIN", None)):
        with pytest.raises(KeyUnavailable):
            PrivateKey.from_pem(octets, passphrase)
    others = (
        ec.generate_private_key(ec.SECP521R1()),
        rsa.generate_private_key(public_exponent=65537, key_size=1024),
    )
    for other in others:
        with pytest.raises(SecurityError):
            PrivateKey.from_pem(other.private_bytes(*pkcs8, serialization.NoEncryption()))
        with pytest.raises(SecurityError):
            PublicKey.of(other.public_key())


def test_a_private_key_never_shows() -> None:
    scalar = RFC_6979[1][0]
    own = PrivateKey(bytes.fromhex(scalar), 1)
    assert repr(own) == "PrivateKey(suite=1, ***)"
    for serialise in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            serialise(own)
    with pytest.raises(SecurityError) as error:
        PrivateKey(bytes.fromhex(scalar) + b"\0", 1)
    assert scalar[:8].lower() not in str(error.value).lower()
