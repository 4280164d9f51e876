"""Rows of event tables: what the codes in an event log mean."""

from __future__ import annotations

import msgspec

from dlmskit.obis import Obis


class EventTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[event_table]]`: the codes of one log or of several that share them.

    `codes` are by number, written as text since TOML has no other keys. `column` is what holds the code in a row,
    without it the first column that is no clock.
    """

    name: str
    source: str
    confidence: str
    logs: tuple[Obis, ...]
    codes: dict[str, str]
    column: Obis | None = None
    raised: dict[str, int] = {}
    """code by the virtual firmware's name of an event: ``power-down``, ``clock-adjusted-old`` ..."""

    def label(self, code: int) -> str | None:
        """What a code means, None for one that is not in the table."""
        return self.codes.get(str(code))
