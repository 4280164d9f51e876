"""Daylight saving: the event at each change. Readings are instants, so nothing else has to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlmskit.vmeter.agenda import Organ
from dlmskit.vmeter.dates import changes

if TYPE_CHECKING:
    from dlmskit.vmeter.firmware import Firmware


class Daylight(Organ):
    """Watches the zone's clock changes."""

    def __init__(self, firmware: Firmware) -> None:
        self._firmware = firmware

    def next_due(self, after: int) -> int | None:
        clock = self._firmware.clock
        reading = clock.reading_at(after)
        year = clock.local(reading).year
        for found in (*changes(clock.zone, year), *changes(clock.zone, year + 1)):
            if found > reading:
                return max(clock.physical_at(found), after + 1)
        return None

    def happen(self, at: int) -> None:
        self._firmware.event("daylight-saving-changed")
