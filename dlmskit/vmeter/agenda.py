"""What a meter does by itself: organs that say when something is due to happen in them, merged in order of time.

Between two occurrences nothing is computed: what runs continuously, energy above all, is a closed form of time. So a
year costs its captures and switches, one long advance is the same as many short ones, and a command falls between the
occurrences before it and those after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heapreplace
from typing import Any

from dlmskit.vmeter.clock import END, MeterClock

NEVER = END + 1


class Organ:
    """A part of the firmware with state of its own. Instants are physical milliseconds, as in `MeterClock`.

    `awake` is for what goes on without mains: other organs miss what is due while the meter has no power.
    """

    awake = False

    def next_due(self, after: int) -> int | None:
        """The first instant later than `after` at which something happens here, None for never."""
        return None

    def happen(self, at: int) -> None:
        """What is due at `at`; physical time is `at` already."""

    def resume(self) -> None:
        """The meter starts, power came back, or the clock was moved: catch up with the time that it is."""

    def changed(self, attribute: str) -> None:
        """A client wrote an attribute of the object that this organ stands behind."""

    def save(self) -> Any:
        """State that does not follow from the model, the seed and the time, as plain values; None for none."""

    def load(self, state: Any) -> None:
        """Go on from what `save` gave."""


class Agenda:
    """The organs of one meter. Those that are due together happen in the order in which they were added.

    While `asleep` only organs that are `awake` act on what is due.
    """

    def __init__(self, clock: MeterClock) -> None:
        self.asleep = False
        self._clock = clock
        self._organs: list[Organ] = []
        self._due: list[tuple[int, int]] = []
        self._stale = True

    def __iter__(self) -> Iterator[Organ]:
        return iter(self._organs)

    def add(self, organ: Organ) -> None:
        """One more organ, due after all others that are due at the same instant."""
        self._organs.append(organ)
        self._stale = True

    def replan(self) -> None:
        """Ask every organ anew when it is due: the clock was moved, or what an organ goes by was changed."""
        self._stale = True

    def settle(self) -> None:
        """See to it that every organ has a plan by the present clock, before that is moved."""
        if self._stale:
            self._plan()

    def resume(self) -> None:
        """Let every organ catch up, and plan anew."""
        for organ in self._organs:
            organ.resume()
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
            if organ.awake or not self.asleep:
                organ.happen(at)
            following = organ.next_due(at)
            heapreplace(self._due, (NEVER if following is None else following, number))
        self._clock.physical = target

    def _plan(self) -> None:
        self._stale = False
        dues = ((organ.next_due(self._clock.physical), number) for number, organ in enumerate(self._organs))
        self._due = [(due, number) for due, number in dues if due is not None]
        heapify(self._due)
