"""Values as people type them: JSON or plain text, in the shapes that the declaration of an attribute or method wants.

::

    60, -1.5, true, null                        numbers (exact decimals), boolean, null-data
    connected                                   a label, or text
    2026-11-21T12:00+01:00                      a date-time; without an offset one without deviation
    2026-11-21, 12:00:00                        a date, a time
    0xD0D1D2                                    octets
    12.5 kWh                                    a quantity, where a scaler belongs to the value
    {"scaler": 0, "unit": "Wh"}, [1, 2]         structures by field name or in order, arrays
    {"type": "long-unsigned", "value": 5}       a Data of a stated type, as `dlmskit.notation` writes it

Names, labels and units are as `dlmskit.cosem.typed` reads them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.codec.values import BitString
from dlmskit.cosem import types
from dlmskit.cosem.quantity import NUMBERS, Quantity
from dlmskit.cosem.types import Kind, Type
from dlmskit.cosem.units import Unit
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, EncodeError
from dlmskit.limits import DEFAULT_LIMITS
from dlmskit.notation import data_from_json

_HEX = re.compile(r"0x((?:[0-9a-f]{2})*)", re.IGNORECASE)
_QUANTITY = re.compile(r"(-?[0-9.]+)\s*(\S+)")
_STATED = {"type", "value"}
_FLOATS = (DataType.FLOAT32, DataType.FLOAT64)
_MOST_CHARACTERS = 1 << 20


def parse(form: Type, text: str) -> Any:
    """What `text` means for `form`, as `dlmskit.cosem.typed.to_data` takes it. Raises `EncodeError`."""
    if len(text) > _MOST_CHARACTERS:
        raise EncodeError(f"a value of {len(text)} characters, {_MOST_CHARACTERS} are allowed")
    try:
        return shaped(form, _json(text))
    except RecursionError:
        raise EncodeError("the value is nested too deep") from None


def _json(text: str) -> Any:
    """JSON with exact numbers, and what is no JSON as it is. What looks like a list or an object must be JSON."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=str)
    except json.JSONDecodeError as error:
        if text.lstrip()[:1] in ("{", "["):
            raise EncodeError(f"no JSON: {error.msg} at character {error.pos}") from None
        return text
    except ValueError as error:  # an integer of thousands of digits
        raise EncodeError(str(error)) from None


def shaped(form: Type, value: Any) -> Any:
    """A value of JSON in the shape that `form` wants; what has none stays as it is, and is refused where it is encoded.

    Raises `EncodeError` for a stated type that does not fit its value, and for text that is no moment.
    """
    if isinstance(value, dict) and value.keys() == _STATED:
        return _stated(value)
    match form:
        case types.Structure(fields) if isinstance(value, dict):
            forms = {field.name: field.type for field in fields}
            return {name: shaped(forms.get(name, types.ANY), item) for name, item in value.items()}
        case types.Structure(fields) if isinstance(value, list) and len(value) == len(fields):
            return [shaped(field.type, item) for field, item in zip(fields, value, strict=True)]
        case types.ArrayOf(item_form) if isinstance(value, list):
            return [shaped(item_form, item) for item in value]
        case types.Choice(alternatives):
            return _choice(alternatives, value)
        case types.Any() | types.Scaled():
            return _open(form, value)
        case types.OctetString(kind) if isinstance(value, str):
            return _octets(kind, value)
        case types.Simple(tag):
            return _simple(tag, value)
    return value


def _stated(value: dict[str, Any]) -> Data:
    try:
        return data_from_json(json.dumps(value, default=float), limits=DEFAULT_LIMITS)
    except DecodeError as error:
        raise EncodeError(f"{error.reason}") from None


def _choice(alternatives: tuple[Type, ...], value: Any) -> Any:
    """In the shape of the first alternative that changes it."""
    for alternative in alternatives:
        try:
            found = shaped(alternative, value)
        except EncodeError:
            continue
        if type(found) is not type(value):
            return found
    return value


def _open(form: Type, value: Any) -> Any:
    if isinstance(value, list):
        return [_open(types.ANY, item) for item in value]
    if isinstance(value, str):
        if octets := _HEX.fullmatch(value):
            return bytes.fromhex(octets[1])
        if isinstance(form, types.Scaled) and (found := _QUANTITY.fullmatch(value)):
            return _quantity(*found.groups()) or value
    elif isinstance(value, Decimal) and isinstance(form, types.Any):
        return float(value)
    return value


def _quantity(number: str, symbol: str) -> Quantity | None:
    try:
        return Quantity(Decimal(number), Unit.from_symbol(symbol))
    except (InvalidOperation, KeyError):
        return None


def _octets(kind: Kind, value: str) -> Any:
    if octets := _HEX.fullmatch(value):
        return bytes.fromhex(octets[1])
    return _moment(_MOMENTS[kind], kind, value) if kind in _MOMENTS else value


def _simple(tag: DataType, value: Any) -> Any:
    if isinstance(value, str):
        if tag in _STAMPS:
            return _moment(_MOMENTS[_STAMPS[tag]], _STAMPS[tag], value)
        if tag is DataType.BIT_STRING:
            return BitString.from_str(value)
        if tag in NUMBERS or tag in (DataType.ENUM, DataType.BOOLEAN):
            raise EncodeError(f"{value!r} is no {tag.label}")
        return value
    return float(value) if tag in _FLOATS and isinstance(value, Decimal | int) else value


def _moment(read: Callable[[str], Any], kind: Kind, value: str) -> Any:
    try:
        return read(value)
    except ValueError:
        raise EncodeError(f"wanted a {kind} in ISO 8601, like {_LIKE[kind]}, found {value!r}") from None


def _date_time(text: str) -> CosemDateTime | datetime:
    """Aware ones become stamps by the model's time rules later."""
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is not None:
        return moment
    day, clock = moment.date(), moment.time()
    return CosemDateTime(
        day.year,
        day.month,
        day.day,
        day.isoweekday(),
        clock.hour,
        clock.minute,
        clock.second,
        clock.microsecond // 10_000,
    )


def _date(text: str) -> CosemDate:
    day = date.fromisoformat(text)
    return CosemDate(day.year, day.month, day.day, day.isoweekday())


def _time(text: str) -> CosemTime:
    clock = time.fromisoformat(text)
    return CosemTime(clock.hour, clock.minute, clock.second, clock.microsecond // 10_000)


_MOMENTS: dict[Kind, Callable[[str], Any]] = {Kind.DATE_TIME: _date_time, Kind.DATE: _date, Kind.TIME: _time}
_STAMPS = {DataType.DATE_TIME: Kind.DATE_TIME, DataType.DATE: Kind.DATE, DataType.TIME: Kind.TIME}
_LIKE = {Kind.DATE_TIME: "2026-11-21T12:00+01:00", Kind.DATE: "2026-11-21", Kind.TIME: "12:00:00"}
