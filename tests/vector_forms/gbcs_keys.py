"""Keys of GBCS test messages, read from a folder that is no part of this project.

The folder holds files as the keystore of gbcs-parser does: ``TITLE-ds.pem`` and ``TITLE-ka.pem`` are certificates with
the public keys for signing and for key agreement, ``TITLE-ka.key`` a private key for key agreement, where TITLE is a
system title in hex. ``python -m pytest tests/test_vectors.py --vectors FILE --gbcs-keys DIR`` names it.
"""

from __future__ import annotations

from pathlib import Path

from dlmskit.apdu import GeneralCiphering, GeneralSigning
from dlmskit.security.agreement import Scheme
from dlmskit.security.certificates import Certificate
from dlmskit.security.general_ciphering import message_key, open_message
from dlmskit.security.general_signing import verify
from dlmskit.security.key_pair import PrivateKey, PublicKey
from dlmskit.security.profile import GBCS

SUITE = 1


class GbcsKeys:
    """The keys of one folder. A file that is not there, or a certificate of another title, is an error."""

    folder: Path | None = None
    """where the keys are; None means that nothing is verified"""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def verify_signature(self, message: GeneralSigning) -> None:
        """Raises `AuthenticationError`."""
        verify(message, self._public(message.originator_system_title, to_sign=True), GBCS)

    def open(self, envelope: GeneralCiphering, parties: GeneralSigning) -> bytes:
        """What `envelope` authenticates, by the key that the parties of the message in it agreed.

        Either side's private key gives the same secret; remote parties are those whose keys were published. Raises
        `AuthenticationError`.
        """
        originator, recipient = parties.originator_system_title, parties.recipient_system_title
        ours, theirs = (originator, recipient) if self._private_file(originator).exists() else (recipient, originator)
        private = PrivateKey.from_pem(self._private_file(ours).read_bytes())
        secret = private.agree(self._public(theirs, to_sign=False))
        key = message_key(parties, secret, suite=SUITE, scheme=Scheme.STATIC_UNIFIED, profile=GBCS)
        return open_message(envelope, key=key, gak=None, originator=originator, profile=GBCS).plain

    def _public(self, title: bytes, *, to_sign: bool) -> PublicKey:
        use = "ds" if to_sign else "ka"
        certificate = Certificate.from_bytes((self._folder / f"{title.hex()}-{use}.pem").read_bytes())
        return certificate.key_of(title, to_sign=to_sign)

    def _private_file(self, title: bytes) -> Path:
        return self._folder / f"{title.hex()}-ka.key"
