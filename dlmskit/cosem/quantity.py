"""A metered value: an exact decimal and its unit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from functools import partial

import msgspec

from dlmskit.cosem.units import Unit
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError

SCALER_RANGE = range(-128, 128)
_EXACT = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX)
INTEGERS = frozenset(
    {
        DataType.INTEGER,
        DataType.LONG,
        DataType.DOUBLE_LONG,
        DataType.LONG64,
        DataType.UNSIGNED,
        DataType.LONG_UNSIGNED,
        DataType.DOUBLE_LONG_UNSIGNED,
        DataType.LONG64_UNSIGNED,
    }
)
NUMBERS = INTEGERS | {DataType.FLOAT32, DataType.FLOAT64}
"""Types whose value counts something: not enum, bcd (the octet as it is) or deltas (what is added to another value)"""


def scale(raw: int | float | Decimal, scaler: int) -> Decimal:
    """`raw` times ten to the power of `scaler`, exactly, written without an exponent.

    The digits after the point are those that the meter resolves: ``scale(1200, -1)`` is ``120.0``. Raises `DecodeError`
    when the scaler does not fit the signed octet that carries it.
    """
    if scaler not in SCALER_RANGE:
        raise DecodeError(f"scaler {scaler} does not fit a signed octet")
    scaled = Decimal(raw).scaleb(scaler, _EXACT)
    if scaler <= 0 and isinstance(raw, int):
        return scaled
    exponent = scaled.as_tuple().exponent
    needs_zeros = isinstance(exponent, int) and exponent > 0
    return scaled.quantize(Decimal(1), context=_EXACT) if needs_zeros else scaled


def scaling_by(scaler: int) -> Callable[[int], Decimal]:
    """`scale` with this scaler, for whole numbers and many of them. Raises `DecodeError` as `scale` does."""
    unit = scale(1, scaler)
    return partial(_EXACT.multiply, unit)


class Quantity(msgspec.Struct, frozen=True):
    """A value with its unit; `unit` is None where the meter gave none or a code that is not in the registry."""

    value: Decimal
    unit: Unit | None = None

    def __str__(self) -> str:
        symbol = self.unit.symbol if self.unit is not None else ""
        return f"{self.value:f} {symbol}".rstrip()
