"""The measuring element: seeded power over time as exact integers, and its integral as exact integers.

Time is cut into slots of one minute. Power is constant in a slot, a whole number of watts, so energy is a whole number of
millijoules (watt-milliseconds) at every millisecond. The power of slot k is ``shape[k] + noise(k + 1) - noise(k)``:
the noise telescopes, so the energy of any span, a minute or a year, is a closed form and costs the same.

Three meters with one seed measure the same truth; each shows it with its own resolution, truncated, never rounded up.
"""

from __future__ import annotations

from hashlib import blake2b
from itertools import accumulate

import msgspec

from dlmskit.vmeter.clock import MINUTE

WATT_HOUR = 3_600_000
"""millijoules in a watt-hour"""
COMMISSIONED = 1_577_836_800_000
"""instant at which every virtual meter's registers began to run: 2020-01-01T00:00:00Z"""
SLOTS = 24 * 60


class Truth(msgspec.Struct, frozen=True):
    """What flowed through the meter up to `at`, and what flows: millijoules, watts, millivolts, milliamperes, mHz."""

    at: int
    energy_import: int
    energy_export: int
    power_import: int
    power_export: int
    voltage: int
    frequency: int

    @property
    def current(self) -> int:
        """Milliamperes at unity power factor, truncated."""
        return (self.power_import + self.power_export) * 1_000_000 // self.voltage


class Flow:
    """One direction of energy with a daily shape of watts a minute, repeated, plus bounded telescoping noise."""

    def __init__(self, seed: bytes, shape: list[int]) -> None:
        self._seed = seed
        self._shape = shape
        self._upto = list(accumulate(shape, initial=0))
        # noise(k) is taken from slot k and given to slot k - 1: half of the smaller shape keeps both above zero
        self._amplitude = [min(watts, shape[slot - 1]) // 2 for slot, watts in enumerate(shape)]

    def _noise(self, slot: int) -> int:
        amplitude = self._amplitude[slot % SLOTS]
        if not amplitude:
            return 0
        digest = blake2b(slot.to_bytes(8, "big", signed=True), digest_size=4, key=self._seed).digest()
        return int.from_bytes(digest, "big") % (amplitude + 1)

    def _boundary(self, slot: int) -> int:
        days, minute = divmod(slot, SLOTS)
        return (days * self._upto[SLOTS] + self._upto[minute] + self._noise(slot)) * MINUTE

    def power(self, at: int) -> int:
        """Watts at an instant."""
        slot = at // MINUTE
        return self._shape[slot % SLOTS] + self._noise(slot + 1) - self._noise(slot)

    def energy(self, at: int) -> int:
        """Millijoules from the epoch to an instant; only differences mean something."""
        slot, rest = divmod(at, MINUTE)
        return self._boundary(slot) + (self.power(at) * rest if rest else 0)


class Metrology:
    """Import and export behind a supply switch: `switch` says when the load was cut off and came back."""

    def __init__(self, seed: int) -> None:
        key = blake2b(seed.to_bytes(16, "big", signed=True), digest_size=32).digest()
        consumption, generation = _day(key)
        self._import = Flow(key[:16], consumption)
        self._export = Flow(key[16:], generation)
        self._key = key
        self._lost = (self._import.energy(COMMISSIONED), self._export.energy(COMMISSIONED))
        self._off_since: int | None = None

    def switch(self, closed: bool, at: int) -> None:
        """The supply switch opens or closes at an instant. Nothing flows while it is open."""
        if closed and self._off_since is not None:
            self._lost = self._lost_by(at)
            self._off_since = None
        elif not closed and self._off_since is None:
            self._off_since = at

    def truth(self, at: int) -> Truth:
        """Everything measured at an instant not before the last `switch`."""
        lost_import, lost_export = self._lost_by(at)
        flows = self._off_since is None
        return Truth(
            at=at,
            energy_import=self._import.energy(at) - lost_import,
            energy_export=self._export.energy(at) - lost_export,
            power_import=self._import.power(at) if flows else 0,
            power_export=self._export.power(at) if flows else 0,
            voltage=self._wander(b"voltage", at, 230_000, 3_000),
            frequency=self._wander(b"frequency", at, 50_000, 30),
        )

    def _lost_by(self, at: int) -> tuple[int, int]:
        since = self._off_since
        if since is None:
            return self._lost
        return (
            self._lost[0] + self._import.energy(at) - self._import.energy(since),
            self._lost[1] + self._export.energy(at) - self._export.energy(since),
        )

    def _wander(self, what: bytes, at: int, nominal: int, spread: int) -> int:
        digest = blake2b((at // MINUTE).to_bytes(8, "big"), digest_size=4, key=self._key[:16], person=what).digest()
        return nominal - spread + int.from_bytes(digest, "big") % (2 * spread + 1)


def _day(key: bytes) -> tuple[list[int], list[int]]:
    """Watts a minute of a household with a solar roof: night base, two peaks, export around noon, never both at once."""
    base, morning, evening, roof = (low + octet for low, octet in zip((150, 700, 1100, 600), key, strict=False))
    consumption, generation = [], []
    for minute in range(SLOTS):
        solar = _parabola(minute, 9 * 60, 16 * 60, 4 * roof)
        load = base + _parabola(minute, 6 * 60, 9 * 60, morning) + _parabola(minute, 17 * 60, 23 * 60, evening)
        consumption.append(max(load - solar, 0))
        generation.append(max(solar - load, 0))
    return consumption, generation


def _parabola(minute: int, begin: int, end: int, peak: int) -> int:
    """A hump of whole watts between two minutes, zero outside."""
    if not begin < minute < end:
        return 0
    return 4 * peak * (minute - begin) * (end - minute) // (end - begin) ** 2
