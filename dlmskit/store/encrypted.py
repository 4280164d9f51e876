"""Key files under a passphrase.

::

    "dlmskit keys 1\\n"    format and version
    cost                   1 octet: scrypt works on 2**cost blocks of 1 KiB
    salt                   16 octets
    nonce                  12 octets
    the text of a key file as in `dlmskit.store.keys`, encrypted, and a tag of 16 octets

A passphrase is guessable, so the key comes from scrypt, which costs memory at every guess. The text is under
AES-256-GCM with everything before it as additional data, so that no octet of the file can be altered unseen. Fernet
would need a key derivation beside it all the same and leaves the time of writing readable. Every writing takes a fresh
salt and nonce.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from dlmskit.exceptions import KeyUnavailable
from dlmskit.store.key_text import read_private_octets
from dlmskit.store.keys import FileKeyStore, MemoryKeyStore, read_keys

MAGIC = b"dlmskit keys 1\n"
COST = 17
"""128 MiB and about half a second"""
COSTS = range(14, 21)
"""what is read: weaker is refused, and stronger would let a file take all memory"""
_SALT_OCTETS, _NONCE_OCTETS, _TAG_OCTETS = 16, 12, 16
_HEADER_OCTETS = len(MAGIC) + 1 + _SALT_OCTETS + _NONCE_OCTETS


class EncryptedKeyStore(MemoryKeyStore):
    """Keys of an encrypted key file; read once.

    Raises `KeyUnavailable` for a wrong passphrase, an altered file or text that is no key file.
    """

    def __init__(self, path: str | Path, passphrase: str) -> None:
        path = Path(path)
        super().__init__(*read_keys(read_encrypted(path, passphrase), path))


def open_key_file(path: str | Path, passphrase: Callable[[], str]) -> MemoryKeyStore:
    """The store of a key file, encrypted or not; the passphrase is asked for only where it is needed."""
    if is_encrypted(Path(path)):
        return EncryptedKeyStore(path, passphrase())
    return FileKeyStore(path)


def is_encrypted(path: Path) -> bool:
    """Whether the file begins as an encrypted key file does. Raises `KeyUnavailable` where it cannot be read."""
    return read_private_octets(path).startswith(MAGIC)


def read_encrypted(path: str | Path, passphrase: str) -> str:
    """The text of an encrypted key file. Raises `KeyUnavailable`."""
    return decrypt(read_private_octets(Path(path)), passphrase, str(path))


def write_encrypted(path: str | Path, text: str, passphrase: str, *, cost: int = COST) -> None:
    """Write the `text` of a key file encrypted, its owner's only, in place of what was there.

    The text must be a good key file, for nobody can mend it afterwards. Raises `KeyUnavailable`.
    """
    path = Path(path)
    read_keys(text, path)
    octets = encrypt(text, passphrase, cost=cost)
    new = path.with_name(path.name + ".new")
    try:
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError as error:
        raise KeyUnavailable(f"cannot write {path}: {error.strerror}") from None


def encrypt(text: str, passphrase: str, *, cost: int = COST) -> bytes:
    """The octets of an encrypted key file. Raises `KeyUnavailable` for an empty passphrase or a cost not allowed."""
    if not passphrase:
        raise KeyUnavailable("the passphrase is empty")
    _check_cost(cost, "key file")
    salt, nonce = os.urandom(_SALT_OCTETS), os.urandom(_NONCE_OCTETS)
    header = MAGIC + bytes((cost,)) + salt + nonce
    return header + AESGCM(_key(passphrase, salt, cost)).encrypt(nonce, text.encode(), header)


def decrypt(octets: bytes, passphrase: str, name: str = "key file") -> str:
    """The text of an encrypted key file. Raises `KeyUnavailable` that begins with `name`."""
    if not octets.startswith(MAGIC) or len(octets) < _HEADER_OCTETS + _TAG_OCTETS:
        raise KeyUnavailable(f"{name} is no encrypted key file, or is cut short")
    header, body = octets[:_HEADER_OCTETS], octets[_HEADER_OCTETS:]
    cost, salt, nonce = header[len(MAGIC)], header[len(MAGIC) + 1 : -_NONCE_OCTETS], header[-_NONCE_OCTETS:]
    _check_cost(cost, name)
    try:
        return AESGCM(_key(passphrase, salt, cost)).decrypt(nonce, body, header).decode()
    except (InvalidTag, UnicodeDecodeError):
        raise KeyUnavailable(f"{name}: the passphrase is wrong, or the file was altered") from None


def _check_cost(cost: int, name: str) -> None:
    if cost not in COSTS:
        raise KeyUnavailable(f"{name}: cost {cost} is outside {COSTS.start} to {COSTS.stop - 1}")


def _key(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << cost, r=8, p=1).derive(passphrase.encode())
