"""Which clients are associated with a meter, over all its lines, and as whom."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dlmskit.session.base import Closed, Opened


class Presence:
    """Fed with the events of all sessions of a meter."""

    def __init__(self) -> None:
        self._count: Counter[int] = Counter()
        self._titles: dict[int, bytes] = {}

    def note(self, event: Any) -> None:
        """Take notice of an association that was opened or has ended."""
        if isinstance(event, Opened):
            sap: int = event.detail["client_sap"]
            self._count[sap] += 1
            self._titles[sap] = event.detail["client_system_title"]
        elif isinstance(event, Closed) and event.client_sap is not None:
            self._count[event.client_sap] -= 1

    def remember(self, client_sap: int, title: bytes) -> None:
        """A client that commanded something, told from memory."""
        self._titles[client_sap] = title

    def associated(self, client_sap: int) -> bool:
        """Whether anybody is associated as this client."""
        return self._count[client_sap] > 0

    def title(self, client_sap: int) -> bytes:
        """The system title of who associated as this client last, empty where none was given."""
        return self._titles.get(client_sap, b"")
