"""Deadlines: earliest first, and one that was stopped or moved meanwhile does not come."""

from __future__ import annotations

from dlmskit.link.timers import Timers


def test_earliest_first_and_only_what_is_due() -> None:
    timers = Timers()
    for name, at in (("late", 9.0), ("second", 2.0), ("first", 1.0)):
        timers.start(name, at)
    assert timers.due(5.0) == ["first", "second"]
    assert timers.due(5.0) == []
    assert timers.next() == 9.0


def test_what_an_earlier_one_stops_or_moves_does_not_fire() -> None:
    timers = Timers()
    for name, at in (("first", 0.5), ("moved", 1.0), ("stopped", 1.0), ("last", 1.0)):
        timers.start(name, at)
    fired = []

    def first(now: float) -> None:
        fired.append(now)
        timers.start("moved", 2.0)
        timers.stop("stopped")

    timers.fire(1.0, dict.fromkeys(("moved", "stopped", "last"), fired.append) | {"first": first})
    assert fired == [1.0, 1.0]
    assert timers.next() == 2.0
