"""Deadlines: earliest first, and one that was stopped or moved meanwhile does not come."""

from __future__ import annotations

from dlmskit.link.timers import Timers


def test_earliest_first_and_only_what_is_due() -> None:
    timers = Timers()
    for name, at in (("late", 9.0), ("second", 2.0), ("first", 1.0)):
        timers.start(name, at)
    assert list(timers.due(5.0)) == ["first", "second"]
    assert timers.next() == 9.0


def test_what_an_earlier_one_stops_or_moves_does_not_come() -> None:
    timers = Timers()
    for name in ("ends all", "moved", "stopped"):
        timers.start(name, 1.0)
    came = []
    for name in timers.due(1.0):
        came.append(name)
        timers.start("moved", 2.0)
        timers.stop("stopped")
    assert came == ["ends all"]
    assert timers.next() == 2.0
