"""Key stores: who has which keys.

A key file is TOML (or JSON of the same shape, by its suffix), one table a peer; a table without a title holds the
default::

    [[keys]]
    system_title = "4B464D1020013F2A"
    suite = 0                         # optional
    guek = "env:METER_GUEK"           # hex, env:VARIABLE or file:PATH; so are gak, gbek, dedicated_key and master_key
    gak = "file:/run/secrets/gak"
    password = "text of the LLS password or HLS secret"   # or env: and file:; password_hex for octets
    signing_key = "file:client.pem"   # and key pairs, suites 1 and 2: see `store.key_pairs`
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from dlmskit.exceptions import DlmskitError, KeyUnavailable
from dlmskit.security.credentials import Credentials
from dlmskit.security.keys import KeySet
from dlmskit.security.suite import TITLE_OCTETS
from dlmskit.store.key_pairs import KEY_PAIR_FIELDS, read_credentials
from dlmskit.store.key_text import parse_hex, parse_key, read_private, resolve

_KEYS = ("guek", "gak", "gbek", "dedicated_key", "master_key")
_FIELDS = frozenset({"system_title", "suite", "password", "password_hex", *_KEYS, *KEY_PAIR_FIELDS})


class KeyStore(Protocol):
    """Whatever holds keys: memory, a file, an encrypted file, a hardware module.

    A hardware module is hooked in through `credentials`: their `Signer` and `Agreer` are objects that ask the module,
    so that private keys stay in there.
    """

    def keys(self, system_title: bytes | None, purpose: str) -> KeySet | None:
        """Keys shared with the peer of this title (None: not known yet), None where there are none."""

    def credentials(self, system_title: bytes | None, suite: int) -> Credentials | None:
        """Key pairs towards the peer of this title (None: not known yet), None where there are none of this suite."""


class MemoryKeyStore:
    """Keys held in memory: one set by title, and a default for every other peer.

    `credentials` are by title too; those of the empty title are for every other peer.
    """

    def __init__(
        self,
        default: KeySet | None = None,
        by_title: Mapping[bytes, KeySet] | None = None,
        credentials: Mapping[bytes, Credentials] | None = None,
    ) -> None:
        self._default = default
        self._by_title = dict(by_title or {})
        self._credentials = dict(credentials or {})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._by_title)} peers{', default' if self._default else ''})"

    def keys(self, system_title: bytes | None, purpose: str) -> KeySet | None:
        """The set of this title, or the default."""
        return self._by_title.get(system_title or b"", self._default)

    def credentials(self, system_title: bytes | None, suite: int) -> Credentials | None:
        """Those of this title, or the default ones; None where they are of another suite."""
        found = self._credentials.get(system_title or b"", self._credentials.get(b""))
        return found if found is not None and found.suite == suite else None


class FileKeyStore(MemoryKeyStore):
    """Keys of a TOML or JSON file that only its owner may read; read once.

    Raises `KeyUnavailable` naming file and entry, never a key.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__(*read_keys(read_private(Path(path)), Path(path)))


def read_keys(text: str, path: Path) -> tuple[KeySet | None, dict[bytes, KeySet], dict[bytes, Credentials]]:
    """Default keys, keys by title and credentials by title in the text of the key file `path`.

    Raises `KeyUnavailable` naming file and entry, never a key.
    """
    default: KeySet | None = None
    by_title: dict[bytes, KeySet] = {}
    credentials: dict[bytes, Credentials] = {}
    for index, entry in enumerate(_entries(text, path)):
        where = f"{path}: keys[{index}]"
        title, keys = _key_set(entry, where)
        if title in by_title or (not title and default is not None):
            raise KeyUnavailable(f"{where}: a second entry for the same peer")
        if title:
            by_title[title] = keys
        else:
            default = keys
        pairs = read_credentials(entry, title, keys.suite, where, path.parent)
        if pairs is not None:
            credentials[title] = pairs
    return default, by_title, credentials


def key_table(keys: KeySet, system_title: bytes = b"") -> str:
    """One `[[keys]]` table of a TOML key file, secrets and all: for a file that is encrypted at once."""
    said = {"system_title": system_title.hex()} if system_title else {}
    said |= {name: key.hex() for name in _KEYS if (key := getattr(keys, name)) is not None}
    if keys.password is not None:
        said["password_hex"] = keys.password.hex()
    rows = [f'{name} = "{value}"' for name, value in said.items()]
    return "\n".join(["[[keys]]", f"suite = {keys.suite.value}", *rows]) + "\n"


def _entries(text: str, path: Path) -> list[Any]:
    try:
        content = msgspec.json.decode(text) if path.suffix == ".json" else tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # the message alone names line and column and quotes at most one character
        raise KeyUnavailable(f"{path}: not TOML: {error}") from None
    except msgspec.DecodeError:
        raise KeyUnavailable(f"{path}: not JSON") from None
    entries = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise KeyUnavailable(f"{path}: wanted a list of [[keys]] tables")
    return entries


def _key_set(entry: Any, where: str) -> tuple[bytes, KeySet]:
    if not isinstance(entry, dict):
        raise KeyUnavailable(f"{where}: wanted a table")
    unknown = set(entry) - _FIELDS
    if unknown:
        raise KeyUnavailable(f"{where}: {len(unknown)} unknown field(s); known are {', '.join(sorted(_FIELDS))}")
    for field, value in entry.items():
        if not isinstance(value, int if field == "suite" else str):
            raise KeyUnavailable(f"{where}: {field} has the wrong type")
    title = parse_hex(entry["system_title"], f"{where}: system_title") if "system_title" in entry else b""
    if title and len(title) != TITLE_OCTETS:
        raise KeyUnavailable(f"{where}: system_title must be {TITLE_OCTETS} octets, found {len(title)}")
    parsed = {name: parse_key(entry[name], f"{where}: {name}") for name in _KEYS if name in entry}
    try:
        return title, KeySet(**parsed, password=_password(entry, where), suite=entry.get("suite", 0))
    except DlmskitError as error:
        raise KeyUnavailable(f"{where}: {error}") from None


def _password(entry: dict[str, Any], where: str) -> bytes | None:
    if "password_hex" in entry:
        return parse_key(entry["password_hex"], f"{where}: password_hex")
    if "password" not in entry:
        return None
    text: str = entry["password"]
    resolved = resolve(text, f"{where}: password")
    # a file ends in a newline that nobody typed as part of the password
    return resolved.removesuffix("\n").encode() if text.startswith("file:") else resolved.encode()
