"""What the network does to a meter: sags, swells and outages, one in each block of so many days, seeded.

While an outage lasts nothing flows, profiles miss their boundaries and only the clock goes on; the row after it tells
of it. Counters begin at the start of the simulation.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from dlmskit.vmeter.agenda import Organ
from dlmskit.vmeter.boundaries import DAY
from dlmskit.vmeter.clock import SECOND
from dlmskit.vmeter.metrology import COMMISSIONED, PHASES

if TYPE_CHECKING:
    from dlmskit.vmeter.firmware import Firmware

Kind = Literal["sag", "swell", "outage"]


class Disturbance(msgspec.Struct, frozen=True):
    """`begin` and `end` are physical instants; `phase` is 1 to 3, `percent` what is left of the voltage."""

    kind: Kind
    begin: int
    end: int
    phase: int
    percent: int


BLOCKS: dict[str, dict[Kind, int]] = {
    "steady": {},
    "usual": {"sag": 9, "swell": 31, "outage": 61},
    "poor": {"sag": 2, "swell": 7, "outage": 4},
}
"""days of a block by kind, by the names that `[simulation]` gives networks"""
_LONGEST: dict[Kind, int] = {"sag": 60 * SECOND, "swell": 60 * SECOND, "outage": 3 * 3600 * SECOND}
LONG = 180 * SECOND
"""an outage that lasts longer is a long one"""


class Grid(Organ):
    """`counts` are what began by name: ``sag_l1``, ``swell_l2``, ``outage``, ``long_outage``."""

    awake = True

    def __init__(self, firmware: Firmware, seed: int, name: str) -> None:
        self.counts: dict[str, int] = {}
        self._firmware = firmware
        self._key = blake2b(seed.to_bytes(16, "big", signed=True), digest_size=16, person=b"grid").digest()
        self._blocks = BLOCKS[name]
        self._start = firmware.clock.physical
        self._now: list[Disturbance] = []
        self._next: list[Disturbance] = []

    def next_due(self, after: int) -> int | None:
        if not self._blocks:
            return None
        self._next = [self._after(kind, after) for kind in self._blocks]
        return min([each.begin for each in self._next] + [each.end for each in self._now])

    def happen(self, at: int) -> None:
        over = [each for each in self._now if each.end <= at]
        self._now = [each for each in self._now if each.end > at]
        for each in over:
            if each.kind == "outage":
                self._firmware.power(True)
            else:
                self._firmware.event(f"voltage-{each.kind}-end-l{each.phase}")
        for each in self._next:
            if each.begin == at:
                self._begin(each)

    def percent(self, at: int) -> tuple[int, int, int]:
        """What disturbances leave of the voltage of each phase at this moment."""
        found = [100, 100, 100]
        for each in self._now:
            if each.begin <= at < each.end:
                for phase in PHASES if each.kind == "outage" else (each.phase,):
                    found[phase - 1] = found[phase - 1] * each.percent // 100
        return found[0], found[1], found[2]

    def save(self) -> Any:
        return [self.counts, [msgspec.structs.astuple(each) for each in self._now]]

    def load(self, state: Any) -> None:
        self.counts, now = dict(state[0]), state[1]
        self._now = [Disturbance(*each) for each in now]

    def _begin(self, each: Disturbance) -> None:
        if each.kind != "outage" and not self._firmware.powered:
            return
        self._now.append(each)
        if each.kind != "outage":
            self._count(f"{each.kind}_l{each.phase}")
            self._firmware.event(f"voltage-{each.kind}-l{each.phase}")
            return
        self._count("outage")
        if each.end - each.begin > LONG:
            self._count("long_outage")
        self._firmware.power(False)

    def _count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def _after(self, kind: Kind, after: int) -> Disturbance:
        """The first of a kind that begins later than an instant and than the start."""
        number = (max(after, self._start) - COMMISSIONED) // (self._blocks[kind] * DAY)
        while (found := self._nth(kind, number)).begin <= max(after, self._start):
            number += 1
        return found

    def _nth(self, kind: Kind, number: int) -> Disturbance:
        digest = blake2b(number.to_bytes(8, "big"), digest_size=16, key=self._key, person=kind.encode()).digest()
        block, longest = self._blocks[kind] * DAY, _LONGEST[kind]
        begin = COMMISSIONED + number * block + int.from_bytes(digest[:8], "big") % (block - longest)
        # short ones are frequent: the square of an even spread
        share = int.from_bytes(digest[8:12], "big") ** 2 >> 44
        end = begin + SECOND + longest * share // (1 << 20)
        percent = {"sag": 50 + digest[12] % 38, "swell": 112 + digest[12] % 8, "outage": 0}[kind]
        return Disturbance(kind, begin, end, 1 + digest[13] % 3, percent)
