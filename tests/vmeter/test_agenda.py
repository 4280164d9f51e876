"""The agenda: order of time, order of organs, nothing lost when plans change."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from dlmskit.vmeter.agenda import Agenda, Organ
from dlmskit.vmeter.clock import MeterClock

START = datetime(2026, 11, 21, 10, tzinfo=UTC)


class Beat(Organ):
    """Happens every `period` from the start, and writes into a common book."""

    def __init__(self, clock: MeterClock, period: int, book: list[tuple[int, int]]) -> None:
        self.clock = clock
        self.period = period
        self.book = book
        self.start = clock.physical

    def next_due(self, after: int) -> int | None:
        return self.start + ((after - self.start) // self.period + 1) * self.period

    def happen(self, at: int) -> None:
        assert self.clock.physical == at
        self.book.append((at - self.start, self.period))


def rig(*periods: int) -> tuple[MeterClock, Agenda, list[tuple[int, int]]]:
    clock, book = MeterClock(START), list[tuple[int, int]]()
    agenda = Agenda(clock)
    for period in periods:
        agenda.add(Beat(clock, period, book))
    return clock, agenda, book


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=8),
)
def test_steps_and_new_plans_change_nothing(periods: list[int], steps: list[tuple[int, bool]]) -> None:
    clock, agenda, walked = rig(*periods)
    for span, replan in steps:
        agenda.advance(clock.physical + span)
        if replan:
            agenda.replan()
    whole = sum(span for span, _ in steps)
    clock, agenda, jumped = rig(*periods)
    agenda.advance(clock.physical + whole)
    assert walked == jumped
    assert [at for at, _ in jumped] == sorted(at for at, _ in jumped)
    assert sorted(jumped) == sorted((n * period, period) for period in periods for n in range(1, whole // period + 1))


def test_organs_that_are_due_together_happen_in_the_order_of_adding() -> None:
    clock, agenda, book = rig(30, 10, 15)
    agenda.advance(clock.physical + 30)
    assert book == [(10, 10), (15, 15), (20, 10), (30, 30), (30, 10), (30, 15)]


def test_a_new_plan_in_the_middle_of_an_instant_loses_nobody() -> None:
    clock, agenda, book = rig()

    class Changing(Beat):
        def happen(self, at: int) -> None:
            super().happen(at)
            agenda.replan()

    for organ in (Changing(clock, 10, book), Beat(clock, 5, book), Beat(clock, 10, book)):
        agenda.add(organ)
    agenda.advance(clock.physical + 20)
    assert book == [(5, 5), (10, 10), (10, 5), (10, 10), (15, 5), (20, 10), (20, 5), (20, 10)]


def test_an_organ_that_is_never_due_is_left_alone() -> None:
    clock, agenda, book = rig(10)
    agenda.add(Organ())
    agenda.advance(clock.physical + 10)
    assert len(book) == 1
