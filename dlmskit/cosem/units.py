"""Physical units of scaler_unit.

The registry holds only the codes whose meaning is certain; any other code is still kept as its number (`unit_of`
returns None for it). Source: Blue Book, units of the scaler_unit structure.
"""

from __future__ import annotations

from enum import IntEnum


class Unit(IntEnum):
    """A unit by its code in the standard; `symbol` is how it is written, `from_symbol` reads it back."""

    YEAR = 1
    MONTH = 2
    WEEK = 3
    DAY = 4
    HOUR = 5
    MINUTE = 6
    SECOND = 7
    DEGREE = 8
    DEGREE_CELSIUS = 9
    CURRENCY = 10
    METRE = 11
    METRE_PER_SECOND = 12
    CUBIC_METRE = 13
    CORRECTED_CUBIC_METRE = 14
    CUBIC_METRE_PER_HOUR = 15
    CORRECTED_CUBIC_METRE_PER_HOUR = 16
    CUBIC_METRE_PER_DAY = 17
    CORRECTED_CUBIC_METRE_PER_DAY = 18
    LITRE = 19
    KILOGRAM = 20
    NEWTON = 21
    NEWTON_METRE = 22
    PASCAL = 23
    BAR = 24
    JOULE = 25
    JOULE_PER_HOUR = 26
    WATT = 27
    VOLT_AMPERE = 28
    VAR = 29
    WATT_HOUR = 30
    VOLT_AMPERE_HOUR = 31
    VAR_HOUR = 32
    AMPERE = 33
    COULOMB = 34
    VOLT = 35
    VOLT_PER_METRE = 36
    FARAD = 37
    OHM = 38
    OHM_METRE = 39
    WEBER = 40
    TESLA = 41
    AMPERE_PER_METRE = 42
    HENRY = 43
    HERTZ = 44
    PULSES_PER_WATT_HOUR = 45
    PULSES_PER_VAR_HOUR = 46
    PULSES_PER_VOLT_AMPERE_HOUR = 47
    VOLT_SQUARED_HOUR = 48
    AMPERE_SQUARED_HOUR = 49
    KILOGRAM_PER_SECOND = 50
    SIEMENS = 51
    KELVIN = 52
    PULSES_PER_VOLT_SQUARED_HOUR = 53
    PULSES_PER_AMPERE_SQUARED_HOUR = 54
    PULSES_PER_CUBIC_METRE = 55
    PERCENT = 56
    AMPERE_HOUR = 57
    DECIBEL_MILLIWATT = 70
    DECIBEL_MICROVOLT = 71
    DECIBEL = 72
    OTHER = 254
    COUNT = 255

    @property
    def symbol(self) -> str:
        """The usual sign, for example ``Wh``; ``""`` for `COUNT`, which has no unit."""
        return _SYMBOLS[self]

    @classmethod
    def from_symbol(cls, symbol: str) -> Unit:
        """The unit written as `symbol`, or by its name (``count``, ``watt-hour``). Raises KeyError when unknown."""
        found = _BY_SYMBOL.get(symbol)
        return found if found is not None else cls[symbol.upper().replace("-", "_")]


_SYMBOLS: dict[Unit, str] = {
    Unit.YEAR: "a",
    Unit.MONTH: "mo",
    Unit.WEEK: "wk",
    Unit.DAY: "d",
    Unit.HOUR: "h",
    Unit.MINUTE: "min",
    Unit.SECOND: "s",
    Unit.DEGREE: "°",
    Unit.DEGREE_CELSIUS: "°C",
    Unit.CURRENCY: "currency",
    Unit.METRE: "m",
    Unit.METRE_PER_SECOND: "m/s",
    Unit.CUBIC_METRE: "m3",
    Unit.CORRECTED_CUBIC_METRE: "m3 (corrected)",
    Unit.CUBIC_METRE_PER_HOUR: "m3/h",
    Unit.CORRECTED_CUBIC_METRE_PER_HOUR: "m3/h (corrected)",
    Unit.CUBIC_METRE_PER_DAY: "m3/d",
    Unit.CORRECTED_CUBIC_METRE_PER_DAY: "m3/d (corrected)",
    Unit.LITRE: "l",
    Unit.KILOGRAM: "kg",
    Unit.NEWTON: "N",
    Unit.NEWTON_METRE: "Nm",
    Unit.PASCAL: "Pa",
    Unit.BAR: "bar",
    Unit.JOULE: "J",
    Unit.JOULE_PER_HOUR: "J/h",
    Unit.WATT: "W",
    Unit.VOLT_AMPERE: "VA",
    Unit.VAR: "var",
    Unit.WATT_HOUR: "Wh",
    Unit.VOLT_AMPERE_HOUR: "VAh",
    Unit.VAR_HOUR: "varh",
    Unit.AMPERE: "A",
    Unit.COULOMB: "C",
    Unit.VOLT: "V",
    Unit.VOLT_PER_METRE: "V/m",
    Unit.FARAD: "F",
    Unit.OHM: "Ω",
    Unit.OHM_METRE: "Ωm",
    Unit.WEBER: "Wb",
    Unit.TESLA: "T",
    Unit.AMPERE_PER_METRE: "A/m",
    Unit.HENRY: "H",
    Unit.HERTZ: "Hz",
    Unit.PULSES_PER_WATT_HOUR: "1/Wh",
    Unit.PULSES_PER_VAR_HOUR: "1/varh",
    Unit.PULSES_PER_VOLT_AMPERE_HOUR: "1/VAh",
    Unit.VOLT_SQUARED_HOUR: "V2h",
    Unit.AMPERE_SQUARED_HOUR: "A2h",
    Unit.KILOGRAM_PER_SECOND: "kg/s",
    Unit.SIEMENS: "S",
    Unit.KELVIN: "K",
    Unit.PULSES_PER_VOLT_SQUARED_HOUR: "1/V2h",
    Unit.PULSES_PER_AMPERE_SQUARED_HOUR: "1/A2h",
    Unit.PULSES_PER_CUBIC_METRE: "1/m3",
    Unit.PERCENT: "%",
    Unit.AMPERE_HOUR: "Ah",
    Unit.DECIBEL_MILLIWATT: "dBm",
    Unit.DECIBEL_MICROVOLT: "dBµV",
    Unit.DECIBEL: "dB",
    Unit.OTHER: "other",
    Unit.COUNT: "",
}
_BY_SYMBOL = {symbol: unit for unit, symbol in _SYMBOLS.items() if symbol}
SYMBOLS = tuple(_BY_SYMBOL)
"""Every symbol that `Unit.from_symbol` knows."""

_BY_CODE = {int(unit): unit for unit in Unit}


def unit_of(code: int) -> Unit | None:
    """The unit with this code, None for a code that is not in the registry."""
    return _BY_CODE.get(code)
