"""What a model states about its objects, as Data: names, fixed and first values, else the empty ones."""

from __future__ import annotations

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.cosem.classes import interface_class
from dlmskit.cosem.interface import InterfaceClass
from dlmskit.cosem.types import Scaled
from dlmskit.enums import DataType
from dlmskit.exceptions import DataAccessError, DecodeError, EncodeError, FirmwareModelError
from dlmskit.model.device import ModelObject
from dlmskit.vmeter.blank import blank

_COMPOSITE = (DataType.ARRAY, DataType.STRUCTURE, DataType.COMPACT_ARRAY)


def declaration(row: ModelObject) -> InterfaceClass:
    """The interface class of a COSEM row."""
    return interface_class(row.class_id or 0, row.version)


def logical_name(row: ModelObject) -> Data:
    """Attribute 1 of a COSEM row. Raises `FirmwareModelError` for a row without OBIS code."""
    if row.obis is None:
        raise FirmwareModelError(f"object {row.name} has a class and no OBIS code")
    return data.octet_string(row.obis.to_bytes())


def stated(row: ModelObject, name: str) -> Data:
    """What the model itself fixes for an attribute, and where it says nothing the empty value of its type.

    Raises `DataAccessError` for an attribute that the class does not have.
    """
    attribute, declared = row.attributes.get(name), declaration(row).attribute(name)
    chosen = attribute.type if attribute is not None else None
    if attribute is not None and attribute.value is not None:
        return constant(chosen or (declared.type if declared is not None else None), attribute.value)
    if name == "value" and row.value is not None:
        return constant(row.type, row.value)
    if declared is None:
        raise DataAccessError("object-undefined", f"{row.name} {name}")
    chosen = chosen or (row.type if name == "value" or isinstance(declared.form, Scaled) else None)
    return blank(declared.form, chosen)


def constant(tag: DataType | None, value: int | str | bytes | bool) -> Data:
    """A fixed value of a model row as Data. Raises `FirmwareModelError`.

    Text with 0x is octets in hex, the whole encoding for a type with elements; bits are written as ``0101``.
    """
    if tag is None:
        raise FirmwareModelError(f"the fixed value {value!r} needs a type")
    try:
        if isinstance(value, str) and tag is DataType.BIT_STRING:
            return data.bit_string(value)
        if isinstance(value, str) and value.startswith("0x"):
            octets = bytes.fromhex(value[2:])
            return _whole(tag, octets) if tag in _COMPOSITE else data.of(tag, octets)
        return data.of(tag, value.encode("utf-8") if isinstance(value, str) else value)
    except (EncodeError, DecodeError, ValueError) as error:
        raise FirmwareModelError(f"the fixed value {value!r} does not fit its type: {error}") from None


def _whole(tag: DataType, octets: bytes) -> Data:
    value = Data(octets)
    if value.tree().tag != tag:
        raise EncodeError(f"the encoding is no {tag.label}")
    return value
