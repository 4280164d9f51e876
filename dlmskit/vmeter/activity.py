"""The activity calendar: which script runs when, by season, week and day, with special days before all of them.

The object's attributes are the calendar. The passive ones take the place of the active ones at the time written for it;
at once where that has passed, and also for the date of zeros that British commands use. An action that the script table
does not list switches to the rate of its number.

Source: Blue Book, Activity calendar, Special days table; the date of zeros is seen in decoded British commands.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.exceptions import DecodeError
from dlmskit.model.device import ModelObject
from dlmskit.obis import Obis
from dlmskit.vmeter.agenda import Organ
from dlmskit.vmeter.dates import first_of, matches, reading_of

if TYPE_CHECKING:
    from dlmskit.vmeter.firmware import Firmware

SPECIAL_DAYS = 11
PASSIVE = ("calendar_name", "season_profile", "week_profile_table", "day_profile_table")
ACTIVATION = "activate_passive_calendar_time"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NOW = bytes(9)
_LONGEST_DAYS = 8
"""days without any action after which a calendar is taken to have none"""


class Action(NamedTuple):
    """One switch of a day: seconds of local time since midnight, and the script."""

    second: int
    table: Obis
    selector: int


class ActivityCalendar(Organ):
    """The organ behind one object of class 20."""

    def __init__(self, firmware: Firmware, row: ModelObject) -> None:
        self._firmware = firmware
        self._row = row
        self._pending: int | None = None
        self._special = next((each for each in firmware.model.objects if each.class_id == SPECIAL_DAYS), None)
        self._days: dict[int, list[Action]] | None = None
        self._seasons: list[tuple[CosemDateTime, str]] = []
        self._weeks: dict[str, list[int]] = {}

    def next_due(self, after: int) -> int | None:
        clock = self._firmware.clock
        readings = (self._pending, self._next_switch(clock.reading_at(after)))
        return min((max(clock.physical_at(each), after + 1) for each in readings if each is not None), default=None)

    def happen(self, at: int) -> None:
        self.resume()

    def resume(self) -> None:
        """Activate what is due and let the action run that is in force now."""
        if self._pending is not None and self._pending <= self._firmware.clock.reading:
            self.activate()
            return
        action = self._in_force(self._firmware.clock.reading)
        if action is None or self._firmware.run_script(action.table, action.selector):
            return
        self._firmware.tariffs.activate_rate(action.selector)

    def activate(self) -> None:
        """The passive calendar becomes the active one."""
        self._pending = None
        for name in PASSIVE:
            value = self._firmware.setting(self._row, f"{name}_passive")
            self._firmware.written[self._row.name, f"{name}_active"] = value
        self._days = None
        self._firmware.event("calendar-activated")
        self.resume()
        self._firmware.agenda.replan()

    def changed(self, attribute: str) -> None:
        self._days = None
        if attribute == ACTIVATION:
            self._pending = self._activation()
        self.resume()

    def save(self) -> Any:
        return self._pending

    def load(self, state: Any) -> None:
        self._pending = state
        self._days = None

    def _activation(self) -> int | None:
        """The reading at which the passive calendar is to be activated."""
        octets = self._firmware.setting(self._row, ACTIVATION).value
        if isinstance(octets, bytes) and octets[:9] == _NOW:
            return self._firmware.clock.reading
        try:
            return self._firmware.clock.from_cosem(CosemDateTime.from_bytes(octets))
        except DecodeError:
            return None

    def _read(self) -> dict[int, list[Action]]:
        """The tables as they are needed, made anew when they were written; what is no table is as if it were empty."""
        if self._days is not None:
            return self._days
        seasons, weeks, days = (self._firmware.meaning(self._row, f"{name}_active") or [] for name in PASSIVE[1:])
        self._seasons = [(each["season_start"], each["week_name"]) for each in seasons]
        self._weeks = {each["week_profile_name"]: [each[name] for name in _WEEKDAYS] for each in weeks}
        self._days = {each["day_id"]: sorted(map(_action, each["day_schedule"])) for each in days}
        return self._days

    def _actions(self, day: date) -> list[Action]:
        """What is switched on a date."""
        days = self._read()
        return days.get(self._day_id(day), [])

    def _day_id(self, day: date) -> int:
        zone = self._firmware.clock.zone
        special = self._firmware.meaning(self._special, "entries") if self._special is not None else None
        for entry in special or ():
            if matches(entry["specialday_date"], day, zone):
                return int(entry["day_id"])
        begun = (
            (start, week)
            for pattern, week in self._seasons
            for year in (day.year - 1, day.year)
            if (start := first_of(pattern, year, zone)) is not None and start <= day
        )
        week = max(begun, default=None)
        ids = self._weeks.get(week[1]) if week is not None else None
        return -1 if ids is None else ids[day.weekday()]

    def _in_force(self, reading: int) -> Action | None:
        """The last action at or before a reading."""
        today = self._firmware.clock.local(reading).date()
        for back in range(_LONGEST_DAYS):
            day = today - timedelta(days=back)
            past = [action for action in self._actions(day) if self._reading(day, action) <= reading]
            if past:
                return past[-1]
        return None

    def _next_switch(self, reading: int) -> int | None:
        today = self._firmware.clock.local(reading).date()
        for ahead in range(_LONGEST_DAYS):
            day = today + timedelta(days=ahead)
            for action in self._actions(day):
                at = self._reading(day, action)
                if at > reading:
                    return at
        return None

    def _reading(self, day: date, action: Action) -> int:
        hour, rest = divmod(action.second, 3600)
        return reading_of(day, hour, rest // 60, rest % 60, self._firmware.clock.zone)


def _action(entry: dict[str, Any]) -> Action:
    time = entry["start_time"]
    second = (time.hour or 0) * 3600 + (time.minute or 0) * 60 + (time.second or 0)
    return Action(second, entry["script_logical_name"], entry["script_selector"])
