"""Recordings on disk: read back with every line checked. The format is that of `dlmskit.stack.transcript`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from dlmskit.exceptions import DecodeError
from dlmskit.stack.transcript import Entry, Happening, Header, Octets, parse


class Recording(msgspec.Struct, frozen=True):
    """One recorded session."""

    header: Header
    entries: tuple[Entry, ...]

    @property
    def octets(self) -> tuple[Octets, ...]:
        """Only what was on the line."""
        return tuple(entry for entry in self.entries if isinstance(entry, Octets))

    @property
    def events(self) -> tuple[Happening, ...]:
        """Only what happened."""
        return tuple(entry for entry in self.entries if isinstance(entry, Happening))


def read(path: str | Path) -> Recording:
    """Read a recording.

    Raises `DecodeError` naming the line that is no valid entry, and `OSError` where the file cannot be opened.
    """
    with Path(path).open(encoding="utf-8", errors="replace") as file:
        lines = parse(file)
        header = next(lines)
        if not isinstance(header, Header):
            raise DecodeError("line 1: a recording's header wanted")
        return Recording(header, tuple(entry for entry in lines if not isinstance(entry, Header)))
