"""Converters for IEC 62056-21: decimal text, labels, times and profile rows in data sets.

What an operation carries is the text between the parentheses; what it gives is a tuple of `DataSet`. The formats are
the model's (`dlmskit.model.device.Iec21Format`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from string import hexdigits
from typing import Any

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.codec.iec21 import DataSet, DataValue
from dlmskit.cosem.quantity import scale
from dlmskit.cosem.time import from_stamp, to_stamp
from dlmskit.cosem.units import Unit
from dlmskit.exceptions import NotRepresentable
from dlmskit.market.services import ProfileRow
from dlmskit.model.device import Iec21Format
from dlmskit.translate.cosem_values import drift
from dlmskit.translate.pattern import CENTURY, format_fields, parse_fields
from dlmskit.translate.program import Binding, Terms

TO_KWH = {"Wh": -3, "kWh": 0, "MWh": 3, "GWh": 6}
"""Power of ten that makes kWh of a unit"""


def text_to_meter(arguments: tuple[Any, ...], terms: Terms) -> str:
    """The argument, or the option `value`, as it is."""
    return str(arguments[0] if arguments else terms.options["value"])


def text_from_meter(arguments: tuple[Any, ...], terms: Terms) -> str:
    """The text in the data set of object `value`."""
    return value_in(arguments[0], terms.objects["value"]).value


def label_to_meter(arguments: tuple[Any, ...], terms: Terms) -> str:
    """The text that the options give the label."""
    for text, label in terms.options.items():
        if label == arguments[0]:
            return text
    raise NotRepresentable(f"this meter has no word for {arguments[0]}")


def label_from_meter(arguments: tuple[Any, ...], terms: Terms) -> Any:
    """The label (or truth value) that the options give the text in the data set of object `value`."""
    text = value_in(arguments[0], terms.objects["value"]).value
    if text not in terms.options:
        known = ", ".join(terms.options)
        raise NotRepresentable(f"{terms.objects['value'].address} is {text!r}, wanted one of {known}")
    return terms.options[text]


def energy_to_meter(arguments: tuple[Any, ...], terms: Terms) -> str:
    """kWh as the padded text of object `value`, with its unit. Raises `NotRepresentable` where digits would be lost."""
    binding, energy = terms.objects["value"], arguments[0]
    layout = _format(binding)
    number = scale(energy, -_exponent(layout.suffix, binding))
    text = f"{number:0{layout.digits + bool(layout.decimals)}.{layout.decimals}f}"
    if Decimal(text) != number or len(text) > layout.digits + bool(layout.decimals):
        raise NotRepresentable(f"{energy} kWh does not fit {layout.digits} digits, {layout.decimals} behind the point")
    return f"{text}*{layout.suffix}" if layout.suffix else text


def energy_from_meter(arguments: tuple[Any, ...], terms: Terms) -> Decimal:
    """The data set of object `value` as exact kWh; the unit is the data set's, or the model's where it has none."""
    binding = terms.objects["value"]
    return _kwh(value_in(arguments[0], binding), binding)


def time_to_meter(arguments: tuple[Any, ...], terms: Terms) -> str:
    """The first instant given, in the pattern of the one object named."""
    (binding,) = terms.objects.values()
    moment = next(argument for argument in arguments if argument is not None)
    return format_fields(to_stamp(moment, terms.time), _format(binding).pattern)


def time_from_meter(arguments: tuple[Any, ...], terms: Terms) -> datetime:
    """An instant out of one data set or text for each object named, in their order."""
    fields: dict[str, int] = {}
    for argument, binding in zip(arguments, terms.objects.values(), strict=True):
        fields.update(parse_fields(value_in(argument, binding).value, _format(binding).pattern))
    return _instant(fields, terms)


def drift_from_meter(arguments: tuple[Any, ...], terms: Terms) -> Decimal:
    """Seconds by which the clock is ahead; after the data sets the arguments are those of `cosem_values.drift`."""
    count = len(terms.objects)
    return drift(time_from_meter(arguments[:count], terms), *arguments[count:])


def range_to_meter(arguments: tuple[Any, ...], terms: Terms) -> str:
    """Start and end as ``from;to`` in the pattern of object `profile`; a `half_open` meter leaves `to` itself out."""
    pattern = _format(terms.objects["profile"]).pattern
    step = _resolution(pattern)
    try:
        start, end = (moment.astimezone(UTC) for moment in arguments)
        first = start if _floor(start, step) == start else _floor(start, step) + step
        last = _floor(end, step) + (step if terms.options.get("half_open") else timedelta(0))
    except OverflowError as error:
        raise NotRepresentable(f"the period reaches out of the calendar: {error}") from None
    return ";".join(format_fields(to_stamp(limit, terms.time), pattern) for limit in (first, last))


def range_from_meter(arguments: tuple[Any, ...], terms: Terms) -> tuple[datetime, datetime]:
    """Start and end out of ``from;to``."""
    pattern = _format(terms.objects["profile"]).pattern
    limits = str(arguments[0]).split(";")
    if len(limits) != 2:
        raise NotRepresentable(f"expected from;to, found {arguments[0]!r}")
    start, end = (_instant(parse_fields(limit, pattern), terms) for limit in limits)
    return start, end - (_resolution(pattern) if terms.options.get("half_open") else timedelta(0))


def rows_to_meter(arguments: tuple[Any, ...], terms: Terms) -> tuple[DataSet, ...]:
    """Market rows as the data sets of object `profile`; columns that are not named stay empty."""
    profile, value, status = (terms.objects[use] for use in ("profile", "value", "status"))
    value_terms = Terms(terms.time, {"value": value})
    found = []
    for row in arguments[0]:
        texts = dict.fromkeys(profile.columns, "")
        texts[str(status.address)] = "" if row.status is None else f"{row.status:02X}"
        if row.active_energy_import is not None:
            texts[str(value.address)] = energy_to_meter((row.active_energy_import,), value_terms)
        stamp = format_fields(to_stamp(row.time, terms.time), _format(profile).pattern)
        found.append(DataSet(str(profile.address), tuple(_data_value(text) for text in (stamp, *texts.values()))))
    return tuple(found)


def rows_from_meter(arguments: tuple[Any, ...], terms: Terms) -> tuple[ProfileRow, ...]:
    """Rows with start <= stamp <= end, oldest first. Arguments: data sets, start, end.

    The model's capture list says which value is which; the stamp comes first.
    """
    data_sets, start, end = arguments
    profile = terms.objects["profile"]
    rows = [_row(each, terms) for each in data_sets if each.address in (profile.address, "") and each.values[0].value]
    return tuple(sorted((row for row in rows if start <= row.time <= end), key=_time_of))


def value_in(given: str | tuple[DataSet, ...], binding: Binding) -> DataValue:
    """The first value of an object's data set, or the text that an operation carried.

    A programming mode answer may leave its address out. Raises `NotRepresentable` where the data set is not there.
    """
    if isinstance(given, str):
        return _data_value(given)
    found = [each for each in given if each.address == binding.address]
    found = found or [each for each in given if not each.address and len(given) == 1]
    if not found:
        raise NotRepresentable(f"the meter sent no data set {binding.address}")
    return found[0].values[0]


def _row(data_set: DataSet, terms: Terms) -> ProfileRow:
    profile, value, status = (terms.objects[use] for use in ("profile", "value", "status"))
    if len(data_set.values) != len(profile.columns) + 1:
        raise NotRepresentable(f"profile row of {len(data_set.values)} values, wanted {len(profile.columns) + 1}")
    texts = dict(zip(profile.columns, data_set.values[1:], strict=True))
    energy, bits = texts[str(value.address)], texts[str(status.address)].value
    time = _instant(parse_fields(data_set.values[0].value, _format(profile).pattern), terms)
    return ProfileRow(time, _kwh(energy, value) if energy.value else None, _bits(bits))


def _bits(text: str) -> int | None:
    """Status bits in hexadecimal."""
    if not text:
        return None
    if not set(text) <= set(hexdigits):
        raise NotRepresentable(f"profile status {text!r} is not hexadecimal")
    return int(text, 16)


def _time_of(row: ProfileRow) -> datetime:
    return row.time


def _kwh(value: DataValue, binding: Binding) -> Decimal:
    return scale(value.number, _exponent(value.unit, binding))


def _exponent(unit: str, binding: Binding) -> int:
    """The power of ten that makes kWh."""
    if unit in TO_KWH:
        return TO_KWH[unit]
    if unit or binding.unit != Unit.WATT_HOUR:
        raise NotRepresentable(f"expected active energy in kWh, {binding.address} is in {unit or 'no unit'}")
    return binding.scaler - 3


def _instant(fields: dict[str, int], terms: Terms) -> datetime:
    missing = {"YY", "MM", "DD", "hh", "mm"} - fields.keys()
    if missing:
        raise NotRepresentable(f"the meter's time lacks {', '.join(sorted(missing))}")
    year, month, day, hour, minute = (fields[name] for name in ("YY", "MM", "DD", "hh", "mm"))
    stamp = CosemDateTime(CENTURY + year, month, day, None, hour, minute, fields.get("ss", 0), 0)
    return from_stamp(stamp, terms.time)


def _format(binding: Binding) -> Iec21Format:
    if binding.format is None:
        raise NotRepresentable(f"{binding.obis} has no IEC 62056-21 format")
    return binding.format


def _resolution(pattern: str) -> timedelta:
    return timedelta(seconds=1) if "ss" in pattern else timedelta(minutes=1)


def _floor(moment: datetime, step: timedelta) -> datetime:
    return moment - (moment - datetime.min.replace(tzinfo=UTC)) % step


def _data_value(text: str) -> DataValue:
    value, _, unit = text.partition("*")
    return DataValue(value, unit)
