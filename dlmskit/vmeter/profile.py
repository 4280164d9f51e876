"""The load profile's memory: entries captured on period boundaries of the meter's clock, in a ring.

An entry keeps the physical truth at its capture, not encoded octets: each dialect renders its own columns from it. A
long advance costs at most one full ring, because entries that the ring would lose again are counted, not made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from enum import IntFlag
from itertools import islice

import msgspec

from dlmskit.vmeter.metrology import Truth


class EntryStatus(IntFlag):
    """Status octet of an entry. The bits follow a layout common in companion specifications; others exist."""

    CRITICAL_ERROR = 0x01
    CLOCK_INVALID = 0x02
    DATA_NOT_VALID = 0x04
    DAYLIGHT_SAVING = 0x08
    CLOCK_ADJUSTED = 0x20
    POWER_DOWN = 0x80


class Entry(msgspec.Struct, frozen=True):
    """One capture: the meter's reading as an instant, what happened since the last one, and the truth then."""

    reading: int
    status: EntryStatus
    truth: Truth


class LoadProfile:
    """A ring of `capacity` entries with one every `period` milliseconds of the meter's reading, none by itself for 0.

    `measure` gives the truth at a physical instant, `daylight_saving` whether it is in force at a reading.
    """

    def __init__(
        self, period: int, capacity: int, measure: Callable[[int], Truth], daylight_saving: Callable[[int], bool]
    ) -> None:
        self.period = period
        self.capacity = capacity
        self.captured = 0
        self._measure = measure
        self._daylight_saving = daylight_saving
        self._entries: deque[Entry] = deque(maxlen=capacity)
        self._pending = EntryStatus(0)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def advance(self, begin: int, end: int, offset: int) -> None:
        """Capture every boundary in the physical span (begin, end], the reading being physical time plus `offset`."""
        if not self.period:
            return
        first = (begin + offset) // self.period + 1
        last = (end + offset) // self.period
        due = last - first + 1
        if due <= 0:
            return
        lost = max(due - self.capacity, 0)
        self.captured += lost
        if lost:
            self._pending = EntryStatus(0)
        for boundary in range(first + lost, last + 1):
            self._append(boundary * self.period, boundary * self.period - offset)

    def capture(self, physical: int, offset: int) -> None:
        """Method 2, capture: an entry now, off the period."""
        self._append(physical + offset, physical)

    def note(self, status: EntryStatus) -> None:
        """Something happened that the next entry has to tell."""
        self._pending |= status

    def clear(self) -> None:
        """Method 1, reset."""
        self._entries.clear()

    def between(self, begin: int, end: int) -> list[Entry]:
        """Entries whose reading lies in [begin, end], oldest first."""
        return [entry for entry in self._entries if begin <= entry.reading <= end]

    def numbered(self, first: int, last: int) -> list[Entry]:
        """Entries `first` to `last`, counted from 1 at the oldest; last 0 means to the newest."""
        return list(islice(self._entries, max(first, 1) - 1, last or None))

    def _append(self, reading: int, physical: int) -> None:
        status = self._pending
        if self._daylight_saving(reading):
            status |= EntryStatus.DAYLIGHT_SAVING
        self._pending = EntryStatus(0)
        self.captured += 1
        self._entries.append(Entry(reading, status, self._measure(physical)))
