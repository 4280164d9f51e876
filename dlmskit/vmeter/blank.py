"""What an attribute holds that neither firmware nor model fills: the empty value of its declared type.

A meter as delivered has such attributes too: empty arrays, zeros, dates that are not specified.
"""

from __future__ import annotations

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.values import BitString
from dlmskit.cosem import types
from dlmskit.cosem.types import Kind, Type
from dlmskit.enums import DataType

NO_UNIT = 255
_EMPTY = {
    DataType.NULL_DATA: None,
    DataType.BOOLEAN: False,
    DataType.BIT_STRING: BitString(b"", 0),
    DataType.OCTET_STRING: b"",
    DataType.VISIBLE_STRING: b"",
    DataType.UTF8_STRING: b"",
}
_OPEN = {Kind.DATE_TIME: bytes.fromhex("FFFFFFFFFFFFFFFFFF8000FF"), Kind.DATE: b"\xff" * 5, Kind.TIME: b"\xff" * 4}
_OPEN_BY_TAG = {
    DataType.DATE_TIME: _OPEN[Kind.DATE_TIME],
    DataType.DATE: _OPEN[Kind.DATE],
    DataType.TIME: _OPEN[Kind.TIME],
}


def blank(form: Type, tag: DataType | None = None) -> Data:
    """The empty value of a type; `tag` is what the object has chosen where the type leaves a choice."""
    match form:
        case types.Simple():
            return zero(form.tag)
        case types.OctetString():
            return data.octet_string(_OPEN.get(form.kind, bytes(form.size or 0)))
        case types.Enumerated():
            return data.of(form.tag, min(form.labels, default=0))
        case types.Flags():
            return _flags(form)
        case types.UnitCode():
            return data.enum(NO_UNIT)
        case types.Structure():
            return data.structure(*(blank(field.type) for field in form.fields))
        case types.ArrayOf():
            return data.array()
        case types.Choice():
            return blank(form.alternatives[0], tag)
    return data.null_data() if tag is None else zero(tag)


def zero(tag: DataType) -> Data:
    """The empty value of a type on the wire."""
    if tag in (DataType.ARRAY, DataType.COMPACT_ARRAY):
        return data.array()
    if tag is DataType.STRUCTURE:
        return data.structure()
    if tag in _OPEN_BY_TAG:
        return Data(bytes((tag,)) + _OPEN_BY_TAG[tag])
    return data.of(tag, _EMPTY.get(tag, 0))


def _flags(form: types.Flags) -> Data:
    if form.tag is not DataType.BIT_STRING:
        return data.of(form.tag, 0)
    count = len(form.labels)
    return data.bit_string(BitString(bytes((count + 7) // 8), count))
