"""Demand: the average power over the last periods of the meter's clock, and the highest of these since the last reset.

Roles: ``demand_import`` is a Demand register (class 5) of what ``power_import`` measures, ``demand_import_max`` an
Extended register (class 4) with its maximum and the time of that, ``demand_import_max_tariff_1`` one that only counts
while it runs; ``demand_reactive_import`` and so on likewise. Averages are whole millijoules until they are shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from dlmskit.exceptions import FirmwareModelError
from dlmskit.model.device import ModelObject
from dlmskit.vmeter.agenda import Organ
from dlmskit.vmeter.boundaries import boundaries
from dlmskit.vmeter.clock import SECOND
from dlmskit.vmeter.metrology import Amounts, weighed
from dlmskit.vmeter.quantities import MEASURED, Measured

if TYPE_CHECKING:
    from dlmskit.vmeter.firmware import Firmware

PERIOD = 900
"""seconds, where the model states none"""
_PREFIX, _MAXIMUM = "demand_", "_max"
_MOST_PERIODS = 100


class Average(msgspec.Struct, frozen=True):
    """Weighed millijoules over so many milliseconds, up to a reading."""

    amount: int
    span: int
    reading: int


class Demand(Organ):
    """One quantity: its averages and its maxima. `average` is the last one, None before the first."""

    def __init__(self, firmware: Firmware, quantity: Measured, row: ModelObject | None, maxima: Iterable[str]) -> None:
        self.quantity = quantity
        self.average: Average | None = None
        self._firmware = firmware
        self._row = row
        self._maxima: dict[str, Average | None] = dict.fromkeys(maxima)
        self._peaks: dict[tuple[int, int], Average] = {}
        self._marks: deque[Amounts] = deque()
        self._period, self._count, self._steps = PERIOD * SECOND, 1, boundaries(PERIOD * SECOND, firmware.clock.zone)
        self.changed("period")

    @property
    def started(self) -> int:
        """The reading at which the present period began."""
        return self._steps.reading(self._steps.number(self._firmware.clock.reading))

    @property
    def current(self) -> Average:
        """What has flowed in the present periods, over all of their length."""
        first = self._marks[0] if self._marks else self._flowed()
        return self._since(first, self._count * self._period)

    def next_due(self, after: int) -> int | None:
        clock = self._firmware.clock
        return clock.physical_at(self._steps.reading(self._steps.number(clock.reading_at(after)) + 1))

    def happen(self, at: int) -> None:
        """A period ends."""
        if len(self._marks) == self._count:
            self.average = self._since(self._marks.popleft(), self._count * self._period)
            for role, highest in self._maxima.items():
                if (highest is None or self.average.amount > highest.amount) and self._firmware.tariffs.runs(role):
                    self._maxima[role] = self.average
        self._marks.append(self._flowed())

    def resume(self) -> None:
        """Averages of a time that was cut or moved mean nothing: begin anew."""
        self._marks.clear()

    def changed(self, attribute: str) -> None:
        if self._row is not None:
            period = self._firmware.setting(self._row, "period").value
            count = self._firmware.setting(self._row, "number_of_periods").value
            self._period = (period or PERIOD) * SECOND
            self._count = min(count or 1, _MOST_PERIODS)
            self._steps = boundaries(self._period, self._firmware.clock.zone)
        self._marks.clear()
        self._firmware.agenda.replan()

    def reset(self) -> None:
        """Forget the averages; the maxima have a reset of their own."""
        self.average = None
        self._marks.clear()

    def reset_maximum(self, role: str) -> None:
        """Begin the maximum anew."""
        self._maxima[role] = Average(0, 1, self._firmware.clock.reading)

    def maximum(self, role: str, past: tuple[int, int] | None = None) -> Average | None:
        """The highest average since the reset; in retrospect that between two readings, whatever the rate."""
        if past is None:
            return self._maxima[role]
        if past not in self._peaks:
            self._peaks[past] = self._peak(*past)
        return self._peaks[past]

    def save(self) -> Any:
        kept = [_saved(self.average), {role: _saved(each) for role, each in self._maxima.items()}]
        return [*kept, [list(mark) for mark in self._marks]]

    def load(self, state: Any) -> None:
        average, maxima, marks = state
        self.changed("period")
        self.average = _loaded(average)
        self._maxima = {role: _loaded(each) for role, each in maxima.items()}
        self._marks = deque(tuple(mark) for mark in marks)

    def _flowed(self) -> Amounts:
        return self._firmware.metrology.flowed(self._firmware.clock.physical)

    def _since(self, mark: Amounts, span: int) -> Average:
        now = self._flowed()
        grown = tuple(late - early for late, early in zip(now, mark, strict=True))
        return Average(self._weigh(grown), span, self._firmware.clock.reading)

    def _weigh(self, amounts: Amounts) -> int:
        weights = self.quantity.weights
        return 0 if weights is None else weighed(weights(self._firmware.metrology.mix), amounts)

    def _peak(self, begin: int, end: int) -> Average:
        metrology, best = self._firmware.metrology, Average(0, 1, begin)
        number = self._steps.number(begin)
        before = self._weigh(metrology.flowed(self._steps.reading(number)))
        while (at := self._steps.reading(number := number + 1)) <= end:
            now = self._weigh(metrology.flowed(at))
            if now - before > best.amount:
                best = Average(now - before, self._period, at)
            before = now
        return best


def demands(firmware: Firmware) -> dict[str, Demand]:
    """The demands of a model, by every role that shows one. Raises `FirmwareModelError` for a role of nothing."""
    found: dict[str, Demand] = {}
    rows = {row.name: row for row in firmware.model.objects if row.name.startswith(_PREFIX)}
    for base in sorted({name.partition(_MAXIMUM)[0] for name in rows}):
        quantity = MEASURED.get(_power(base))
        if quantity is None or quantity.weights is None:
            raise FirmwareModelError(f"{base} of model {firmware.model.id} is the demand of nothing that is measured")
        maxima = [name for name in rows if name.partition(_MAXIMUM)[:2] == (base, _MAXIMUM)]
        demand = Demand(firmware, quantity, rows.get(base), maxima)
        found |= dict.fromkeys([base, *maxima], demand)
    return found


def counts(average: Average | None, quantity: Measured, scaler: int) -> int:
    """An average in whole counts of ``10 ** scaler`` units, truncated."""
    if average is None:
        return 0
    finer, coarser = 10 ** max(-scaler, 0), 10 ** max(scaler, 0)
    return int(average.amount * finer // (average.span * quantity.per_unit * coarser))


def _power(base: str) -> str:
    """The power behind a demand: ``demand_import`` is of ``power_import``, ``demand_reactive_q1`` of its kind too."""
    rest = base.removeprefix(_PREFIX)
    kind, _, which = rest.partition("_")
    return f"{kind}_power_{which}" if kind in ("reactive", "apparent") else f"power_{rest}"


def _saved(average: Average | None) -> list[int] | None:
    return None if average is None else [average.amount, average.span, average.reading]


def _loaded(state: list[int] | None) -> Average | None:
    return None if state is None else Average(*state)
