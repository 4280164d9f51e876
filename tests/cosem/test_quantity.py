"""Scaling is exact and keeps the meter's resolution."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.cosem import Quantity, Unit, scale
from dlmskit.cosem.quantity import scaling_by
from dlmskit.exceptions import DecodeError


@pytest.mark.parametrize(
    ("raw", "scaler", "text"),
    [
        (2292, -1, "229.2"),
        (1200, -1, "120.0"),
        (165, -2, "1.65"),
        (0, -3, "0.000"),
        (1720393, 1, "17203930"),
        (-7, 2, "-700"),
    ],
)
def test_examples(raw: int, scaler: int, text: str) -> None:
    assert str(scale(raw, scaler)) == text


@given(st.integers(-(2**63), 2**64 - 1), st.integers(-128, 127))
def test_scaling_is_exact(raw: int, scaler: int) -> None:
    numerator, denominator = scale(raw, scaler).as_integer_ratio()
    assert numerator * 10 ** max(-scaler, 0) == raw * denominator * 10 ** max(scaler, 0)


@given(st.integers(-(2**63), 2**64 - 1), st.integers(-128, 127))
def test_no_exponent_is_shown(raw: int, scaler: int) -> None:
    assert "E" not in f"{scale(raw, scaler):f}"


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-128, 127))
def test_a_float_is_scaled_to_its_last_digit(raw: float, scaler: int) -> None:
    assert Fraction(scale(raw, scaler)) == Fraction(raw) * Fraction(10) ** scaler


def test_a_decimal_keeps_its_digits() -> None:
    assert str(scale(Decimal("1.25"), 1)) == "12.5"
    assert str(scale(Decimal("1.25"), 3)) == "1250"


@pytest.mark.parametrize("scaler", [-129, 128, 10**9])
def test_impossible_scalers(scaler: int) -> None:
    with pytest.raises(DecodeError, match="scaler"):
        scale(1, scaler)


def test_text() -> None:
    assert str(Quantity(scale(2292, -1), Unit.VOLT)) == "229.2 V"
    assert str(Quantity(Decimal(3), Unit.COUNT)) == "3"
    assert str(Quantity(Decimal(3))) == "3"


@given(raw=st.integers(-(2**63), 2**64 - 1), scaler=st.integers(-128, 127))
def test_scaling_many_is_scaling_one_by_one(raw, scaler):
    many, one = scaling_by(scaler)(raw), scale(raw, scaler)
    assert (many, many.as_tuple()) == (one, one.as_tuple())
