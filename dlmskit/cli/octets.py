"""Octets as people hand them over: hex with whatever stands between the digits, a file, or standard input."""

from __future__ import annotations

import sys
from pathlib import Path

import click

_DROPPED = str.maketrans("", "", " \t\r\n:-,;|")
_HEX = frozenset("0123456789abcdefABCDEF")


def read_octets(source: str | None, *, files: bool = True) -> bytes:
    """The octets of hex text, of the file of that name, or with ``-`` or nothing of standard input.

    Raises `click.UsageError` saying where the text stops being hex.
    """
    if source is None and sys.stdin.isatty():
        raise click.UsageError("nothing to decode: give hex, a file, or - for standard input")
    if source is None or source == "-":
        return _from_content(sys.stdin.buffer.read(), "standard input")
    if files and _is_file(source):
        return _from_content(_content(source), source)
    return _from_hex(source, "not hex, and no file of that name" if files else "not hex")


def _is_file(source: str) -> bool:
    try:
        return Path(source).is_file()
    except (OSError, ValueError):  # a long hex text is no file name
        return False


def _content(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise click.UsageError(f"cannot read {name}: {error.strerror}") from None


def _from_content(content: bytes, name: str) -> bytes:
    """Hex text where it is nothing but that, else the octets themselves."""
    if not content:
        raise click.UsageError(f"{name} is empty")
    try:
        digits = _digits(content.decode("ascii"))
    except UnicodeDecodeError:
        return content
    return bytes.fromhex(digits) if _HEX.issuperset(digits) and len(digits) % 2 == 0 and digits else content


def _digits(text: str) -> str:
    return "".join(word.removeprefix("0x").removeprefix("0X") for word in text.split()).translate(_DROPPED)


def _from_hex(text: str, otherwise: str) -> bytes:
    digits = _digits(text)
    for place, character in enumerate(digits):
        if character not in _HEX:
            raise click.UsageError(f"{otherwise}: {character!r} after {place} hex digits")
    if not digits:
        raise click.UsageError("nothing to decode: the text has no hex digits")
    if len(digits) % 2:
        raise click.UsageError(f"{len(digits)} hex digits: one is missing or one too many")
    return bytes.fromhex(digits)
