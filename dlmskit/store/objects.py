"""What was seen of a meter the last time: its object list and its scalers, kept in a folder, a small file a meter.

It saves requests and is never trusted for security: rights are the meter's to enforce, and a file that is broken or of
another firmware is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

import msgspec

MOST_OCTETS = 1 << 22
"""files above this are not read"""


class Remembered(msgspec.Struct, frozen=True):
    """One association's view of one meter. `firmware` is empty where the meter does not tell it."""

    firmware: str
    object_list: bytes
    """attribute 2 of the association, as the meter sent it"""
    scalers: dict[str, tuple[int, int] | None] = {}
    """scaler and unit code by ``class logical-name``; None where the meter tells none"""


class ObjectCache:
    """A folder of what was remembered. `association` tells the views of different clients on one meter apart."""

    def __init__(self, folder: str | Path, association: str = "") -> None:
        self._folder = Path(folder)
        self._association = association

    def load(self, device: str) -> Remembered | None:
        """What is known of the meter called `device`; None for nothing, and for a file that is no such thing."""
        try:
            with self._path(device).open("rb") as file:
                octets = file.read(MOST_OCTETS + 1)
            return msgspec.msgpack.decode(octets, type=Remembered) if len(octets) <= MOST_OCTETS else None
        except (OSError, msgspec.MsgspecError, RecursionError):
            return None

    def save(self, device: str, remembered: Remembered) -> None:
        """Keep it, whole or not at all. A folder that cannot be written to costs only requests the next time."""
        path = self._path(device)
        new = path.with_suffix(f".{os.getpid()}.new")
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            new.write_bytes(msgspec.msgpack.encode(remembered))
            new.replace(path)

    def _path(self, device: str) -> Path:
        name = hashlib.sha256(f"{device}\n{self._association}".encode()).hexdigest()[:32]
        return self._folder / f"{name}.meter"
