"""A profile's memory: a ring of rows, captured on boundaries of the meter's clock, on command, or by an event.

A row is kept as what the face of the firmware made of it at the capture, octets in its own dialect, with the reading in
front: some sixty octets for a usual load profile, and no object a cell. What was captured before the meter was started
is not kept at all but made when it is read, as all of it follows from the seed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from enum import IntFlag
from typing import Any

import msgspec

from dlmskit.vmeter.agenda import Organ
from dlmskit.vmeter.boundaries import Boundaries
from dlmskit.vmeter.clock import MeterClock
from dlmskit.vmeter.metrology import Truth


class EntryStatus(IntFlag):
    """Status of an entry. The bits follow a layout common in companion specifications; a model may state another."""

    CRITICAL_ERROR = 0x01
    CLOCK_INVALID = 0x02
    DATA_NOT_VALID = 0x04
    DAYLIGHT_SAVING = 0x08
    CLOCK_ADJUSTED = 0x20
    POWER_DOWN = 0x80


class Entry(msgspec.Struct, frozen=True):
    """A moment that is told of: the meter's reading as an instant, what happened since the last one, the truth then.

    `past` are the readings of the boundary before it and of itself where it is from before the start.
    """

    reading: int
    status: EntryStatus
    truth: Truth
    past: tuple[int, int] | None = None


class Row(msgspec.Struct, frozen=True):
    """One captured row: its reading, and its octets in the dialect of the face."""

    reading: int
    octets: bytes


Capture = Callable[[int, int, EntryStatus, tuple[int, int] | None], bytes]
"""The octets of a row for a reading, a physical instant, what is to be told, and `Entry.past`."""
_READING = 8


class Profile(Organ):
    """A ring of `capacity` rows. `boundaries` None is a profile that is captured only on command or by an event.

    With `since`, an instant, the boundaries from there to the present are its past, or those of `past` are where
    something else captures it.
    """

    def __init__(
        self,
        clock: MeterClock,
        capacity: int,
        boundaries: Boundaries | None,
        capture: Capture,
        since: int | None = None,
        past: Boundaries | None = None,
    ) -> None:
        self.capacity = capacity
        self._clock = clock
        self._boundaries = boundaries
        self._capture = capture
        self._rows: deque[bytes] = deque(maxlen=capacity)
        self._past = range(0)
        self._past_steps = past or boundaries
        self._pending = EntryStatus(0)
        if self._past_steps is not None and since is not None:
            last = self._past_steps.number(clock.physical)
            self._past = range(max(self._past_steps.number(since), last - capacity) + 1, last + 1)

    @property
    def periodic(self) -> bool:
        """Whether it captures by itself."""
        return self._boundaries is not None

    def __len__(self) -> int:
        return min(len(self._rows) + len(self._past), self.capacity)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.numbered(1, 0))

    def next_due(self, after: int) -> int | None:
        """The next boundary."""
        if self._boundaries is None:
            return None
        number = self._boundaries.number(self._clock.reading_at(after)) + 1
        return self._clock.physical_at(self._boundaries.reading(number))

    def happen(self, at: int) -> None:
        """Capture the boundary that was reached."""
        assert self._boundaries is not None
        self._append(self._boundaries.reading(self._boundaries.number(self._clock.reading)))

    def capture(self) -> None:
        """A row now, off the period."""
        self._append(self._clock.reading)

    def note(self, status: EntryStatus) -> None:
        """Something happened that the next row has to tell."""
        self._pending |= status

    def clear(self) -> None:
        """Forget all rows."""
        self._rows.clear()
        self._past = range(0)

    def between(self, begin: int, end: int) -> list[Row]:
        """Rows whose reading lies in [begin, end], oldest first."""
        early = []
        if self._past_steps is not None and self._past:
            first, last = self._past_steps.number(begin - 1) + 1, self._past_steps.number(end)
            remembered = self._remembered()
            early = [self._recall(n) for n in range(max(first, remembered.start), min(last + 1, remembered.stop))]
        return early + [_row(kept) for kept in self._rows if begin <= _reading(kept) <= end]

    def numbered(self, first: int, last: int) -> list[Row]:
        """Rows `first` to `last`, counted from 1 at the oldest; last 0 means to the newest."""
        remembered = self._remembered()
        begin, end = max(first, 1) - 1, last or len(self)
        early = [self._recall(number) for number in remembered[begin:end]]
        kept = list(self._rows)[max(begin - len(remembered), 0) : max(end - len(remembered), 0)]
        return early + [_row(each) for each in kept]

    def save(self) -> Any:
        return [list(self._rows), int(self._pending), [self._past.start, self._past.stop]]

    def load(self, state: Any) -> None:
        rows, pending, past = state
        self._rows = deque(rows, maxlen=self.capacity)
        self._pending, self._past = EntryStatus(pending), range(*past)

    def _remembered(self) -> range:
        """The boundaries of the past that newer rows have not yet pushed out."""
        room = self.capacity - len(self._rows)
        return self._past[max(len(self._past) - room, 0) :] if room else range(0)

    def _recall(self, number: int) -> Row:
        assert self._past_steps is not None
        before, reading = self._past_steps.reading(number - 1), self._past_steps.reading(number)
        return Row(reading, self._capture(reading, reading, EntryStatus(0), (before, reading)))

    def _append(self, reading: int) -> None:
        status, self._pending = self._pending, EntryStatus(0)
        octets = self._capture(reading, self._clock.physical, status, None)
        self._rows.append(reading.to_bytes(_READING, "big") + octets)


class Present(Profile):
    """A profile of one row that is made when it is read: what the meter knows at this moment."""

    def __len__(self) -> int:
        return 1

    def capture(self) -> None:
        """Nothing to keep."""

    def clear(self) -> None:
        """Nothing to forget."""

    def between(self, begin: int, end: int) -> list[Row]:
        """The row where the meter's reading lies in [begin, end]."""
        return [row for row in self.numbered(1, 0) if begin <= row.reading <= end]

    def numbered(self, first: int, last: int) -> list[Row]:
        """The row where its number, 1, is meant."""
        reading = self._clock.reading
        now = Row(reading, self._capture(reading, self._clock.physical, EntryStatus(0), None))
        return [now][max(first, 1) - 1 : last or None]


def _reading(kept: bytes) -> int:
    return int.from_bytes(kept[:_READING], "big")


def _row(kept: bytes) -> Row:
    return Row(_reading(kept), kept[_READING:])
