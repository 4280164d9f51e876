"""Which rate registers run: until something switches rates the built-in day and night do, then what was activated.

A rate register adds up the energy that flows while it runs. Switching moves the attribution at that instant, so as long
as exactly one register of a quantity runs, they add up to its total to the last unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from dlmskit.model.device import DeviceModel
from dlmskit.vmeter.agenda import Organ
from dlmskit.vmeter.clock import MeterClock
from dlmskit.vmeter.metrology import Metrology, Rates
from dlmskit.vmeter.quantities import MEASURED

_RATE = re.compile(r"_tariff_([1-8])\Z")


class Tariffs(Organ):
    """`rates` is what a truth needs of it: None while the built-in tariffs run."""

    def __init__(self, model: DeviceModel, clock: MeterClock, metrology: Metrology) -> None:
        self.rates: Rates | None = None
        self._clock = clock
        self._metrology = metrology
        self._active: dict[str, list[str]] = {}
        self._since: int | None = None
        self._registers = [row.name for row in model.objects if _RATE.search(row.name)]

    def activate(self, owner: str, roles: Iterable[str]) -> bool:
        """Let these registers run, in place of those that `owner` let run before; whether that changed anything."""
        self._active[owner] = sorted(roles)
        running = frozenset(role for roles in self._active.values() for role in roles)
        if self.rates is not None and running == self.rates.running:
            return False
        at = self._clock.physical
        truth = self._metrology.truth(at, self.rates)
        had = {role: MEASURED[role].of(truth) for role in self._registers if role in MEASURED}
        self.rates = Rates(had, running, truth.energy)
        self._since = at if self._since is None else self._since
        return True

    def activate_rate(self, number: int) -> bool:
        """Let the registers of one rate run, where no register activation says which they are."""
        return self.activate("", (role for role in self._registers if role.endswith(f"_tariff_{number}")))

    def at(self, instant: int) -> Rates | None:
        """What ran at an instant: now, or before anything was switched."""
        return None if self._since is None or instant < self._since else self.rates

    def runs(self, role: str) -> bool:
        """Whether a register runs; one without a rate always does."""
        return _RATE.search(role) is None or (self.rates is not None and role in self.rates.running)

    @property
    def active(self) -> int:
        """The number of the rate that runs, the lowest of several, 0 for none; by the built-in tariffs before all."""
        if self.rates is None:
            return 0
        found = (_RATE.search(role) for role in self.rates.running)
        return min((int(match[1]) for match in found if match is not None), default=0)

    def save(self) -> Any:
        rates = self.rates
        # more than 64 bits, with the weights in them
        had = {} if rates is None else {role: str(each) for role, each in rates.had.items()}
        kept = None if rates is None else [had, sorted(rates.running), list(rates.mark)]
        return [self._active, self._since, kept]

    def load(self, state: Any) -> None:
        self._active, self._since, kept = state
        if kept is not None:
            had, running, mark = kept
            self.rates = Rates({role: int(each) for role, each in had.items()}, frozenset(running), tuple(mark))
