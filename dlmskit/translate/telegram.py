"""What a text telegram says: the same readings as of a push, from the data sets of a P1 port or a read-out.

Texts carry their own unit and decimal point, so nothing has to be added but the meaning of the code. Stamps are
``YYMMDDhhmmss`` and S or W for summer or winter time; they are civil time without a deviation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from dlmskit.codec.date_time import STATUS_DAYLIGHT_SAVING, CosemDateTime
from dlmskit.codec.iec21.dataset import DataSet, DataValue
from dlmskit.cosem import Unit, describe, scale
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis
from dlmskit.translate.push import Reading

_STAMP = re.compile("([0-9]{2})" * 6 + "([SW])?")
_PREFIXES = {"": 0, "k": 3, "M": 6}
_UNITS = {
    "wh": Unit.WATT_HOUR,
    "varh": Unit.VAR_HOUR,
    "vah": Unit.VOLT_AMPERE_HOUR,
    "w": Unit.WATT,
    "var": Unit.VAR,
    "va": Unit.VOLT_AMPERE,
    "v": Unit.VOLT,
    "a": Unit.AMPERE,
    "hz": Unit.HERTZ,
    "m3": Unit.CUBIC_METRE,
    "s": Unit.SECOND,
}


def label_telegram(data_sets: Iterable[DataSet], *, authenticated: bool | None = None) -> tuple[Reading, ...]:
    """A reading for each data set with a value, in their order.

    A stamp before the value in the same data set is the time of that reading; otherwise it is that of the telegram's
    clock, 0-0:1.0.0. A value in a unit that is not known, and a data set of several values, stay text.
    """
    found = [(data_set, _obis(data_set.address)) for data_set in data_sets]
    clock = next((_stamp(row.values[0].value) for row, obis in found if obis == Obis(0, 0, 1, 0, 0)), None)
    readings: list[Reading] = []
    value: Decimal | str | CosemDateTime
    unit: Unit | None
    for data_set, obis in found:
        values = data_set.values
        own = _stamp(values[0].value) if len(values) == 2 else None
        if own is None and len(values) > 1:
            value, unit = "".join(f"({each})" for each in values), None
        else:
            value, unit = _value(values[-1], stamp=obis is not None and (obis.c, obis.d) == (1, 0))
        name = (describe(obis) if obis is not None else None) or data_set.address
        readings.append(Reading(name, value, obis, unit, own or clock, authenticated=authenticated))
    return tuple(readings)


def _obis(address: str) -> Obis | None:
    try:
        return Obis.parse(address)
    except DecodeError:
        return None


def _value(shown: DataValue, *, stamp: bool) -> tuple[Decimal | str | CosemDateTime, Unit | None]:
    if stamp and (time := _stamp(shown.value)) is not None:
        return time, None
    unit, power = _unit(shown.unit)
    if unit is None:
        return str(shown), None
    try:
        number = shown.number
    except DecodeError:
        return str(shown), None
    return scale(number, power), unit


def _unit(text: str) -> tuple[Unit | None, int]:
    for prefix, power in _PREFIXES.items():
        if text.startswith(prefix) and (unit := _UNITS.get(text[len(prefix) :].lower())) is not None:
            return unit, power
    return None, 0


def _stamp(text: str) -> CosemDateTime | None:
    match = _STAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(group) for group in match.groups()[:6])
    status = None if match[7] is None else STATUS_DAYLIGHT_SAVING if match[7] == "S" else 0
    stamp = CosemDateTime(2000 + year, month, day, None, hour, minute, second, None, None, status)
    try:
        return CosemDateTime.from_bytes(stamp.to_bytes())
    except ValueError:
        return None
