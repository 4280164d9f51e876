from __future__ import annotations

import pytest

from dlmskit.exceptions import ReplayError
from dlmskit.security.counters import ReplayGuard

TITLE, OTHER = b"MMM00001", b"MMM00002"


def test_a_counter_that_was_never_seen_may_be_zero() -> None:
    guard = ReplayGuard()
    guard.check("k", TITLE, 0)
    guard.accept("k", TITLE, 0)
    with pytest.raises(ReplayError):
        guard.check("k", TITLE, 0)
    guard.check("k", TITLE, 1)


def test_counters_are_kept_by_key_and_title() -> None:
    guard = ReplayGuard({("k", TITLE): 100})
    for counter in (0, 99, 100):
        with pytest.raises(ReplayError):
            guard.check("k", TITLE, counter)
    guard.check("other key", TITLE, 1)
    guard.check("k", OTHER, 1)
    guard.check("k", TITLE, 101)


def test_nothing_lowers_a_counter() -> None:
    guard = ReplayGuard({("k", TITLE): 100})
    guard.accept("k", TITLE, 5)
    guard.learn({("k", TITLE): 7})
    assert guard.last("k", TITLE) == 100
    guard.learn({("k", TITLE): 200})
    assert guard.last("k", TITLE) == 200
