"""The ring: boundaries of the meter's clock, exact deltas, a past that is made when it is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dlmskit.vmeter.agenda import Agenda
from dlmskit.vmeter.boundaries import Boundaries, Days, Every, Months
from dlmskit.vmeter.clock import MINUTE, MeterClock, instant, moment
from dlmskit.vmeter.metrology import COMMISSIONED, Metrology
from dlmskit.vmeter.profile import EntryStatus, Profile

QUARTER = 15 * MINUTE
DAY = 96 * QUARTER
START = COMMISSIONED + 1700 * DAY + 7 * MINUTE
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
KOLKATA = ZoneInfo("Asia/Kolkata")


class Bench:
    """A clock, an agenda and a profile whose rows are the physical instant, the status and the imported energy."""

    def __init__(self, capacity: int = 200, boundaries: Boundaries | None = None, past: bool = False) -> None:
        self.metrology = Metrology(11)
        self.clock = MeterClock(moment(START))
        self.agenda = Agenda(self.clock)
        steps = boundaries or Every(QUARTER, UTC)
        self.ring = Profile(self.clock, capacity, steps, self._capture, COMMISSIONED if past else None)
        self.agenda.add(self.ring)

    def _capture(self, reading: int, physical: int, status: EntryStatus, past: tuple[int, int] | None) -> bytes:
        numbers = (physical, int(status), self.metrology.truth(physical).energy_import.total)
        return b"".join(number.to_bytes(8, "big") for number in numbers)

    def run(self, span: int) -> None:
        self.agenda.advance(self.clock.physical + span)

    @property
    def readings(self) -> list[int]:
        return [row.reading for row in self.ring]

    def column(self, index: int) -> list[int]:
        return [int.from_bytes(row.octets[8 * index : 8 * index + 8], "big") for row in self.ring]


def test_rows_stand_on_the_boundaries_of_the_clock() -> None:
    bench = Bench()
    bench.run(DAY)
    assert bench.readings == [START + 8 * MINUTE + n * QUARTER for n in range(96)] == bench.column(0)


@given(st.lists(st.integers(1, 5 * QUARTER), max_size=30), st.integers(-10 * QUARTER, 10 * QUARTER))
def test_many_small_steps_equal_one_long_step(steps: list[int], offset: int) -> None:
    walked, jumped = Bench(), Bench()
    for bench in (walked, jumped):
        bench.clock.set(START + offset)
        bench.agenda.replan()
    for step in steps:
        walked.run(step)
    jumped.run(sum(steps))
    assert list(walked.ring) == list(jumped.ring)


def test_deltas_of_the_rows_add_up_to_the_register() -> None:
    bench = Bench(1000)
    bench.run(7 * DAY)
    energies = bench.column(2)
    assert sum(later - earlier for earlier, later in pairwise(energies)) == energies[-1] - energies[0] > 0
    assert energies[-1] == Metrology(11).truth(bench.column(0)[-1]).energy_import.total


def test_the_past_is_there_and_goes_as_the_ring_fills() -> None:
    bench = Bench(past=True)
    assert len(bench.ring) == len(list(bench.ring)) == 200
    assert bench.readings[-1] == START - 7 * MINUTE
    old = list(bench.ring)
    for days, left in ((1, 104), (1, 8), (1, 0)):
        bench.run(days * DAY)
        rows = list(bench.ring)
        assert len(rows) == len(bench.ring) == 200
        assert rows[:left] == old[200 - left :]
        assert bench.readings == [bench.readings[0] + n * QUARTER for n in range(200)]
    bench.ring.clear()
    assert list(bench.ring) == []


def test_a_past_before_the_meter_was_commissioned_does_not_exist() -> None:
    assert len(Bench(100_000_000, past=True).ring) == 1700 * 96


def test_range_and_numbers_select() -> None:
    for past in (False, True):
        bench = Bench(past=past)
        bench.run(DAY)
        rows = list(bench.ring)
        for at in (3, 96, 100, 101) if past else (3,):
            begin, end = rows[at].reading, rows[at + 5].reading
            assert bench.ring.between(begin, end) == rows[at : at + 6]
            assert bench.ring.between(begin + 1, end - 1) == rows[at + 1 : at + 5]
            assert bench.ring.numbered(at + 1, at + 6) == rows[at : at + 6]
        assert bench.ring.between(rows[0].reading, rows[-1].reading) == rows
        assert bench.ring.numbered(len(rows), 0) == rows[-1:]
        assert bench.ring.numbered(0, 0) == rows
        assert bench.ring.numbered(len(rows) + 1, 0) == []


def test_what_happened_is_told_by_the_next_row_only() -> None:
    bench = Bench()
    bench.ring.note(EntryStatus.CLOCK_ADJUSTED)
    bench.run(2 * QUARTER)
    assert bench.column(1) == [EntryStatus.CLOCK_ADJUSTED, 0]


def test_a_clock_set_back_captures_the_hour_twice_and_nothing_is_overwritten() -> None:
    bench = Bench()
    bench.run(4 * QUARTER)
    bench.clock.set(bench.clock.reading - 4 * QUARTER)
    bench.agenda.replan()
    bench.run(4 * QUARTER)
    assert bench.readings[:4] == bench.readings[4:]
    assert bench.column(0) == sorted(set(bench.column(0)))


def test_a_fast_clock_captures_earlier_and_earlier() -> None:
    bench = Bench(3000)
    bench.clock.drift = 250
    bench.run(10 * DAY)
    assert bench.readings == [START + 8 * MINUTE + n * QUARTER for n in range(960)]
    late = [reading - physical for reading, physical in zip(bench.readings, bench.column(0), strict=True)]
    assert late == sorted(late)
    for by, physical in zip(late, bench.column(0), strict=True):
        assert abs(by - (physical - START) * 250 // 1_000_000) <= 1


def test_days_and_months_begin_at_midnight_also_when_the_clocks_change() -> None:
    days, months = Days(AMSTERDAM), Months(AMSTERDAM)
    for boundaries, gap in ((days, {23, 24, 25}), (months, {28 * 24, 30 * 24, 31 * 24, 31 * 24 - 1, 31 * 24 + 1})):
        begin = boundaries.number(instant(datetime(2026, 1, 1, tzinfo=AMSTERDAM)))
        found = [boundaries.reading(begin + n) for n in range(13)] if boundaries is months else None
        readings = found or [boundaries.reading(begin + n) for n in range(366)]
        assert all(moment(each).astimezone(AMSTERDAM).time() == datetime.min.time() for each in readings)
        assert all(boundaries.number(each) == begin + n for n, each in enumerate(readings))
        assert all(boundaries.number(each - 1) == begin + n - 1 for n, each in enumerate(readings))
        assert {(late - early) // (60 * MINUTE) for early, late in pairwise(readings)} == gap


def test_hours_are_those_of_the_meters_zone() -> None:
    hours = Every(60 * MINUTE, KOLKATA)
    found = moment(hours.reading(hours.number(START))).astimezone(KOLKATA)
    assert found.minute == 0
    assert moment(START) - found < timedelta(hours=1)
