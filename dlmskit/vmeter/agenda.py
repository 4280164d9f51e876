"""What a meter does by itself: organs that say when something is due to happen in them, merged in order of time.

Between two occurrences nothing is computed: what runs continuously, energy above all, is a closed form of time. So a
year costs its captures and switches, one long advance is the same as many short ones, and a command falls between the
occurrences before it and those after it.
"""

from __future__ import annotations

from heapq import heapify, heapreplace

from dlmskit.vmeter.clock import END, MeterClock

NEVER = END + 1


class Organ:
    """A part of the firmware with state of its own. Instants are physical milliseconds, as in `MeterClock`."""

    def next_due(self, after: int) -> int | None:
        """The first instant later than `after` at which something happens here, None for never."""
        return None

    def happen(self, at: int) -> None:
        """What is due at `at`; physical time is `at` already."""


class Agenda:
    """The organs of one meter. Those that are due together happen in the order in which they were added."""

    def __init__(self, clock: MeterClock) -> None:
        self._clock = clock
        self._organs: list[Organ] = []
        self._due: list[tuple[int, int]] = []
        self._stale = True

    def add(self, organ: Organ) -> None:
        """One more organ, due after all others that are due at the same instant."""
        self._organs.append(organ)
        self._stale = True

    def replan(self) -> None:
        """Ask every organ anew when it is due: the clock was moved, or what an organ goes by was changed."""
        self._stale = True

    def advance(self, target: int) -> None:
        """Let time pass up to `target`, that instant included."""
        while True:
            # what is due at this very instant still happens by the old plan, or planning anew would lose it
            if self._stale and not (self._due and self._due[0][0] <= self._clock.physical):
                self._plan()
            if not self._due or self._due[0][0] > target:
                break
            at, number = self._due[0]
            organ = self._organs[number]
            self._clock.physical = at
            organ.happen(at)
            following = organ.next_due(at)
            heapreplace(self._due, (NEVER if following is None else following, number))
        self._clock.physical = target

    def _plan(self) -> None:
        self._stale = False
        dues = ((organ.next_due(self._clock.physical), number) for number, organ in enumerate(self._organs))
        self._due = [(due, number) for due, number in dues if due is not None]
        heapify(self._due)
