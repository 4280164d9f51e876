"""Procedures on attributes and methods: typed ones by name, and the native operations one by one."""

from __future__ import annotations

from typing import Any

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.codec.data import Data, integer
from dlmskit.cosem.quantity import NUMBERS, Quantity, scale
from dlmskit.cosem.typed import view
from dlmskit.cosem.types import ANY
from dlmskit.enums import DataType
from dlmskit.exceptions import DataAccessError, DecodeError, EncodeError
from dlmskit.reading import buffer
from dlmskit.reading.reader import PROFILE_GENERIC, REGISTER, SCALED, SCALER_UNIT, Place, Reader, ScalerUnit, Where
from dlmskit.reading.values import needs_held, parameter, typed, written
from dlmskit.session.operations import Action, Get, GetList, Set
from dlmskit.stack.dialogue import Procedure


def read(
    reader: Reader, where: Where | Place, attribute: int | str = 2, *, class_id: int | None = None
) -> Procedure[Any]:
    """The value of an attribute, by number or name, typed by what is known about it.

    A register gives a `Quantity`, a clock a `CosemDateTime`, a profile's buffer a `Profile`, names and versions text,
    the rest plain Python. The class is taken from the object list if that was read, else from the model, else the
    object list is read first. Raises `UnknownObject` for what neither has.
    """
    place = yield from reader.place(where, class_id)
    number = place.attribute(attribute)
    if (place.class_id, number) == (PROFILE_GENERIC, 2):
        return (yield from buffer.profile(reader, place.obis))
    scaler_unit = yield from _scaler_unit(reader, place, number)
    found = yield Get(place.class_id, place.obis, number)
    return typed(found, place, number, scaler_unit)


def _scaler_unit(reader: Reader, place: Place, attribute: int) -> Procedure[ScalerUnit | None]:
    if attribute not in SCALED.get(place.class_id, ()):
        return None
    return (yield from reader.scaler_unit(place.class_id, place.obis))


def write(
    reader: Reader, where: Where | Place, attribute: int | str, value: Any, *, class_id: int | None = None
) -> Procedure[Data]:
    """Write an attribute, by number or name, with the type that its class declares or that the meter holds; the Data
    that was sent.

    `value` is what `read` gives, a `datetime` where the meter wants a stamp, or a `Data`, which is sent as it is.
    Raises `EncodeError` where it does not fit, and then nothing is written.
    """
    place = yield from reader.place(where, class_id)
    number = place.attribute(attribute)
    sent: Data = value if isinstance(value, Data) else (yield from _encoded(reader, place, number, value))
    yield Set(place.class_id, place.obis, number, sent)
    return sent


def _encoded(reader: Reader, place: Place, attribute: int, value: Any) -> Procedure[Data]:
    scaler_unit = yield from _scaler_unit(reader, place, attribute)
    held: Data | None = None
    if needs_held(place, attribute):
        held = yield Get(place.class_id, place.obis, attribute)
        if held is not None and held.tag == DataType.NULL_DATA:
            raise EncodeError(
                f"attribute {attribute} of {place.obis} is null-data, so its type is not known: pass a Data"
            )
    return written(value, place, attribute, scaler_unit, reader.rules, held)


def invoke(
    reader: Reader, where: Where | Place, method: int | str, value: Any = None, *, class_id: int | None = None
) -> Procedure[Any]:
    """Invoke a method, by number or name; what it returns as plain Python, None for nothing.

    `value` is encoded as the class declares it; left out it is the integer 0 where an integer is declared, and else no
    parameter. A `Data` is sent as it is. Raises `EncodeError` for a value whose type is not declared.
    """
    place = yield from reader.place(where, class_id)
    number = place.method(method)
    declared = place.declaration.method(number)
    kind = declared.parameter if declared is not None else None
    if value is None:
        parameters = integer(0) if kind is DataType.INTEGER else None
    elif isinstance(value, Data):
        parameters = value
    elif declared is None:
        raise EncodeError(f"the parameter of method {number} of {place.obis} is not declared: pass a Data")
    else:
        parameters = parameter(declared.form, value, reader.rules, declared.name)
    answer: Data | None = yield Action(place.class_id, place.obis, number, parameters)
    if answer is None:
        return None
    return view((declared.answer if declared is not None else None) or ANY, answer).value


def register(reader: Reader, where: Where, class_id: int | None = None) -> Procedure[Quantity]:
    """The scaled value of a Register, Extended register or Demand register.

    `class_id` left out is taken from the object list or the model, and else is 3. Raises `DecodeError` where neither
    the meter nor the model tells the scaler.
    """
    obis = reader.obis(where)
    known = reader.known(obis, class_id)
    class_id = class_id or (known.class_id if known is not None and known.class_id in SCALED else REGISTER)
    scaler_unit = yield from reader.scaler_unit(class_id, obis)
    if scaler_unit is None and class_id in SCALER_UNIT:
        raise DecodeError(f"the meter does not tell the scaler of {obis}, so its number says nothing")
    value = yield Get(class_id, obis, 2)
    if value.tag not in NUMBERS:
        raise DecodeError(f"the value of {obis} is no number but {value.tag.label}")
    scaler, unit = scaler_unit or (0, None)
    return Quantity(scale(value.value, scaler), unit)


def get(
    reader: Reader, class_id: int, where: Where, attribute: int = 2, access: SelectiveAccess | None = None
) -> Procedure[Data]:
    """Read one attribute, as the meter encodes it."""
    found: Data = yield Get(class_id, reader.obis(where), attribute, access)
    return found


def get_list(reader: Reader, *items: Get) -> Procedure[tuple[Data | DataAccessError, ...]]:
    """Read several attributes in one request."""
    found: tuple[Data | DataAccessError, ...] = yield GetList(items)
    return found


def set_(reader: Reader, class_id: int, where: Where, attribute: int, value: Data) -> Procedure[None]:
    """Write one attribute."""
    yield Set(class_id, reader.obis(where), attribute, value)


def action(
    reader: Reader, class_id: int, where: Where, method: int, parameters: Data | None = None
) -> Procedure[Data | None]:
    """Invoke one method."""
    found: Data | None = yield Action(class_id, reader.obis(where), method, parameters)
    return found
