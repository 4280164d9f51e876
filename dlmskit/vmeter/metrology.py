"""The measuring element: seeded power over time as exact integers, and its integral as exact integers.

Time is cut into slots of one minute. Power is constant in a slot, a whole number of watts, so energy is a whole number
of millijoules (watt-milliseconds) at every millisecond. The power of slot k is ``shape[k] + noise(k + 1) - noise(k)``:
the noise telescopes, so the energy of any span, a minute or a year, is a closed form and costs the same.

Everything else is a linear function of the four flows of `dlmskit.vmeter.shapes` with whole weights: the phases, the
four quadrants, apparent energy. So whatever adds up, adds up to the last unit.

Meters with one seed measure the same truth; each shows it with its own resolution, truncated, never rounded up.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from math import isqrt
from operator import mul

import msgspec

from dlmskit.vmeter.clock import MINUTE
from dlmskit.vmeter.shapes import VARIANTS, flows

WATT_HOUR = 3_600_000
"""millijoules in a watt-hour"""
COMMISSIONED = 1_577_836_800_000
"""instant at which every virtual meter's registers began to run: 2020-01-01T00:00:00Z"""
WHOLE = 256
"""what the shares of the phases add up to, and the weight of active energy among reactive and apparent"""
SHAPE = "prosumer"
PHASES = (1, 2, 3)
_VOLTAGES = (b"voltage", b"voltage 2", b"voltage 3")

Weights = tuple[int, int, int, int]
Amounts = tuple[int, ...]
"""of the four flows: import in tariff 1 and 2, export in tariff 1 and 2"""
NOTHING: Amounts = (0, 0, 0, 0)


class Energy(msgspec.Struct, frozen=True):
    """Millijoules by built-in tariff: 1 is the low one of the night, 2 the normal one of the day."""

    tariff_1: int
    tariff_2: int

    @property
    def total(self) -> int:
        return self.tariff_1 + self.tariff_2


class Mix(msgspec.Struct, frozen=True):
    """What is behind the active flows of one meter, in parts of `WHOLE`: shares of the phases, and reactive power.

    Import lags in tariff 2 (quadrant I) and leads in tariff 1 (quadrant IV); what is fed in is in quadrant II.
    """

    phases: tuple[int, int, int]
    lagging: int
    leading: int
    feeding: int


class Rates(msgspec.Struct, frozen=True):
    """Energy by rate register: what each role had when rates were last switched, and which run since `mark`."""

    had: dict[str, int]
    running: frozenset[str]
    mark: Amounts


