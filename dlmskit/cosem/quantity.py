"""A metered value: an exact decimal and its unit."""

from __future__ import annotations

from decimal import Context, Decimal

import msgspec

from dlmskit.cosem.units import Unit
from dlmskit.exceptions import DecodeError

SCALER_RANGE = range(-128, 128)
_EXACT = Context(prec=80, Emin=-999, Emax=999)


def scale(raw: int | Decimal, scaler: int) -> Decimal:
    """`raw` times ten to the power of `scaler`, exactly, written without an exponent.

    The digits after the point are those that the meter resolves: ``scale(1200, -1)`` is ``120.0``. Raises `DecodeError`
    when the scaler does not fit the signed octet that carries it.
    """
    if scaler not in SCALER_RANGE:
        raise DecodeError(f"scaler {scaler} does not fit a signed octet")
    scaled = Decimal(raw).scaleb(scaler, _EXACT)
    exponent = scaled.as_tuple().exponent
    needs_zeros = isinstance(exponent, int) and exponent > 0
    return scaled.quantize(Decimal(1), context=Context(prec=400)) if needs_zeros else scaled


class Quantity(msgspec.Struct, frozen=True):
    """A value with its unit; `unit` is None where the meter gave none or a code that is not in the registry."""

    value: Decimal
    unit: Unit | None = None

    def __str__(self) -> str:
        symbol = self.unit.symbol if self.unit is not None else ""
        return f"{self.value:f} {symbol}".rstrip()
