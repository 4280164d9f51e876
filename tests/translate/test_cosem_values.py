"""Converters for COSEM attributes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.cosem.time import TimeRules
from dlmskit.exceptions import EncodeError, NotRepresentable
from dlmskit.obis import Obis
from dlmskit.translate.cosem_values import (
    boolean_from_meter,
    clock_from_meter,
    clock_to_meter,
    control_state_from_meter,
    control_state_to_meter,
    drift,
    energy_from_meter,
    energy_to_meter,
    integer_to_meter,
    range_from_meter,
    range_to_meter,
)
from dlmskit.translate.program import Binding, Terms

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
REVERSED = Terms(TimeRules("reversed", "Europe/Amsterdam"), {"clock": Binding(8, Obis.parse("0-0:1.0.0*255"))})
STANDARD = Terms(TimeRules("standard", "Europe/Amsterdam"), REVERSED.objects)


def scaler_unit(scaler: int, unit: int = 30) -> Data:
    return data.structure(data.integer(scaler), data.enum(unit))


WIDTHS = {
    "double-long-unsigned": st.integers(0, 2**32 - 1) | st.sampled_from([2**31 - 1, 2**31, 2**32 - 1]),
    "long64-unsigned": st.integers(0, 2**64 - 1) | st.sampled_from([2**63 - 1, 2**63, 2**64 - 1]),
    "double-long": st.integers(-(2**31), 2**31 - 1),
    "long-unsigned": st.integers(0, 2**16 - 1),
}


@given(st.data(), st.sampled_from(sorted(WIDTHS)), st.integers(-3, 3))
def test_energy_is_exact_at_every_width_and_scaler(draw: st.DataObject, kind: str, scaler: int) -> None:
    raw = draw.draw(WIDTHS[kind])
    terms = Terms(options={"type": kind})
    register = energy_to_meter((Decimal(raw).scaleb(scaler - 3), scaler_unit(scaler)), terms)
    assert register.tag.label == kind
    assert register.value == raw
    energy = energy_from_meter((register, scaler_unit(scaler)), terms)
    assert energy * 1000 == raw * Decimal(10) ** scaler
    assert "E" not in str(energy)


def test_energy_refuses_what_it_would_have_to_round_or_guess() -> None:
    with pytest.raises(NotRepresentable, match="more digits"):
        energy_to_meter((Decimal("0.0005"), scaler_unit(0)), Terms())
    with pytest.raises(EncodeError):
        energy_to_meter((Decimal(2**32) / 1000, scaler_unit(0)), Terms())
    with pytest.raises(NotRepresentable, match="unit code 32"):
        energy_from_meter((data.double_long_unsigned(1), scaler_unit(0, unit=32)), Terms())
    for wrong in (data.null_data(), data.float32(1.5), data.octet_string(b"\x00\x01"), data.boolean(True)):
        with pytest.raises(NotRepresentable, match="expected an integer"):
            energy_from_meter((wrong, scaler_unit(0)), Terms())
    for wrong in (data.null_data(), data.structure(data.integer(0)), data.structure(data.null_data(), data.enum(30))):
        with pytest.raises(NotRepresentable, match="scaler_unit"):
            energy_from_meter((data.double_long_unsigned(1), wrong), Terms())


@pytest.mark.parametrize(("terms", "deviation"), [(STANDARD, "FF88"), (REVERSED, "0078")], ids=["standard", "reversed"])
def test_clock_and_range_are_written_in_the_models_sign(terms: Terms, deviation: str) -> None:
    written = clock_to_meter((None, NOON), terms)
    assert written.to_bytes() == bytes.fromhex(f"090C 07EA0701 03 0E000000 {deviation} 80")
    assert clock_from_meter((written,), terms) == NOON
    access = range_to_meter((NOON - timedelta(days=1), NOON), terms)
    assert access.access_selector == 1
    assert access.access_parameters.to_bytes() == bytes.fromhex(
        "0204 0204 120008 09060000010000FF 0F02 120000"
        f"090C 07EA061E 02 0E000000 {deviation} 80"
        f"090C 07EA0701 03 0E000000 {deviation} 80 0100"
    )
    assert range_from_meter((access,), terms) == (NOON - timedelta(days=1), NOON)


def test_a_range_over_something_else_is_not_a_range_of_time() -> None:
    other = Terms(STANDARD.time, {"clock": Binding(8, Obis.parse("0-0:1.0.1*255"))})
    with pytest.raises(NotRepresentable, match="not over the clock"):
        range_from_meter((range_to_meter((NOON, NOON), other),), STANDARD)


def test_the_clock_takes_a_date_time_as_well_as_an_octet_string() -> None:
    octets = clock_to_meter((NOON,), STANDARD).to_bytes()
    assert clock_from_meter((Data.from_bytes(b"\x19" + octets[2:]),), STANDARD) == NOON
    with pytest.raises(NotRepresentable, match="date-time"):
        clock_from_meter((data.octet_string(b"\x07\xea"),), STANDARD)


def test_drift_is_against_the_right_time() -> None:
    later = NOON + timedelta(seconds=2)
    assert drift(NOON + timedelta(milliseconds=250), NOON, None) == Decimal("0.25")
    assert drift(NOON, later, None) == Decimal(-2)
    assert drift(NOON, later, NOON) == Decimal(0)
    assert drift(later, later, NOON, NOON) == Decimal(0)
    assert drift(NOON - timedelta(days=365), NOON, None) == Decimal(-365 * 86_400)


def test_control_states() -> None:
    for number, state in enumerate(("disconnected", "connected", "ready-for-reconnection")):
        assert control_state_from_meter((data.enum(number),), Terms()) == state
        assert control_state_to_meter((state,), Terms()) == data.enum(number)
    with pytest.raises(NotRepresentable, match="control_state 3"):
        control_state_from_meter((data.enum(3),), Terms())


def test_booleans_are_not_numbers() -> None:
    assert boolean_from_meter((data.boolean(True),), Terms()) is True
    with pytest.raises(NotRepresentable, match="boolean"):
        boolean_from_meter((data.unsigned(1),), Terms())


def test_a_constant_comes_from_the_options() -> None:
    assert integer_to_meter((), Terms(options={"value": 0})) == data.integer(0)
    assert integer_to_meter((), Terms(options={"value": 51, "type": "long-unsigned"})) == data.long_unsigned(51)
