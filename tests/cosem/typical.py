"""One ordinary Data for each declared type, without wildcards or odd ends: what any stack should take."""

from __future__ import annotations

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.cosem import types
from dlmskit.cosem.types import Kind, Type
from dlmskit.enums import DataType

_CARRIED = {
    Kind.LOGICAL_NAME: bytes.fromhex("0000010000FF"),
    Kind.DATE_TIME: bytes.fromhex("07E80501FF0C0F1E00FF8880"),
    Kind.DATE: bytes.fromhex("07E80501FF"),
    Kind.TIME: bytes.fromhex("0C0F1E00"),
    Kind.TEXT: b"winter",
}


def typical(form: Type, name: str = "") -> Data:
    """The Data; `name` is the field's, for the few whose number must mean something."""
    match form:
        case types.Structure(fields):
            return data.structure(*(typical(field.type, field.name) for field in fields))
        case types.ArrayOf(item):
            return data.array(typical(item), typical(item))
        case types.Choice(alternatives):
            return typical(alternatives[-1], name)
        case types.Any() | types.Scaled():
            return data.long_unsigned(258)
        case types.Enumerated(labels, tag):
            return data.of(tag, min(labels))
        case types.UnitCode():
            return data.enum(30)
        case types.Flags(labels, DataType.BIT_STRING):
            return data.bit_string("1" + "0" * (len(labels) - 1))
        case types.Flags(_, tag):
            return data.of(tag, 0)
        case types.OctetString(kind, size):
            return data.octet_string(_CARRIED.get(kind, bytes.fromhex("4D4D4D0000BC614E4D4D4D0000BC614E")[: size or 8]))
    if name == "class_id":
        return data.long_unsigned(3)
    (tag,) = form.tags
    match tag:
        case DataType.BOOLEAN:
            return data.boolean(True)
        case DataType.BIT_STRING:
            return data.bit_string("10100000")
        case DataType.VISIBLE_STRING | DataType.UTF8_STRING:
            return data.of(tag, "EUR")
        case DataType.DATE_TIME:
            return data.date_time(_CARRIED[Kind.DATE_TIME])
        case DataType.NULL_DATA:
            return data.null_data()
    return data.of(tag, 1)
