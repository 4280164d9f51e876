"""The truth is exact: energy is the integral of power, whatever span it is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.vmeter.clock import MINUTE
from dlmskit.vmeter.metrology import COMMISSIONED, WATT_HOUR, Energy, Metrology

DAY = 24 * 60 * MINUTE
YEAR = 365 * DAY
NOON = COMMISSIONED + 2000 * DAY + DAY // 2

instants = st.integers(COMMISSIONED, COMMISSIONED + 20 * YEAR)


@given(seed=st.integers(-(2**63), 2**63), at=instants, span=st.integers(0, 90 * MINUTE))
def test_energy_is_the_sum_of_power_over_time(seed: int, at: int, span: int) -> None:
    metrology = Metrology(seed)
    total, now = 0, at
    while now < at + span:
        step = min(at + span, (now // MINUTE + 1) * MINUTE) - now
        total += metrology.truth(now).power_import * step
        now += step
    assert metrology.truth(at + span).energy_import.total - metrology.truth(at).energy_import.total == total


@given(seed=st.integers(0, 2**32), at=instants, span=st.integers(0, YEAR))
def test_registers_never_run_backwards_and_power_is_never_negative(seed: int, at: int, span: int) -> None:
    metrology = Metrology(seed)
    before, after = metrology.truth(at), metrology.truth(at + span)
    for direction in ("energy_import", "energy_export"):
        early, late = getattr(before, direction), getattr(after, direction)
        assert 0 <= early.tariff_1 <= late.tariff_1
        assert 0 <= early.tariff_2 <= late.tariff_2
    assert min(before.power_import, before.power_export) == 0
    assert before.power_import >= 0
    assert before.power_export >= 0


def test_a_household_uses_and_feeds_in_plausible_amounts() -> None:
    metrology = Metrology(7)
    first, second = metrology.truth(NOON), metrology.truth(NOON + DAY)
    assert 3_000 < (second.energy_import.total - first.energy_import.total) // WATT_HOUR < 40_000
    assert 1_000 < (second.energy_export.total - first.energy_export.total) // WATT_HOUR < 40_000
    assert metrology.truth(NOON).power_export > 0
    assert metrology.truth(NOON + DAY // 2).power_export == 0
    assert 227_000 <= first.voltage <= 233_000


def test_registers_start_at_zero_when_commissioned() -> None:
    truth = Metrology(3).truth(COMMISSIONED)
    assert (truth.energy_import, truth.energy_export) == (Energy(0, 0), Energy(0, 0))


def test_one_seed_one_truth_and_another_seed_another() -> None:
    assert Metrology(1).truth(NOON) == Metrology(1).truth(NOON)
    assert Metrology(1).truth(NOON) != Metrology(2).truth(NOON)


def test_nothing_flows_while_the_switch_is_open() -> None:
    switched, free = Metrology(5), Metrology(5)
    switched.supply(False, NOON)
    open_truth = switched.truth(NOON + DAY)
    assert open_truth.energy_import == free.truth(NOON).energy_import
    assert (open_truth.power_import, open_truth.power_export, open_truth.current) == (0, 0, 0)
    switched.supply(False, NOON + DAY // 2)
    switched.supply(True, NOON + DAY)
    gained = switched.truth(NOON + 2 * DAY).energy_import.total - open_truth.energy_import.total
    assert gained == free.truth(NOON + 2 * DAY).energy_import.total - free.truth(NOON + DAY).energy_import.total


@pytest.mark.timeout(10)
def test_the_cost_of_a_span_does_not_grow_with_it() -> None:
    """Stepping through ten years a hundred times would take minutes."""
    metrology = Metrology(9)
    spans = [metrology.truth(NOON + 10 * YEAR + turn).energy_import.total for turn in range(100)]
    assert spans == sorted(spans)


def test_only_one_tariff_runs_at_a_time() -> None:
    metrology = Metrology(4)
    night, day = NOON - DAY // 2, NOON + 6 * 60 * MINUTE
    for begin, tariff, other in ((night, "tariff_1", "tariff_2"), (day, "tariff_2", "tariff_1")):
        before, after = metrology.truth(begin).energy_import, metrology.truth(begin + 60 * MINUTE).energy_import
        assert getattr(after, tariff) > getattr(before, tariff)
        assert getattr(after, other) == getattr(before, other)