class Line(msgspec.Struct, frozen=True):
    """The network at a meter: voltage and frequency that change every minute, bounded."""

    key: bytes

    def voltage(self, at: int, phase: int) -> int:
        """Millivolts of phase 1 to 3."""
        return self._wander(_VOLTAGES[phase - 1], at, 230_000, 3_000)

    def frequency(self, at: int) -> int:
        """Millihertz."""
        return self._wander(b"frequency", at, 50_000, 30)

    def _wander(self, what: bytes, at: int, nominal: int, spread: int) -> int:
        digest = blake2b((at // MINUTE).to_bytes(8, "big"), digest_size=4, key=self.key, person=what).digest()
        return nominal - spread + int.from_bytes(digest, "big") % (2 * spread + 1)


class Truth(msgspec.Struct, frozen=True):
    """What flowed through the meter up to `at`, and what flows: millijoules and watts by flow.

    `rates` is None while the built-in day and night are all the rates there are; `percent` is what a disturbance leaves
    of the voltage of each phase.
    """

    at: int
    energy: Amounts
    power: Amounts
    line: Line
    mix: Mix
    rates: Rates | None = None
    percent: tuple[int, int, int] = (100, 100, 100)

    def voltage_of(self, phase: int) -> int:
        """Millivolts of phase 1 to 3."""
        return self.line.voltage(self.at, phase) * self.percent[phase - 1] // 100

    @property
    def frequency(self) -> int:
        """Millihertz."""
        return self.line.frequency(self.at)

    @property
    def energy_import(self) -> Energy:
        return Energy(self.energy[0], self.energy[1])

    @property
    def energy_export(self) -> Energy:
        return Energy(self.energy[2], self.energy[3])

    @property
    def power_import(self) -> int:
        return self.power[0] + self.power[1]

    @property
    def power_export(self) -> int:
        return self.power[2] + self.power[3]

    @property
    def voltage(self) -> int:
        """Of phase L1."""
        return self.voltage_of(1)

    @property
    def current(self) -> int:
        """Milliamperes of a meter with one phase at unity power factor, truncated."""
        return (self.power_import + self.power_export) * 1_000_000 // self.voltage if self.voltage else 0


class Running:
    """One flow with its noise, which is bounded by half of the smaller neighbour so that power is never negative."""

    def __init__(self, seed: bytes, shape: str, variant: int, index: int) -> None:
        self._seed = seed
        self._flow = flows(shape, variant)[index]

    @property
    def bound(self) -> int:
        """Watts that it never exceeds."""
        return self._flow.peak + self._flow.peak // 2

    def at(self, instant: int) -> tuple[int, int]:
        """Millijoules from long ago to an instant, of which only differences mean something, and the watts then."""
        slot, rest = divmod(instant, MINUTE)
        watts = self._flow.watts(slot)
        if not watts:  # no noise at either end
            return self._flow.upto(slot) * MINUTE, 0
        noise = self._noise(slot, self._flow.watts(slot - 1), watts)
        power = watts - noise + self._noise(slot + 1, watts, self._flow.watts(slot + 1))
        return (self._flow.upto(slot) + noise) * MINUTE + power * rest, power

    def _noise(self, slot: int, before: int, after: int) -> int:
        amplitude = min(before, after) // 2
        if not amplitude:
            return 0
        digest = blake2b(slot.to_bytes(8, "big", signed=True), digest_size=4, key=self._seed).digest()
        return int.from_bytes(digest, "big") % (amplitude + 1)


class Metrology:
    """All flows behind the supply: `supply` says when it was cut off and came back. Raises `KeyError` for the shape."""

    def __init__(self, seed: int, shape: str = SHAPE) -> None:
        key = blake2b(seed.to_bytes(16, "big", signed=True), digest_size=32).digest()
        self._line = Line(key[:16])
        self._flows = tuple(Running(key[16:] + bytes((i,)), shape, seed % VARIANTS, i) for i in range(len(NOTHING)))
        self.mix = _mix(key)
        self._origin = self._lost = self._run(COMMISSIONED)[0]
        self._off_since: int | None = None
        self._first_cut: int | None = None
        self._memo: tuple[int, tuple[Amounts, Amounts]] | None = None
        """the last answer: what is due together asks for the same instant"""

    def supply(self, on: bool, at: int) -> None:
        """The supply is cut off or comes back at an instant. Nothing flows while it is off."""
        self._memo = None
        if on:
            self._lost = self._lost_by(at)
            self._off_since = None
        elif self._off_since is None:
            self._off_since = at
            self._first_cut = at if self._first_cut is None else self._first_cut

    def flowed(self, at: int) -> Amounts:
        """Millijoules of the four flows at an instant not before the last `supply`, or before the first."""
        return self._flow(at)[0]

    def truth(self, at: int, rates: Rates | None = None, percent: tuple[int, int, int] = (100, 100, 100)) -> Truth:
        """Everything measured at such an instant."""
        energy, power = self._flow(at)
        return Truth(at, energy, power, self._line, self.mix, rates, percent)

    def worst(self) -> Truth:
        """A moment with all flows at once and as high as none of them ever is."""
        most = tuple(flow.bound for flow in self._flows)
        return Truth(COMMISSIONED, NOTHING, most, self._line, self.mix)

    def save(self) -> list[object]:
        """What is not a function of time."""
        return [list(self._lost), self._off_since, self._first_cut]

    def load(self, lost: list[int], off_since: int | None, first_cut: int | None) -> None:
        """Go on from what was saved."""
        self._lost, self._off_since, self._first_cut, self._memo = tuple(lost), off_since, first_cut, None

    def _run(self, at: int) -> tuple[Amounts, Amounts]:
        energy, power = zip(*[flow.at(at) for flow in self._flows], strict=True)
        return energy, power

    def _flow(self, at: int) -> tuple[Amounts, Amounts]:
        if self._memo is None or self._memo[0] != at:
            self._memo = at, self._flow_at(at)
        return self._memo[1]

    def _flow_at(self, at: int) -> tuple[Amounts, Amounts]:
        past = self._first_cut is not None and at < self._first_cut
        lost = self._origin if past else self._lost
        since = None if past else self._off_since
        energy, power = self._run(at if since is None else since)
        return (
            (energy[0] - lost[0], energy[1] - lost[1], energy[2] - lost[2], energy[3] - lost[3]),
            power if since is None else NOTHING,
        )

    def _lost_by(self, at: int) -> Amounts:
        if self._off_since is None:
            return self._lost
        spans = zip(self._lost, self._run(at)[0], self._run(self._off_since)[0], strict=True)
        return tuple(lost + end - begin for lost, end, begin in spans)


def weighed(weights: Sequence[int], amounts: Amounts) -> int:
    """The linear function of the flows."""
    return sum(map(mul, weights, amounts))


def apparent(reactive: int) -> int:
    """The weight of apparent power beside reactive power of this weight, `WHOLE` being active."""
    return isqrt(WHOLE * WHOLE + reactive * reactive)


def _mix(key: bytes) -> Mix:
    first, second = 70 + key[28] % 40, 60 + key[29] % 40
    return Mix((first, second, WHOLE - first - second), 40 + key[30] % 60, 5 + key[31] % 30, 4 + key[28] % 16)
