"""Invoke-ids of one association: an id whose answer may still come is not used again."""

from __future__ import annotations

from dlmskit.exceptions import LocalProtocolError

MASK = 0x0F
CONFIRMED = 0x40
HIGH_PRIORITY = 0x80


class InvokeIds:
    """Ids 0 to 15 in turn, beginning with 1; those that timed out are left out until their late answer came."""

    def __init__(self) -> None:
        self._last = 0
        self._quarantined: set[int] = set()

    def take(self) -> int:
        """The next free id. Raises `LocalProtocolError` when every id waits for a late answer."""
        for step in range(1, MASK + 2):
            candidate = (self._last + step) & MASK
            if candidate not in self._quarantined:
                self._last = candidate
                return candidate
        raise LocalProtocolError("every invoke-id waits for an answer that never came: associate anew")

    def quarantine(self, invoke_id: int) -> None:
        """Its request timed out or was given up: an answer may still come."""
        self._quarantined.add(invoke_id & MASK)

    def release(self, invoke_id: int) -> None:
        """Its late answer has come."""
        self._quarantined.discard(invoke_id & MASK)
