"""The ring: boundaries of the meter's clock, exact deltas, bounded work."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.vmeter.clock import MINUTE
from dlmskit.vmeter.metrology import COMMISSIONED, Metrology
from dlmskit.vmeter.profile import EntryStatus, LoadProfile

QUARTER = 15 * MINUTE
DAY = 96 * QUARTER
START = COMMISSIONED + 1700 * DAY + 7 * MINUTE


def profile(capacity: int = 200, dst: bool = False) -> LoadProfile:
    return LoadProfile(QUARTER, capacity, Metrology(11).truth, lambda _: dst)


def test_entries_stand_on_the_boundaries_of_the_clock() -> None:
    ring = profile()
    ring.advance(START, START + DAY, 0)
    readings = [entry.reading for entry in ring]
    assert len(readings) == 96
    assert readings == [START + 8 * MINUTE + n * QUARTER for n in range(96)]


@given(st.lists(st.integers(1, 5 * QUARTER), max_size=30), st.integers(-10 * QUARTER, 10 * QUARTER))
def test_many_small_steps_equal_one_long_step(steps: list[int], offset: int) -> None:
    walked, jumped = profile(), profile()
    at = START
    for step in steps:
        walked.advance(at, at + step, offset)
        at += step
    jumped.advance(START, at, offset)
    assert list(walked) == list(jumped)


def test_deltas_of_the_entries_add_up_to_the_register() -> None:
    ring = profile(1000)
    ring.advance(START, START + 7 * DAY, 0)
    energies = [entry.truth.energy_import.total for entry in ring]
    first, last = ring.numbered(1, 1)[0], ring.numbered(len(ring), 0)[0]
    deltas = sum(later - earlier for earlier, later in pairwise(energies))
    assert deltas == last.truth.energy_import.total - first.truth.energy_import.total
    assert last.truth == Metrology(11).truth(last.truth.at)


@pytest.mark.timeout(10)
def test_a_year_costs_one_ring() -> None:
    ring = profile(960)
    ring.advance(START, START + 365 * DAY, 0)
    assert len(ring) == 960
    assert ring.captured == 365 * 96


def test_what_happened_is_told_by_the_next_entry_only_even_if_the_ring_has_lost_it() -> None:
    for days, told in ((1, 1), (10, 0)):
        ring = profile(200)
        ring.note(EntryStatus.CLOCK_ADJUSTED)
        ring.advance(START, START + days * DAY, 0)
        assert sum(EntryStatus.CLOCK_ADJUSTED in entry.status for entry in ring) == told
        assert (EntryStatus.CLOCK_ADJUSTED in ring.numbered(1, 1)[0].status) is bool(told)


def test_range_and_numbers_select() -> None:
    ring = profile()
    ring.advance(START, START + DAY, 0)
    entries = list(ring)
    assert ring.between(entries[3].reading, entries[8].reading) == entries[3:9]
    assert ring.between(entries[3].reading + 1, entries[4].reading - 1) == []
    assert ring.numbered(1, 2) == entries[:2]
    assert ring.numbered(95, 0) == entries[94:]
    assert ring.numbered(0, 0) == entries
    assert ring.numbered(97, 0) == []


def test_what_happened_is_told_by_the_next_entry_only() -> None:
    ring = profile(dst=True)
    ring.note(EntryStatus.CLOCK_ADJUSTED)
    ring.advance(START, START + 2 * QUARTER, 0)
    first, second = ring
    assert first.status == EntryStatus.CLOCK_ADJUSTED | EntryStatus.DAYLIGHT_SAVING
    assert second.status == EntryStatus.DAYLIGHT_SAVING


def test_a_clock_set_back_captures_the_hour_twice_and_nothing_is_overwritten() -> None:
    ring = profile()
    ring.advance(START, START + 4 * QUARTER, 0)
    ring.advance(START + 4 * QUARTER, START + 8 * QUARTER, -4 * QUARTER)
    readings = [entry.reading for entry in ring]
    assert readings[:4] == readings[4:]
    assert [entry.truth.at for entry in ring] == sorted(entry.truth.at for entry in ring)
