"""Key pairs in a key file, as fields of a peer's table::

    signing_key = "file:client-sign.pem"        # our private keys: PEM in a file that only its owner may read,
    agreement_key = "env:CLIENT_AGREE"          # or the number in hex, written there or behind env:
    peer_signing = "file:meter.crt"             # the peer's public keys: a certificate (PEM or DER) of its title,
    peer_agreement = "07C56DE2..."              # or X and Y in hex

Paths are relative to the key file. A certificate must name the peer's title and allow the use; chains are not followed
here, see `dlmskit.security.certificates`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dlmskit.exceptions import DlmskitError, KeyUnavailable
from dlmskit.security.certificates import Certificate
from dlmskit.security.credentials import Credentials
from dlmskit.security.key_pair import PrivateKey, PublicKey
from dlmskit.store.key_text import parse_key, read_private

_PRIVATE = ("signing_key", "agreement_key")
_PUBLIC = ("peer_signing", "peer_agreement")
KEY_PAIR_FIELDS = (*_PRIVATE, *_PUBLIC)
_FILE = "file:"


def read_credentials(entry: dict[str, Any], title: bytes, suite: int, where: str, folder: Path) -> Credentials | None:
    """Key pairs of one table of a key file in `folder`, None where it has none.

    Raises `KeyUnavailable` naming `where` and the field, never a key.
    """
    if not any(field in entry for field in KEY_PAIR_FIELDS):
        return None
    try:
        own = {name: _private(entry[name], suite, name, folder) for name in _PRIVATE if name in entry}
        peer = {name: _public(entry[name], suite, name, folder, title) for name in _PUBLIC if name in entry}
        return Credentials(
            suite,
            signing=own.get("signing_key"),
            agreement=own.get("agreement_key"),
            peer_signing=peer.get("peer_signing"),
            peer_agreement=peer.get("peer_agreement"),
        )
    except DlmskitError as error:
        raise KeyUnavailable(f"{where}: {error}") from None


def _private(text: str, suite: int, name: str, folder: Path) -> PrivateKey:
    if not text.startswith(_FILE):
        return PrivateKey(parse_key(text, name), suite)
    return PrivateKey.from_pem(read_private(folder / text.removeprefix(_FILE), name).encode())


def _public(text: str, suite: int, name: str, folder: Path, title: bytes) -> PublicKey:
    if not text.startswith(_FILE):
        return PublicKey(parse_key(text, name), suite)
    if not title:
        raise KeyUnavailable(f"{name}: a certificate needs the peer's system_title beside it")
    path = folder / text.removeprefix(_FILE)
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise KeyUnavailable(f"{name}: cannot read {path}: {error.strerror}") from None
    return Certificate.from_bytes(octets).key_of(title, to_sign=name == "peer_signing")
