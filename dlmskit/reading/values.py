"""Attribute values as Python people want them, and back: by the attribute's declaration and by what the meter holds.

::

    register value with its scaler        Quantity: Decimal and Unit
    time of a clock, capture time         CosemDateTime, wildcards and deviation kept
    logical name                          Obis
    name, serial number, firmware         str, where the octets are printable
    everything else                       plain Python, see `dlmskit.codec.data.Data.value`
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.codec.values import Node
from dlmskit.cosem.quantity import NUMBERS, Quantity, scale
from dlmskit.cosem.time import TimeRules, to_stamp
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, EncodeError
from dlmskit.obis import Obis, ObisPattern
from dlmskit.reading.reader import Place, ScalerUnit

_TEXTS = tuple(map(ObisPattern.parse, ("0-*:42.0.0", "*-*:96.1.*", "*-*:0.0.*", "*-*:0.2.*")))
"""names, identifications and versions: octet-strings that are meant to be read"""
_DATA = 1
_OCTETS_OF_TIME = 12
_COMPOSITES = (DataType.ARRAY, DataType.COMPACT_ARRAY, DataType.STRUCTURE)


def typed(found: Data, place: Place, attribute: int, scaler_unit: ScalerUnit | None) -> Any:
    """The value of an attribute; see the module."""
    if scaler_unit is not None and found.tag in NUMBERS:
        return Quantity(scale(found.value, scaler_unit[0]), scaler_unit[1])
    value = found.value
    if found.tag != DataType.OCTET_STRING:
        return value
    if attribute == 1 and len(value) == 6:
        return Obis.from_bytes(value)
    declared = place.declaration.attribute(attribute)
    if declared is not None and "time" in declared.name and len(value) == _OCTETS_OF_TIME:
        return _stamp(value)
    if place.class_id == _DATA and any(pattern.matches(place.obis) for pattern in _TEXTS):
        return _text(value)
    return value


def _stamp(octets: bytes) -> CosemDateTime | bytes:
    try:
        return CosemDateTime.from_bytes(octets)
    except DecodeError:
        return octets


def _text(octets: bytes) -> str | bytes:
    stripped = octets.rstrip(b"\0")
    return stripped.decode("ascii") if stripped.isascii() and stripped.decode("ascii").isprintable() else octets


def raw(value: Any, scaler_unit: ScalerUnit | None) -> Any:
    """The meter's number for a `Quantity` or `Decimal`. Raises `EncodeError` for another unit and for lost digits."""
    if isinstance(value, Quantity):
        if scaler_unit is None or (value.unit is not None and value.unit != scaler_unit[1]):
            there = "no unit" if scaler_unit is None or scaler_unit[1] is None else scaler_unit[1].symbol
            raise EncodeError(f"wanted a value in {there}, found {value}")
        value = value.value
    if isinstance(value, Decimal):
        shifted = value.scaleb(-scaler_unit[0]) if scaler_unit is not None else value
        if shifted != shifted.to_integral_value():
            raise EncodeError(f"{value} is finer than the meter resolves")
        return int(shifted)
    return value


def encoded(value: Any, tag: DataType, rules: TimeRules, shape: Node | None = None) -> Data:
    """`value` as a Data of type `tag`; `shape` is what the meter holds, for types of elements.

    A `datetime` becomes a stamp by the model's rules; times and text go into octet-strings as well. Raises
    `EncodeError` where the value does not fit.
    """
    if isinstance(value, Data):
        return value
    if tag in _COMPOSITES:
        return _composite(value, tag, rules, shape)
    if isinstance(value, datetime):
        value = to_stamp(value, rules)
    if tag == DataType.OCTET_STRING:
        if isinstance(value, CosemDateTime | CosemDate | CosemTime | Obis):
            value = value.to_bytes()
        elif isinstance(value, str):
            value = value.encode()
    return data.of(tag, value)


def _composite(value: Any, tag: DataType, rules: TimeRules, shape: Node | None) -> Data:
    if not isinstance(value, list | tuple):
        raise EncodeError(f"wanted a list for {tag.label}, found {type(value).__name__}")
    elements: tuple[Node, ...] = shape.value if shape is not None and shape.tag in _COMPOSITES else ()
    if tag == DataType.STRUCTURE:
        if len(elements) != len(value):
            raise EncodeError(
                f"wanted the {len(elements)} elements that the meter holds, found {len(value)}: pass a Data"
            )
        kinds = elements
    elif elements or not value:
        kinds = elements[:1] * len(value)
    else:
        raise EncodeError("the meter's array is empty, so the type of its elements is not known: pass a Data")
    items = [encoded(item, DataType(kind.tag), rules, kind) for item, kind in zip(value, kinds, strict=True)]
    return data.structure(*items) if tag == DataType.STRUCTURE else data.array(*items)
