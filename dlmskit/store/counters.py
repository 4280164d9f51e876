"""Invocation counters that survive: reserved before use, never lowered, never given twice.

One stream per (key, own system title). A block is written and synced to disk before any of it is handed out, so a crash
skips counters and never repeats one.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Protocol

import msgspec

from dlmskit.exceptions import SecurityError

try:
    import fcntl
except ImportError:  # not a POSIX system: atomic replacement still holds, locking does not
    fcntl = None  # type: ignore[assignment]

FIRST = 1
LAST = 0xFFFF_FFFF


class Counters(Protocol):
    """Whatever keeps invocation counters."""

    def reserve(self, key_id: str, system_title: bytes, count: int) -> tuple[int, int] | None:
        """(first, how many) counters that are now the caller's alone; None where the key is used up."""

    def raise_to(self, key_id: str, system_title: bytes, floor: int) -> None:
        """Go on from `floor` at least, for instance from what the meter says; never lower."""

    def saw(self, key_id: str, system_title: bytes, invocation_counter: int) -> None:
        """Remember a verified counter of a peer; never lower."""

    def last_seen(self, key_id: str) -> dict[tuple[str, bytes], int]:
        """What was seen under one key, of every peer."""


_Name = Annotated[str, msgspec.Meta(pattern="^[^/]*/([0-9a-f]{2})*$")]
_Counter = Annotated[int, msgspec.Meta(ge=0, le=LAST + 1)]
_Seen = Annotated[int, msgspec.Meta(ge=0)]


class _State(msgspec.Struct, forbid_unknown_fields=True):
    """`sending`: next free counter; `seen`: last accepted, which may be one of 64 bits; both by ``key_id/title``."""

    version: int
    sending: dict[_Name, _Counter]
    seen: dict[_Name, _Seen]


def _none() -> _State:
    return _State(1, {}, {})


class MemoryCounters:
    """Counters for tests, simulations and pushes read once; they are forgotten with the process."""

    def __init__(self) -> None:
        self._state = _none()
        self._lock = threading.Lock()

    @property
    def state(self) -> bytes:
        """All of it as octets, to be kept elsewhere and set again."""
        return msgspec.json.encode(self._read())

    @state.setter
    def state(self, octets: bytes) -> None:
        with self._change() as state:
            kept = msgspec.json.decode(octets, type=_State)
            state.sending, state.seen = kept.sending, kept.seen

    @contextlib.contextmanager
    def _change(self) -> Iterator[_State]:
        with self._lock:
            yield self._state

    def _read(self) -> _State:
        return self._state

    def reserve(self, key_id: str, system_title: bytes, count: int) -> tuple[int, int] | None:
        """See `Counters.reserve`."""
        name = _name(key_id, system_title)
        with self._change() as state:
            first = state.sending.get(name, FIRST)
            taken = min(count, LAST - first + 1)
            if taken <= 0:
                return None
            state.sending[name] = first + taken
        return first, taken

    def raise_to(self, key_id: str, system_title: bytes, floor: int) -> None:
        """See `Counters.raise_to`."""
        name = _name(key_id, system_title)
        with self._change() as state:
            state.sending[name] = max(state.sending.get(name, FIRST), min(floor, LAST + 1))

    def saw(self, key_id: str, system_title: bytes, invocation_counter: int) -> None:
        """See `Counters.saw`."""
        name = _name(key_id, system_title)
        with self._change() as state:
            state.seen[name] = max(state.seen.get(name, 0), invocation_counter)

    def last_seen(self, key_id: str) -> dict[tuple[str, bytes], int]:
        """See `Counters.last_seen`."""
        prefix = f"{key_id}/"
        return {
            (key_id, bytes.fromhex(name.removeprefix(prefix))): last
            for name, last in self._read().seen.items()
            if name.startswith(prefix)
        }


class DurableCounters(MemoryCounters):
    """Counters in one JSON file, safe against crashes and against other processes.

    Every change is made under a lock, written to a new file, synced and renamed over the old one. Counters begin only
    where there is no file: one that cannot be read or was emptied is refused, because beginning anew would repeat them.
    Raises `SecurityError`.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        # one file has one lock, whatever it is called by and wherever the process goes
        self._path = Path(os.path.realpath(path))
        self._read()

    @contextlib.contextmanager
    def _change(self) -> Iterator[_State]:
        with self._locked():
            state = self._read()
            before = msgspec.json.encode(state)
            yield state
            if (after := msgspec.json.encode(state)) != before:
                self._write(after)

    def _read(self) -> _State:
        try:
            octets = self._path.read_bytes()
        except FileNotFoundError:
            return _none()
        except OSError as error:
            raise SecurityError(f"counter file {self._path}: {error.strerror}") from None
        try:
            state = msgspec.json.decode(octets, type=_State)
        except msgspec.DecodeError:
            raise SecurityError(f"counter file {self._path} is damaged: restore it, do not delete it") from None
        if state.version != 1:
            raise SecurityError(f"counter file {self._path} is of version {state.version}, wanted 1")
        if not (state.sending or state.seen):
            # none is ever written so
            raise SecurityError(f"counter file {self._path} was emptied: restore it, do not delete it")
        return state

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            handle = os.open(self._path.with_name(self._path.name + ".lock"), os.O_WRONLY | os.O_CREAT, 0o600)
        except OSError as error:
            raise SecurityError(f"counter file {self._path}: cannot lock: {error.strerror}") from None
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _write(self, octets: bytes) -> None:
        new = self._path.with_name(self._path.name + ".new")
        try:
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, self._path)
            sync_folder(self._path.parent)
        except OSError as error:
            raise SecurityError(f"counter file {self._path}: cannot write: {error.strerror}") from None


def _name(key_id: str, system_title: bytes) -> str:
    return f"{key_id}/{system_title.hex()}"


def sync_folder(folder: Path) -> None:
    """See to it that names in a folder are on the disk."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
