"""The named deadlines of one link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf


class Timers:
    """Each name has at most one deadline; the clock is the caller's."""

    def __init__(self) -> None:
        self._at: dict[str, float] = {}

    def start(self, name: str, at: float) -> None:
        """Set or move the deadline called `name`."""
        self._at[name] = at

    def stop(self, *names: str) -> None:
        """Forget these deadlines, or all when none is named."""
        for name in names or tuple(self._at):
            self._at.pop(name, None)

    def next(self) -> float | None:
        """The earliest deadline."""
        return min(self._at.values()) if self._at else None

    def due(self, now: float) -> list[str]:
        """Names whose time has come, earliest first; they are stopped."""
        names = sorted((name for name, at in self._at.items() if at <= now), key=self._at.__getitem__)
        self.stop(*names) if names else None
        return names

    def fire(self, now: float, handlers: Mapping[str, Callable[[float], None]]) -> None:
        """Stop each name whose time has come and call its handler, earliest first.

        What one handler stops or moves does not come to the next.
        """
        for name in sorted((name for name, at in self._at.items() if at <= now), key=self._at.__getitem__):
            if self._at.get(name, inf) <= now:
                del self._at[name]
                handlers[name](now)
