"""Keys as people write them: hex with separators, or a reference to where the hex is.

No message here ever shows what was written, only its shape.
"""

from __future__ import annotations

import os
from pathlib import Path

from dlmskit.exceptions import KeyUnavailable

_SEPARATORS = str.maketrans("", "", " \t\r\n:-._,")
_HEX = frozenset("0123456789abcdefABCDEF")


def parse_key(text: str, name: str = "key") -> bytes:
    """Octets of a key written in hex, as `env:VARIABLE`, or as `file:PATH` of a file with the hex, its owner's only.

    Raises `KeyUnavailable` saying what is wrong with the writing of `name`.
    """
    return parse_hex(resolve(text, name), name)


def parse_hex(text: str, name: str = "key") -> bytes:
    """Octets of hex digits; blanks and ``: - . _ ,`` between them are dropped. Raises `KeyUnavailable`."""
    digits = text.strip().translate(_SEPARATORS)
    if not digits:
        raise KeyUnavailable(f"{name} is empty")
    if digits[:2] in ("0x", "0X"):
        raise KeyUnavailable(f"{name}: leave out the 0x and write plain hex digits")
    if not _HEX.issuperset(digits):
        raise KeyUnavailable(
            f"{name} must be hex digits, found other characters; a key given as text has to be turned into hex first"
        )
    if len(digits) % 2:
        raise KeyUnavailable(f"{name} has {len(digits)} hex digits: one is missing or one too many")
    return bytes.fromhex(digits)


def resolve(text: str, name: str = "key") -> str:
    """Follow an `env:` or `file:` reference, or give back `text`. Raises `KeyUnavailable`."""
    kind, colon, rest = text.strip().partition(":")
    if not colon or kind not in ("env", "file"):
        return text
    if kind == "env":
        try:
            return os.environ[rest]
        except KeyError:
            raise KeyUnavailable(f"{name}: environment variable {rest} is not set") from None
    return read_private(Path(rest), name)


def read_private(path: Path, name: str = "key file") -> str:
    """Text of a file that only its owner may read. Raises `KeyUnavailable`."""
    try:
        return read_private_octets(path, name).decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise KeyUnavailable(f"{name}: {path} is not a text file") from None


def read_private_octets(path: Path, name: str = "key file") -> bytes:
    """Octets of a file that only its owner may read. Raises `KeyUnavailable`."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            if os.name == "posix" and mode & 0o077:
                raise KeyUnavailable(f"{name}: {path} may be read by others (mode {mode:04o}): chmod 600 {path}")
            return file.read()
    except OSError as error:
        raise KeyUnavailable(f"{name}: cannot read {path}: {error.strerror}") from None
