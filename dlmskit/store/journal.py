"""A journal: records that are only ever added, and a snapshot beside it that says up to where they were taken up.

::

    record      length 4 octets, CRC-32 of the content 4 octets, content
    snapshot    CRC-32 of the rest 4 octets, position in the journal 8 octets, content; in a file of its own

A record is on the disk before `append` returns. What a crash tore off at the end is recognised by its length or its
check and cut off; damage anywhere else is refused, as what follows it cannot be trusted.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import Protocol

from dlmskit.exceptions import SecurityError
from dlmskit.store.counters import sync_folder

try:
    import fcntl
except ImportError:  # not a POSIX system: one process at a time is the user's care
    fcntl = None  # type: ignore[assignment]

_HEAD = struct.Struct(">II")
_SNAPSHOT = struct.Struct(">IQ")
LONGEST = 1 << 24
"""octets of one record"""


class Journal(Protocol):
    """Whatever keeps records."""

    @property
    def position(self) -> int:
        """Where the next record begins."""

    def append(self, content: bytes) -> None:
        """Add a record."""

    def records(self, position: int = 0) -> list[tuple[int, bytes]]:
        """Every record from a position on, with the position behind it."""

    def keep(self, content: bytes) -> None:
        """A snapshot of what all records so far amount to, in place of the one before."""

    def kept(self) -> tuple[int, bytes] | None:
        """The snapshot and the position up to which it goes, None where there is none."""


class MemoryJournal:
    """A journal that is forgotten with the process."""

    def __init__(self) -> None:
        self._records: list[bytes] = []
        self._kept: tuple[int, bytes] | None = None

    @property
    def position(self) -> int:
        """See `Journal.position`."""
        return len(self._records)

    def append(self, content: bytes) -> None:
        """See `Journal.append`."""
        self._records.append(content)

    def records(self, position: int = 0) -> list[tuple[int, bytes]]:
        """See `Journal.records`."""
        return list(enumerate(self._records[position:], position + 1))

    def keep(self, content: bytes) -> None:
        """See `Journal.keep`."""
        self._kept = self.position, content

    def kept(self) -> tuple[int, bytes] | None:
        """See `Journal.kept`."""
        return self._kept


class DurableJournal:
    """A journal in a file and its snapshot in another, readable by their owner only; for one process at a time.

    Raises `SecurityError` where the files are damaged, used by another process or cannot be written.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(os.path.realpath(path))
        self._snapshot = self._path.with_name(self._path.name + ".snapshot")
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            self._lock()
            sync_folder(self._path.parent)
            self._position = self._cut()
        except OSError as error:
            raise SecurityError(f"journal {self._path}: {error.strerror}") from None

    @property
    def position(self) -> int:
        """See `Journal.position`."""
        return self._position

    def append(self, content: bytes) -> None:
        """See `Journal.append`. Raises `SecurityError` where it cannot be written."""
        if len(content) > LONGEST:
            raise SecurityError(f"journal {self._path}: a record of {len(content)} octets, {LONGEST} are the most")
        if not content:
            raise SecurityError(f"journal {self._path}: a record without octets")
        octets = _HEAD.pack(len(content), zlib.crc32(content)) + content
        try:
            written = os.write(self._file, octets)
            if written != len(octets):
                os.ftruncate(self._file, self._position)
                raise SecurityError(f"journal {self._path}: the disk is full")
            os.fsync(self._file)
        except OSError as error:
            self.close()  # what the file holds now is known again when it is opened again
            raise SecurityError(f"journal {self._path}: {error.strerror}") from None
        self._position += len(octets)

    def records(self, position: int = 0) -> list[tuple[int, bytes]]:
        """See `Journal.records`. Raises `SecurityError` for a position where no record begins."""
        found = self._read(position)
        if position + sum(_HEAD.size + len(content) for _, content in found) != self._position:
            raise self._damaged()
        return found

    def keep(self, content: bytes) -> None:
        """See `Journal.keep`. Raises `SecurityError` where it cannot be written."""
        rest = _SNAPSHOT.pack(0, self._position)[4:] + content
        new = self._snapshot.with_name(self._snapshot.name + ".new")
        try:
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(zlib.crc32(rest).to_bytes(4, "big") + rest)
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, self._snapshot)
            sync_folder(self._path.parent)
        except OSError as error:
            raise SecurityError(f"snapshot {self._snapshot}: {error.strerror}") from None

    def kept(self) -> tuple[int, bytes] | None:
        """See `Journal.kept`. Raises `SecurityError` for a damaged one."""
        try:
            octets = self._snapshot.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SecurityError(f"snapshot {self._snapshot}: {error.strerror}") from None
        if len(octets) < _SNAPSHOT.size or zlib.crc32(octets[4:]) != int.from_bytes(octets[:4], "big"):
            raise SecurityError(f"snapshot {self._snapshot} is damaged: delete it, and the journal is taken up whole")
        return _SNAPSHOT.unpack_from(octets)[1], octets[_SNAPSHOT.size :]

    def close(self) -> None:
        """Let another process have it; harmless when closed already."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _lock(self) -> None:
        try:
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SecurityError(f"journal {self._path} is in use by another process") from None

    def _cut(self) -> int:
        """Cut off what is torn; gives the end of what is whole."""
        size = os.fstat(self._file).st_size
        end = sum(_HEAD.size + len(content) for _, content in self._read(0))
        if end < size:
            os.ftruncate(self._file, end)
            os.fsync(self._file)
        return end

    def _read(self, position: int) -> list[tuple[int, bytes]]:
        octets, at, found = self._path.read_bytes(), position, []
        while len(octets) - at >= _HEAD.size:
            length, check = _HEAD.unpack_from(octets, at)
            end = at + _HEAD.size + length
            if end > len(octets) or not (length or any(octets[at:])):
                break  # torn; a file system may leave zeros after a power cut
            content = octets[at + _HEAD.size : end]
            if not length or zlib.crc32(content) != check:
                if end < len(octets):
                    raise self._damaged()
                break
            found.append((end, content))
            at = end
        return found

    def _damaged(self) -> SecurityError:
        return SecurityError(f"journal {self._path} is damaged: restore it, do not delete it")
