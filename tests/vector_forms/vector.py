"""One test vector: octets, what they mean, and where they come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec


class Vector(msgspec.Struct, frozen=True):
    """A line of a vector file. Fields that only tell the provenance are not read here."""

    id: str
    family: str
    hex: str | None
    expected: Any
    context: dict[str, Any] = {}
    quirks: tuple[str, ...] = ()
    frames: tuple[dict[str, str], ...] = ()
    """the direction and the octets of each frame of a dialogue, which has no `hex`"""

    @property
    def octets(self) -> bytes:
        return bytes.fromhex(self.hex or "".join(frame["hex"] for frame in self.frames))

    @property
    def must_fail(self) -> bool:
        return self.context.get("must_fail") is True or "own_error" in self.expected

    @property
    def kind(self) -> str:
        """What the summary counts it under: the APDU type, or the family."""
        kind = {"apdu": self.expected.get("apdu"), "security": self.context.get("kind")}.get(self.family)
        return kind if isinstance(kind, str) else self.family


def load(path: Path) -> list[Vector]:
    """The vectors of a JSON-lines file, in its order."""
    return [msgspec.json.decode(line, type=Vector) for line in path.read_bytes().splitlines() if line.strip()]
