"""What some data identifiers stand for: format, unit and name of single values.

Only rows that both the standard's numbering and the tables of the PyPI package dlt645 agree on are here; any other
identifier is read as octets.

Source: DL/T 645-2007, data identifier tables.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from dlmskit.cosem.quantity import Quantity
from dlmskit.cosem.units import Unit
from dlmskit.exceptions import DecodeError
from dlmskit.session.dlt645 import bcd

_ENERGIES = {0x00: "combined active energy", 0x01: "active energy, import", 0x02: "active energy, export"}
_TARIFFS = 63
_PHASES = {1: "L1", 2: "L2", 3: "L3"}


class Identifier(msgspec.Struct, frozen=True):
    """One value: `octets` of digits, `decimals` behind the point, the unit after scaling by `power` of ten."""

    name: str
    octets: int
    decimals: int
    unit: Unit | None = None
    power: int = 0
    signed: bool = False

    def quantity(self, data: bytes) -> Quantity:
        """The exact value. Raises `DecodeError` when the octets do not fit the format."""
        if len(data) != self.octets:
            raise DecodeError(f"{self.name} has {self.octets} octets, found {len(data)}", 0)
        value = bcd.number(data, self.decimals, signed=self.signed)
        scaled = value.scaleb(self.power)
        if scaled.as_tuple().exponent > 0:  # type: ignore[operator]
            scaled = scaled.quantize(Decimal(1))
        return Quantity(scaled, self.unit if self.unit is not None else Unit.COUNT)


def describe(identifier: int) -> Identifier | None:
    """What a data identifier stands for, None when it is not known."""
    group, kind, detail, record = identifier.to_bytes(4, "big")
    if group == 0x00 and kind in _ENERGIES and detail <= _TARIFFS and record <= 12:
        name = _ENERGIES[kind] + (f", tariff {detail}" if detail else "") + (f", settlement {record}" if record else "")
        return Identifier(name, 4, 2, Unit.WATT_HOUR, 3, signed=kind == 0)
    if group == 0x02 and record == 0 and detail in (0, *_PHASES):
        return _variable(kind, detail)
    return None


def _variable(kind: int, phase: int) -> Identifier | None:
    where = f", {_PHASES[phase]}" if phase else ", total"
    match kind, phase:
        case 0x01, 1 | 2 | 3:
            return Identifier(f"voltage{where}", 2, 1, Unit.VOLT)
        case 0x02, 1 | 2 | 3:
            return Identifier(f"current{where}", 3, 3, Unit.AMPERE, signed=True)
        case 0x03, _:
            return Identifier(f"active power{where}", 3, 4, Unit.WATT, 3, signed=True)
        case 0x04, _:
            return Identifier(f"reactive power{where}", 3, 4, Unit.VAR, 3, signed=True)
        case 0x05, _:
            return Identifier(f"apparent power{where}", 3, 4, Unit.VOLT_AMPERE, 3, signed=True)
        case 0x06, _:
            return Identifier(f"power factor{where}", 2, 3, signed=True)
    return None
