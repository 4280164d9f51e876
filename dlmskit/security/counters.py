"""Which invocation counters were accepted: per key and sender, rising only."""

from __future__ import annotations

from collections.abc import Mapping

from dlmskit.exceptions import ReplayError


class ReplayGuard:
    """The highest counter accepted of each (`key_id`, system title). A pair never seen has none, not 0.

    A counter is accepted only after its tag was verified, so a forgery cannot move it.
    """

    __slots__ = ("_last",)

    def __init__(self, last: Mapping[tuple[str, bytes], int] | None = None) -> None:
        self._last = dict(last or {})

    def last(self, key_id: str, system_title: bytes) -> int | None:
        """The highest counter accepted, None where there was none."""
        return self._last.get((key_id, system_title))

    def check(self, key_id: str, system_title: bytes, invocation_counter: int) -> None:
        """Raises `ReplayError` unless the counter is above every accepted one."""
        last = self.last(key_id, system_title)
        if last is not None and invocation_counter <= last:
            raise ReplayError(f"invocation counter {invocation_counter} of {system_title.hex()} is not above {last}")

    def accept(self, key_id: str, system_title: bytes, invocation_counter: int) -> None:
        """Remember a verified counter; a lower one changes nothing."""
        last = self.last(key_id, system_title)
        if last is None or invocation_counter > last:
            self._last[key_id, system_title] = invocation_counter

    def learn(self, last: Mapping[tuple[str, bytes], int]) -> None:
        """Take over what a store remembers, never lowering anything."""
        for (key_id, system_title), counter in last.items():
            self.accept(key_id, system_title, counter)
