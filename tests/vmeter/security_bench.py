"""A virtual meter of the interop model with key pairs and an authority, and clients to it over a line in memory."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dlmskit.client import Client
from dlmskit.exceptions import TransportClosed
from dlmskit.model import registry
from dlmskit.security.certificates import Certificate
from dlmskit.security.credentials import Credentials
from dlmskit.security.key_pair import PrivateKey
from dlmskit.security.keys import KeySet
from dlmskit.stack.build import LinkSettings, association_settings, client_stack
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import MemoryKeyStore
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import in_suite, port_of
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.sim import SimTransport

TITLE = b"TST\x00\x00\x00\x00\x07"
START = datetime(2026, 11, 21, 10, tzinfo=UTC)
_OTHER_USES = ("content_commitment", "key_encipherment", "data_encipherment", "encipher_only", "decipher_only")
SETUP = (64, "0-0:43.0.0")


def scalar(seed: int, suite: int) -> PrivateKey:
    return PrivateKey(bytes((0, seed)) * (8 * suite + 8), suite)


class Cut(SimTransport):
    """A line that swallows the answers from the `after`th write on."""

    after = 10_000

    def write(self, data: bytes) -> None:
        self.after -= 1
        super().write(data)

    def read(self, timeout: float | None) -> bytes:
        if self.after < 0:
            raise TransportClosed("the line was cut")
        return super().read(timeout)


class Bench:
    """`client` opens one; `counters` are kept over all of them."""

    def __init__(self, suite: int = 1, **changes: Any) -> None:
        self.suite = suite
        self.model = in_suite(registry.load("interop"), suite)
        self.authority = Authority(suite)
        self.keys = defaults.keys(suite, b"Gurux")
        self.counters = MemoryCounters()
        pairs = None
        self.pairs: Credentials | None = None
        if suite:
            ours, meters = scalar(1, suite), scalar(2, suite)
            self.pairs = Credentials(suite, signing=ours, peer_signing=meters.public)
            pairs = Credentials(suite, signing=meters, peer_signing=ours.public)
            changes = {"trusted": [self.authority.certificate], **changes}
        self.meter = VirtualMeter(self.model, start=START, pairs=pairs, **changes)
        self.title = self.meter.firmware.identity.system_title

    def client(
        self, name: str = "gmac", keys: KeySet | None = None, *, after: int = 10_000, title: bytes = TITLE
    ) -> Client:
        settings = association_settings(self.model.association(name), title)
        stack = client_stack(LinkSettings(), settings, os.urandom)
        line = Cut(port_of(self.meter, os.urandom, speed=0))
        line.after = after
        pairs = {b"": self.pairs} if self.pairs is not None else None
        store = MemoryKeyStore(keys or self.keys, credentials=pairs)
        return Client(line, stack, keys=store, counters=self.counters)


class Authority:
    """Signs certificates; `certificate` is its own."""

    def __init__(self, suite: int) -> None:
        self._key = ec.derive_private_key(99, ec.SECP384R1() if suite == 2 else ec.SECP256R1())
        self._hash = hashes.SHA384() if suite == 2 else hashes.SHA256()
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root of tests")])
        self._serial = 0
        self.certificate = self.sign(self._key.public_key(), self._name, authority=True)

    def of(self, key: PrivateKey, title: bytes, *, agrees: bool = False) -> Certificate:
        """A certificate of a key of ours."""
        point = ec.EllipticCurvePublicKey.from_encoded_point(self._key.curve, b"\x04" + key.public.to_bytes())
        return self.sign(point, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title.hex())]), agrees=agrees)

    def answer(self, request: bytes, *, agrees: bool = False) -> Certificate:
        """A certificate for a request."""
        asked = x509.load_der_x509_csr(request)
        assert asked.is_signature_valid
        public = asked.public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        return self.sign(public, asked.subject, agrees=agrees)

    def sign(
        self, public: ec.EllipticCurvePublicKey, subject: x509.Name, *, authority: bool = False, agrees: bool = False
    ) -> Certificate:
        self._serial += 1
        usage = dict.fromkeys(_OTHER_USES, False)
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(self._serial)
            .not_valid_before(START - timedelta(days=1))
            .not_valid_after(START + timedelta(days=365))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=not agrees and not authority,
                    key_agreement=agrees,
                    key_cert_sign=authority,
                    crl_sign=authority,
                    **usage,
                ),
                critical=True,
            )
            .sign(self._key, self._hash)
        )
        return Certificate.from_bytes(built.public_bytes(serialization.Encoding.DER))
