"""Load shapes by name: whole watts a minute of a day, for every kind of day.

A shape comes in `VARIANTS`, so that meters differ and ten thousand of them share the tables; what makes a meter unlike
all others is the noise that `dlmskit.vmeter.metrology` lays over it. Energy up to any instant is a sum over whole days,
held as running totals, and the part of a day before it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from itertools import accumulate

import msgspec

from dlmskit.vmeter.clock import END, MINUTE

SLOTS = 24 * 60
VARIANTS = 64
NORMAL_TARIFF = range(6 * 60, 22 * 60)
"""minutes of the day, in UTC all the year, that count as tariff 2 where no calendar says otherwise"""
FLOWS = 4
"""import in tariff 1 and 2, export in tariff 1 and 2"""
_FIRST_DAY = int(datetime(2019, 12, 30, tzinfo=UTC).timestamp()) // 86_400
_DAYS = END // (SLOTS * MINUTE) + 2 - _FIRST_DAY
_SEASONS = 4


class Day(msgspec.Struct, frozen=True):
    """A kind of day: the season from 0 (winter) to 3 (autumn), whether people work, whether the sky is clear."""

    season: int = 0
    working: bool = True
    clear: bool = True


KINDS = [
    Day(season, working, clear) for season in range(_SEASONS) for working in (True, False) for clear in (True, False)
]
_EVERY_DAY = Day()
Watts = Callable[[Day, bytes], Sequence[int]]
"""The net load in each minute of a kind of day, export being negative, for the octets of a variant."""


class Flow:
    """One direction in one tariff: watts by slot of a minute, their running totals, and the highest of all."""

    def __init__(self, days: list[array[int]], kinds: Sequence[int]) -> None:
        self.peak = max(map(max, days))
        self._watts = days
        self._upto = [array("q", accumulate(day, initial=0)) for day in days]
        self._kinds = kinds
        totals = [upto[SLOTS] for upto in self._upto]
        self._before = array("q", accumulate((totals[kind] for kind in kinds), initial=0))

    def watts(self, slot: int) -> int:
        """The power in a slot, counted in minutes from the epoch."""
        day, minute = divmod(slot, SLOTS)
        return self._watts[self._kinds[day - _FIRST_DAY]][minute]

    def upto(self, slot: int) -> int:
        """Watt-minutes up to the beginning of a slot; only differences mean something."""
        day, minute = divmod(slot, SLOTS)
        return self._before[day - _FIRST_DAY] + self._upto[self._kinds[day - _FIRST_DAY]][minute]


@cache
def flows(name: str, variant: int) -> tuple[Flow, ...]:
    """The four flows of a shape. Raises `KeyError` for an unknown name."""
    watts, varied = SHAPES[name]
    key = blake2b(variant.to_bytes(16, "big", signed=True), digest_size=32).digest()
    days = KINDS if varied else [_EVERY_DAY]
    nets = [watts(day, key) for day in days]
    kinds = _kinds() if varied else bytes(_DAYS)
    return tuple(Flow([_part(net, flow) for net in nets], kinds) for flow in range(FLOWS))


def _part(net: Sequence[int], flow: int) -> array[int]:
    normal, sign = bool(flow & 1), -1 if flow & 2 else 1
    return array(
        "i", [max(sign * watts, 0) if (minute in NORMAL_TARIFF) is normal else 0 for minute, watts in enumerate(net)]
    )


@cache
def _kinds() -> bytes:
    """The kind of every day; the weather follows from the date and is the same for all."""
    found = bytearray()
    for number in range(_FIRST_DAY, _FIRST_DAY + _DAYS):
        date = datetime.fromtimestamp(number * 86_400, UTC)
        weather = blake2b(number.to_bytes(8, "big"), digest_size=1, person=b"weather").digest()[0]
        day = Day(date.month % 12 // 3, date.weekday() < 5, weather < 140)
        found.append(KINDS.index(day))
    return bytes(found)


def hump(minute: int, begin: int, end: int, peak: int) -> int:
    """A parabola of whole watts between two minutes, zero outside."""
    if not begin < minute < end:
        return 0
    return 4 * peak * (minute - begin) * (end - minute) // (end - begin) ** 2


def _net(*humps: tuple[int, int, int], base: int = 0) -> list[int]:
    """Humps given as begin, end, and peak in watts, negative for export, on a base."""
    return [
        base
        + sum(
            hump(minute, begin, end, peak) if peak > 0 else -hump(minute, begin, end, -peak)
            for begin, end, peak in humps
        )
        for minute in range(SLOTS)
    ]


def _solar(day: Day, peak: int) -> tuple[int, int, int]:
    """A roof: long days in summer, short ones in winter, little under clouds."""
    half, share = ((230, 40), (330, 80), (430, 100), (310, 65))[day.season]
    return (12 * 60 - half, 12 * 60 + half, -(peak * share // (100 if day.clear else 400)) or -1)


def _prosumer(day: Day, key: bytes) -> list[int]:
    """A household with a roof, every day alike: night base, two peaks, export around noon."""
    base, morning, evening, roof = (low + octet for low, octet in zip((150, 700, 1100, 600), key, strict=False))
    return _net((6 * 60, 9 * 60, morning), (17 * 60, 23 * 60, evening), (9 * 60, 16 * 60, -4 * roof), base=base)


def _household(day: Day, key: bytes) -> list[int]:
    base, morning, evening = 110 + key[0] // 2, 500 + 2 * key[1], 900 + 3 * key[2]
    dark = (130, 100, 80, 110)[day.season]
    rise = 6 * 60 if day.working else 8 * 60
    noon = (10 * 60, 15 * 60, 250 if day.working else 700)
    return _net((rise, rise + 180, morning), noon, (17 * 60 - 15, 23 * 60, evening * dark // 100), base=base)


def _roofed(day: Day, key: bytes) -> list[int]:
    load = _household(day, key)
    roof = _net(_solar(day, 2500 + 12 * key[3]))
    return [watts + sun for watts, sun in zip(load, roof, strict=True)]


def _shop(day: Day, key: bytes) -> list[int]:
    base, opened = 400 + 3 * key[0], 4000 + 20 * key[1]
    cooling = (100, 105, 135, 105)[day.season]
    return _net((8 * 60, 19 * 60, opened * cooling // 100 if day.working else opened // 5), base=base)


def _farm(day: Day, key: bytes) -> list[int]:
    return _net(_solar(day, 30_000 + 100 * key[0]), base=30 + key[1] // 8)


def _empty(day: Day, key: bytes) -> list[int]:
    return [key[0] // 64] * SLOTS


SHAPES: dict[str, tuple[Watts, bool]] = {
    "prosumer": (_prosumer, False),
    "household": (_household, True),
    "household-solar": (_roofed, True),
    "shop": (_shop, True),
    "solar": (_farm, True),
    "empty": (_empty, False),
}
"""by name, with whether days differ"""
