"""The measuring element: seeded power over time as exact integers, and its integral as exact integers.

Time is cut into slots of one minute. Power is constant in a slot, a whole number of watts, so energy is a whole number
of millijoules (watt-milliseconds) at every millisecond. The power of slot k is ``shape[k] + noise(k + 1) - noise(k)``:
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
NORMAL_TARIFF = range(6 * 60, 22 * 60)
"""minutes of the day, in UTC all the year, that count as tariff 2"""


class Energy(msgspec.Struct, frozen=True):
    """Millijoules by tariff: 1 is the low one of the night, 2 the normal one of the day."""

    tariff_1: int
    tariff_2: int

    @property
    def total(self) -> int:
        return self.tariff_1 + self.tariff_2


class Truth(msgspec.Struct, frozen=True):
    """What flowed through the meter up to `at`, and what flows: watts, millivolts, millihertz."""

    at: int
    energy_import: Energy
    energy_export: Energy
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
        self._key = key[:16]
        self._flows = tuple(Flow(key[16:] + bytes((index,)), shape) for index, shape in enumerate(_shapes(key)))
        self._origin = self._lost = self._run(COMMISSIONED)
        self._off_since: int | None = None
        self._first_cut: int | None = None

    def switch(self, closed: bool, at: int) -> None:
        """The supply switch opens or closes at an instant. Nothing flows while it is open."""
        if closed:
            self._lost = self._lost_by(at)
            self._off_since = None
        elif not closed and self._off_since is None:
            self._off_since = at
            self._first_cut = at if self._first_cut is None else self._first_cut

    def truth(self, at: int) -> Truth:
        """Everything measured at an instant: one not before the last `switch`, or one before the first."""
        past = self._first_cut is not None and at < self._first_cut
        lost = self._origin if past else self._lost_by(at)
        energy = [run - gone for run, gone in zip(self._run(at), lost, strict=True)]
        power = [flow.power(at) for flow in self._flows] if past or self._off_since is None else [0, 0, 0, 0]
        return Truth(
            at=at,
            energy_import=Energy(energy[0], energy[1]),
            energy_export=Energy(energy[2], energy[3]),
            power_import=power[0] + power[1],
            power_export=power[2] + power[3],
            voltage=self._wander(b"voltage", at, 230_000, 3_000),
            frequency=self._wander(b"frequency", at, 50_000, 30),
        )

    def _run(self, at: int) -> list[int]:
        return [flow.energy(at) for flow in self._flows]

    def _lost_by(self, at: int) -> list[int]:
        since = self._off_since
        if since is None:
            return self._lost
        spans = zip(self._lost, self._run(at), self._run(since), strict=True)
        return [lost + end - begin for lost, end, begin in spans]

    def _wander(self, what: bytes, at: int, nominal: int, spread: int) -> int:
        digest = blake2b((at // MINUTE).to_bytes(8, "big"), digest_size=4, key=self._key, person=what).digest()
        return nominal - spread + int.from_bytes(digest, "big") % (2 * spread + 1)


def _shapes(key: bytes) -> list[list[int]]:
    """Watts a minute of import in tariff 1 and 2 and of export in tariff 1 and 2.

    A household with a solar roof: night base, two peaks, export around noon, never both directions at once.
    """
    base, morning, evening, roof = (low + octet for low, octet in zip((150, 700, 1100, 600), key, strict=False))
    shapes = [[0] * SLOTS for _ in range(4)]
    for minute in range(SLOTS):
        solar = _parabola(minute, 9 * 60, 16 * 60, 4 * roof)
        load = base + _parabola(minute, 6 * 60, 9 * 60, morning) + _parabola(minute, 17 * 60, 23 * 60, evening)
        normal = minute in NORMAL_TARIFF
        shapes[normal][minute] = max(load - solar, 0)
        shapes[2 + normal][minute] = max(solar - load, 0)
    return shapes


def _parabola(minute: int, begin: int, end: int, peak: int) -> int:
    """A hump of whole watts between two minutes, zero outside."""
    if not begin < minute < end:
        return 0
    return 4 * peak * (minute - begin) * (end - minute) // (end - begin) ** 2
