"""Single action schedules: a script at dates and times that may have wildcards.

What was missed while the meter had no power, or was jumped over when the clock was set, is done once as soon as the
meter knows what time it is. Source: Blue Book, Single action schedule; the catching up is what billing needs and not in
the book.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dlmskit.codec.date_time import CosemDate, CosemTime
from dlmskit.model.device import ModelObject
from dlmskit.vmeter.agenda import Organ
from dlmskit.vmeter.boundaries import Boundaries, Days, Months
from dlmskit.vmeter.dates import LONGEST_SEARCH, matches, reading_of, times

if TYPE_CHECKING:
    from dlmskit.vmeter.firmware import Firmware

_MIDNIGHT = (0, 0, 0)
_SURE_DAYS = range(1, 29)
_NAME, _SELECTOR = "script_logical_name", "script_selector"
_TABLE, _PROFILE, _CAPTURE = 9, 7, 2


class SingleActionSchedule(Organ):
    """The organ behind one object of class 22."""

    def __init__(self, firmware: Firmware, row: ModelObject) -> None:
        self._firmware = firmware
        self._row = row
        self._due: int | None = None
        self._missed = False

    def next_due(self, after: int) -> int | None:
        clock = self._firmware.clock
        reading = clock.reading_at(after)
        self._missed |= self._due is not None and self._due <= reading
        self._due = self._next(reading)
        return None if self._due is None else max(clock.physical_at(self._due), after + 1)

    def happen(self, at: int) -> None:
        self._due, self._missed = None, False
        script = self._firmware.meaning(self._row, "executed_script")
        if script is not None:
            self._firmware.run_script(script[_NAME], script[_SELECTOR])

    def resume(self) -> None:
        if self._missed or (self._due is not None and self._due <= self._firmware.clock.reading):
            self.happen(self._firmware.clock.physical)

    def changed(self, attribute: str) -> None:
        self._due, self._missed = None, False

    def save(self) -> Any:
        return [self._due, self._missed]

    def load(self, state: Any) -> None:
        self._due, self._missed = state

    def entries(self) -> list[tuple[CosemDate, CosemTime]]:
        """Dates and times as they were written."""
        found = self._firmware.meaning(self._row, "execution_time") or []
        return [(each["date"], each["time"]) for each in found]

    def boundaries(self) -> Boundaries | None:
        """The series of midnights that it runs at, where it is every day or one day of every month."""
        zone = self._firmware.clock.zone
        for day, time in self.entries():
            if times(time) == [_MIDNIGHT] and (day.year, day.month, day.day_of_week) == (None, None, None):
                if day.day is None:
                    return Days(zone)
                if day.day in _SURE_DAYS:
                    return Months(zone, day.day)
        return None

    def captures(self, profile: ModelObject) -> bool:
        """Whether its script, as the model states it, captures a profile."""
        script = self._firmware.meaning(self._row, "executed_script")
        rows = self._firmware.model.objects
        table = next((row for row in rows if script and (row.class_id, row.obis) == (_TABLE, script[_NAME])), None)
        scripts = (self._firmware.meaning(table, "scripts") or []) if table is not None else []
        return any(
            (action["service_id"], action["class_id"], action["logical_name"], action["index"])
            == ("execute-method", _PROFILE, profile.obis, _CAPTURE)
            for each in scripts
            if each["script_identifier"] == script[_SELECTOR]
            for action in each["actions"]
        )

    def _next(self, reading: int) -> int | None:
        clock = self._firmware.clock
        today = clock.local(reading).date()
        entries = [(day, times(time)) for day, time in self.entries()]
        for ahead in range(LONGEST_SEARCH if entries else 0):
            day = today + timedelta(days=ahead)
            readings = (
                reading_of(day, *time, clock.zone)
                for pattern, of_day in entries
                if matches(pattern, day, clock.zone)
                for time in of_day
            )
            found = min((each for each in readings if each > reading), default=None)
            if found is not None:
                return found
        return None
