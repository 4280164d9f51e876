"""Units: codes, symbols, both ways."""

from __future__ import annotations

import pytest

from dlmskit.cosem.units import SYMBOLS, Unit, unit_of

# Codes that captured pushes carry, with the symbols that other decoders gave for them: vectors apdu-cfdbf237a3e9
# (Apache-2.0), hdlc-frame-88cf3597654c (Apache-2.0).
WITNESSED = {27: "W", 29: "var", 30: "Wh", 32: "varh", 33: "A", 35: "V"}


@pytest.mark.parametrize(("code", "symbol"), WITNESSED.items())
def test_witnessed_codes(code: int, symbol: str) -> None:
    unit = unit_of(code)
    assert unit is not None
    assert unit.symbol == symbol


@pytest.mark.parametrize("unit", list(Unit))
def test_every_unit_reads_back(unit: Unit) -> None:
    assert unit_of(int(unit)) is unit
    assert Unit.from_symbol(unit.symbol or "count") is unit
    assert Unit.from_symbol(unit.name.lower().replace("_", "-")) is unit


def test_symbols_are_unique() -> None:
    assert len(set(SYMBOLS)) == len(SYMBOLS) == len(Unit) - 1


@pytest.mark.parametrize("code", [0, 58, 127, 253, 256, -1])
def test_other_codes_are_no_unit(code: int) -> None:
    assert unit_of(code) is None


def test_unknown_symbol() -> None:
    with pytest.raises(KeyError):
        Unit.from_symbol("parsec")
