"""Invoke-ids of one association: an id whose answer may still come is not used again."""

from __future__ import annotations

from dlmskit.apdu import Apdu
from dlmskit.exceptions import LocalProtocolError

MASK = 0x0F
CONFIRMED = 0x40
HIGH_PRIORITY = 0x80

LONG_MASK = 0x00FF_FFFF


def long_invoke(invoke: int) -> int:
    """The long form of an invoke-id-and-priority: bits 30 and 31 say what bits 6 and 7 say in the short one."""
    return (invoke & (CONFIRMED | HIGH_PRIORITY)) << 24 | invoke & MASK


def invoke_id(apdu: Apdu) -> int | None:
    """The invoke-id of a request or an answer in either form, None where it has none."""
    short: int | None = getattr(apdu, "invoke_id_and_priority", None)
    if short is not None:
        return short & MASK
    long: int | None = getattr(apdu, "long_invoke_id_and_priority", None)
    return None if long is None else long & LONG_MASK


class InvokeIds:
    """Ids 0 to 15 in turn, beginning with 1; those that timed out are left out until their late answer came."""

    def __init__(self) -> None:
        self._last = 0
        self._quarantined: set[int] = set()
        self.current = 0
        """invoke-id-and-priority of the running request"""

    def begin(self, *, priority: bool) -> int:
        """The invoke-id-and-priority of a new confirmed request. Raises `LocalProtocolError` as `take` does."""
        self.current = (HIGH_PRIORITY if priority else 0) | CONFIRMED | self.take()
        return self.current

    def give_up(self) -> None:
        """Whatever the meter still has to say about the running request must not be taken for a later answer."""
        self.quarantine(self.current)

    def accepts(self, invoke_id: int) -> bool:
        """Whether an answer with this id is one to the running request; one that is not has come late."""
        if invoke_id == self.current & MASK:
            return True
        self.release(invoke_id)
        return False

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
        """Its late answer has come; the long form knows ids that were never ours."""
        self._quarantined.discard(invoke_id)
