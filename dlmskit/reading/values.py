"""Attribute values as Python people want them, and back: by the attribute's declaration and by what the meter holds.

::

    register value with its scaler        Quantity: Decimal and Unit
    name, serial number, firmware         str, where the octets are printable
    everything else                       as its declaration means it, see `dlmskit.cosem.typed`
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dlmskit.codec.data import Data
from dlmskit.cosem.time import TimeRules, to_stamp
from dlmskit.cosem.typed import to_data, view
from dlmskit.cosem.types import ANY, Type
from dlmskit.enums import DataType
from dlmskit.obis import ObisPattern
from dlmskit.reading.reader import Place, ScalerUnit

_TEXTS = tuple(map(ObisPattern.parse, ("0-*:42.0.0", "*-*:96.1.*", "*-*:0.0.*", "*-*:0.2.*")))
"""names, identifications and versions: octet-strings that are meant to be read"""
_DATA = 1


def typed(found: Data, place: Place, attribute: int, scaler_unit: ScalerUnit | None) -> Any:
    """The value of an attribute; see the module. What does not fit its declaration is a `Data` in its place."""
    if place.class_id == _DATA and found.tag is DataType.OCTET_STRING and attribute == 2:
        return _text(found.value) if any(pattern.matches(place.obis) for pattern in _TEXTS) else found.value
    return view(_form(place, attribute), found, scaling=scaler_unit).value


def _form(place: Place, attribute: int) -> Type:
    declared = place.declaration.attribute(attribute)
    return declared.form if declared is not None else ANY


def _text(octets: bytes) -> str | bytes:
    stripped = octets.rstrip(b"\0")
    return stripped.decode("ascii") if stripped.isascii() and stripped.decode("ascii").isprintable() else octets


def needs_held(place: Place, attribute: int) -> bool:
    """Whether the declaration leaves a choice that only what the meter holds decides."""
    return not _form(place, attribute).closed


def written(
    value: Any, place: Place, attribute: int, scaler_unit: ScalerUnit | None, rules: TimeRules, held: Data | None = None
) -> Data:
    """`value`, in the shapes that `typed` gives, as the attribute's Data; `held` is what the meter has in it.

    A `datetime` becomes a stamp by the model's rules. Raises `EncodeError` that names the place of what does not fit.
    """
    declared = place.declaration.attribute(attribute)
    name = declared.name if declared is not None else f"attribute {attribute}"
    return to_data(_form(place, attribute), _stamped(value, rules), like=held, scaling=scaler_unit, name=name)


def parameter(form: Type, value: Any, rules: TimeRules, name: str) -> Data:
    """The parameter of a method. Raises `EncodeError`."""
    return to_data(form, _stamped(value, rules), name=name)


def _stamped(value: Any, rules: TimeRules) -> Any:
    """`value` with stamps for datetimes, wherever they are."""
    if isinstance(value, datetime):
        return to_stamp(value, rules)
    if isinstance(value, dict):
        return {name: _stamped(item, rules) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_stamped(item, rules) for item in value]
    return value
