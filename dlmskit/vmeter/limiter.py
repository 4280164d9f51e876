"""Limiters: a script when a value stays above a threshold for so long, another when it stays below again.

The value is looked at once a minute, which is how often the simulated load changes; a threshold that the load cannot
reach costs nothing. In an emergency, from its time on and for its duration, the emergency threshold is in force; only
for a profile that is in the list of group ids. What a limiter does to the supply switch counts as local.

Source: Blue Book, Limiter. An emergency that has begun when it is written is in force for the rest of its duration.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from dlmskit.codec import data
from dlmskit.cosem.units import Unit
from dlmskit.exceptions import DataAccessError, DecodeError
from dlmskit.model.device import ModelObject
from dlmskit.vmeter.agenda import Organ
from dlmskit.vmeter.clock import MINUTE, SECOND
from dlmskit.vmeter.quantities import MEASURED, counts

if TYPE_CHECKING:
    from dlmskit.vmeter.firmware import Firmware

ACTIVE, NORMAL, EMERGENCY = "threshold_active", "threshold_normal", "threshold_emergency"
_POWERS = (Unit.WATT, Unit.VAR, Unit.VOLT_AMPERE)


class Limiter(Organ):
    """The organ behind one object of class 71. `over` says that the threshold counts as exceeded."""

    def __init__(self, firmware: Firmware, row: ModelObject) -> None:
        self.over = False
        self.emergency = False
        self._firmware = firmware
        self._row = row
        self._since: int | None = None
        self._monitored: tuple[ModelObject, int] | None = None
        self._read_settings()

    def next_due(self, after: int) -> int | None:
        clock = self._firmware.clock
        reading = clock.reading_at(after)
        dues = [max(clock.physical_at(edge), after + 1) for edge in self._edges if edge > reading]
        if self._since is not None and self._since + self._patience > after:
            dues.append(self._since + self._patience)
        if self.over or self._can_exceed():
            dues.append((after // MINUTE + 1) * MINUTE)
        return min(dues, default=None)

    def happen(self, at: int) -> None:
        self._follow_emergency()
        beyond = self._beyond()
        if beyond is None or beyond is self.over:
            self._since = None
            return
        if self._since is None:
            self._since = at
        if at - self._since >= self._patience:
            self._turn()

    def resume(self) -> None:
        """Nothing is known of the time without power."""
        self._since = None
        self._follow_emergency()
        if (self._row.name, ACTIVE) not in self._firmware.written:
            self._put_in_force()

    def changed(self, attribute: str) -> None:
        self._read_settings()
        self._follow_emergency()
        if attribute == (EMERGENCY if self.emergency else NORMAL):
            self._put_in_force()

    def save(self) -> Any:
        return [self.over, self.emergency, self._since]

    def load(self, state: Any) -> None:
        self.over, self.emergency, self._since = state
        self._read_settings()

    @property
    def _patience(self) -> int:
        """Milliseconds for which the value has to stay at the other side."""
        return self._under_for if self.over else self._over_for

    def _read_settings(self) -> None:
        firmware, row = self._firmware, self._row
        aim = firmware.meaning(row, "monitored_value") or {}
        watched = firmware.model.object_at(aim.get("class_id", 0), aim["logical_name"]) if aim else None
        self._monitored = None if watched is None else (watched, aim["attribute_index"])
        self._over_for = (firmware.meaning(row, "min_over_threshold_duration") or 0) * SECOND
        self._under_for = (firmware.meaning(row, "min_under_threshold_duration") or 0) * SECOND
        self._edges = self._emergency_edges()

    def _emergency_edges(self) -> tuple[int, ...]:
        """Readings at which the emergency begins and ends; none where there is no valid one."""
        profile = self._firmware.meaning(self._row, "emergency_profile")
        groups = self._firmware.meaning(self._row, "emergency_profile_group_id_list") or []
        if not profile or profile["emergency_profile_id"] not in groups:
            return ()
        try:
            begin = self._firmware.clock.from_cosem(profile["emergency_activation_time"])
        except DecodeError:  # wildcards: no time to begin at
            return ()
        return begin, begin + profile["emergency_duration"] * SECOND

    def _follow_emergency(self) -> None:
        wanted = bool(self._edges) and self._edges[0] <= self._firmware.clock.reading < self._edges[1]
        if wanted is not self.emergency:
            self.emergency = wanted
            self._firmware.written[self._row.name, "emergency_profile_active"] = data.boolean(wanted)
            self._put_in_force()

    def _put_in_force(self) -> None:
        threshold = self._firmware.setting(self._row, EMERGENCY if self.emergency else NORMAL)
        if isinstance(threshold.value, int):
            self._firmware.written[self._row.name, ACTIVE] = threshold

    def _threshold(self) -> int | None:
        found = self._firmware.setting(self._row, ACTIVE).value
        return found if isinstance(found, int) else None

    def _beyond(self) -> bool | None:
        """Whether the value is above the threshold, None where either is not known."""
        threshold = self._threshold()
        if self._monitored is None or threshold is None:
            return None
        try:
            value = self._firmware.look(*self._monitored).value
        except DataAccessError:
            return None
        return value > threshold if isinstance(value, int) else None

    def _can_exceed(self) -> bool:
        threshold = self._threshold()
        return self._monitored is not None and threshold is not None and self._most() > threshold

    def _most(self) -> float:
        """A bound of the monitored value: that of the load for a power, none for anything else."""
        assert self._monitored is not None
        row, _ = self._monitored
        measured = MEASURED.get(row.name)
        if measured is None or measured.unit not in _POWERS:
            return inf
        return counts(measured, self._firmware.metrology.worst(), row.scaler)

    def _turn(self) -> None:
        self.over, self._since = not self.over, None
        self._firmware.event("limiter-over-threshold" if self.over else "limiter-under-threshold")
        actions = self._firmware.meaning(self._row, "actions")
        if actions:
            action = actions["action_over_threshold" if self.over else "action_under_threshold"]
            self._firmware.run_script(action["script_logical_name"], action["script_selector"], locally=True)
