"""Key pairs on the curves of suites 1 and 2: P-256 with SHA-256, P-384 with SHA-384.

A public key travels as its coordinates X and Y, a signature as r and s, each of fixed length. A private key may live in
a hardware module instead: whatever has the verbs of `Signer` or `Agreer` takes the place of a `PrivateKey`.

Source: FIPS 186-4 (ECDSA), NIST SP 800-56A (ECC CDH), RFC 6979 (signatures without randomness).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.x509.oid import NameOID

from dlmskit.exceptions import AuthenticationError, KeyUnavailable, SecurityError
from dlmskit.security.suite import Curve, SecuritySuite, suite_of


class PublicKey:
    """A point on the curve of `suite`; immutable, compared by value."""

    __slots__ = ("_key", "_octets", "suite")

    def __init__(self, octets: bytes, suite: int) -> None:
        """`octets` are X and Y. Raises `SecurityError` for a length or a point that the suite does not have."""
        self.suite = suite_of(suite)
        curve = self.suite.curve
        if len(octets) != curve.pair_octets:
            raise SecurityError(
                f"a public key of suite {suite} is {curve.pair_octets} octets, X and Y, found {len(octets)}"
            )
        self._octets = bytes(octets)
        try:
            self._key = ec.EllipticCurvePublicKey.from_encoded_point(curve.curve, b"\x04" + self._octets)
        except ValueError:
            raise SecurityError(f"the public key is not a point on the curve of suite {suite}") from None

    @classmethod
    def of(cls, key: object) -> Self:
        """From a key of `cryptography`, say out of a certificate. Raises `SecurityError` for another kind or curve."""
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise SecurityError("the public key is not one of an elliptic curve")
        point = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        return cls(point[1:], _suite_of_curve(key.curve))

    @classmethod
    def from_pem(cls, octets: bytes) -> Self:
        """From PEM (SubjectPublicKeyInfo). Raises `KeyUnavailable` or `SecurityError`."""
        try:
            return cls.of(serialization.load_pem_public_key(octets))
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyUnavailable("the PEM text holds no public key") from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and (self.suite, self._octets) == (other.suite, other._octets)

    def __hash__(self) -> int:
        return hash((self.suite, self._octets))

    def __repr__(self) -> str:
        return f"PublicKey(suite={self.suite.value}, {self._octets.hex()})"

    def to_bytes(self) -> bytes:
        """X and Y."""
        return self._octets

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raises `AuthenticationError` unless `signature`, r and s, is this key's over `message`."""
        curve = self.suite.curve
        if len(signature) != curve.pair_octets:
            raise AuthenticationError(
                f"a signature of suite {self.suite.value} is {curve.pair_octets} octets, found {len(signature)}"
            )
        r, s = _split(signature, curve)
        try:
            self._key.verify(encode_dss_signature(r, s), message, ec.ECDSA(curve.hash))
        except InvalidSignature:
            raise AuthenticationError("the signature does not verify: another key or altered octets") from None


class Signer(Protocol):
    """A private signing key, wherever it lives."""

    @property
    def public(self) -> PublicKey:
        """Its public half."""

    def sign(self, message: bytes) -> bytes:
        """r and s over `message`. Raises `SecurityError`."""


class Agreer(Protocol):
    """A private key agreement key, wherever it lives."""

    @property
    def public(self) -> PublicKey:
        """Its public half."""

    def agree(self, peer: PublicKey) -> bytes:
        """The shared secret Z with `peer`: one coordinate. Raises `SecurityError`."""


class PrivateKey:
    """A private key in memory, for signing or for key agreement; it cannot be printed, copied or serialised."""

    __slots__ = ("_key", "public")

    public: PublicKey

    def __init__(self, scalar: bytes, suite: int) -> None:
        """Raises `SecurityError` for a length or a number that the suite does not have."""
        curve = suite_of(suite).curve
        if len(scalar) != curve.coordinate_octets:
            raise SecurityError(
                f"a private key of suite {suite} is {curve.coordinate_octets} octets, found {len(scalar)}"
            )
        number = int.from_bytes(scalar, "big")
        if not 0 < number < curve.order:
            raise SecurityError(f"the private key is outside the range of suite {suite}")
        self._key = ec.derive_private_key(number, curve.curve)
        self.public = PublicKey.of(self._key.public_key())

    @classmethod
    def generate(cls, suite: int, random: Callable[[int], bytes]) -> Self:
        """A fresh key from `random`, which gives that many unpredictable octets.

        64 bits more than needed are taken, so that the rest of the division is no longer uneven. Source: FIPS 186-4,
        B.4.1.
        """
        curve = suite_of(suite).curve
        number = int.from_bytes(random(curve.coordinate_octets + 8), "big") % (curve.order - 1) + 1
        return cls(number.to_bytes(curve.coordinate_octets, "big"), suite)

    @classmethod
    def from_pem(cls, octets: bytes, passphrase: bytes | None = None) -> Self:
        """From PEM (PKCS #8 or SEC 1), encrypted or not. Raises `KeyUnavailable` or `SecurityError`."""
        try:
            key = serialization.load_pem_private_key(octets, passphrase)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyUnavailable("the PEM text holds no private key that this passphrase opens") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise SecurityError("the private key is not one of an elliptic curve")
        suite = _suite_of_curve(key.curve)
        scalar = key.private_numbers().private_value.to_bytes(suite.curve.coordinate_octets, "big")
        return cls(scalar, suite)

    def certificate_request(self, system_title: bytes) -> bytes:
        """A request (PKCS #10, DER) for a certificate whose subject is this title in hex."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, system_title.hex().upper())])
        algorithm = self.public.suite.curve.hash
        assert isinstance(algorithm, hashes.SHA256 | hashes.SHA384)
        request = x509.CertificateSigningRequestBuilder(subject).sign(self._key, algorithm)
        return request.public_bytes(serialization.Encoding.DER)

    def __repr__(self) -> str:
        return f"PrivateKey(suite={self.public.suite.value}, ***)"

    def __reduce__(self) -> str:
        raise TypeError("a PrivateKey is never serialised")

    def sign(self, message: bytes) -> bytes:
        """r and s over `message`; the same message gives the same signature where the library can do that."""
        curve = self.public.suite.curve
        try:
            der = self._key.sign(message, ec.ECDSA(curve.hash, deterministic_signing=True))
        except UnsupportedAlgorithm:  # an OpenSSL older than 3.2
            der = self._key.sign(message, ec.ECDSA(curve.hash))
        return b"".join(number.to_bytes(curve.coordinate_octets, "big") for number in decode_dss_signature(der))

    def agree(self, peer: PublicKey) -> bytes:
        """The shared secret Z with `peer`. Raises `SecurityError` for a key of another suite."""
        if peer.suite is not self.public.suite:
            raise SecurityError(f"keys of suites {self.public.suite.value} and {peer.suite.value} do not agree")
        return self._key.exchange(ec.ECDH(), peer._key)


def _split(signature: bytes, curve: Curve) -> tuple[int, int]:
    half = curve.coordinate_octets
    return int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")


def _suite_of_curve(curve: ec.EllipticCurve) -> SecuritySuite:
    for suite in (SecuritySuite.ECDH_ECDSA_AES_GCM_128, SecuritySuite.ECDH_ECDSA_AES_GCM_256):
        if suite.curve.curve.name == curve.name:
            return suite
    raise SecurityError(f"no security suite has the curve {curve.name}")
