"""What the behaviours of interface classes are given, and the forms they have.

A behaviour is a function in a table by Blue Book name; which objects a meter has, with which types, scalers, units and
fixed values, is the model's. A value is always read at an `Entry`: now, or when a profile captured it.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.classes import interface_class
from dlmskit.cosem.interface import InterfaceClass
from dlmskit.cosem.types import Scaled
from dlmskit.enums import DataType
from dlmskit.exceptions import DataAccessError, DecodeError, EncodeError, FirmwareModelError
from dlmskit.model.device import Association, ModelObject
from dlmskit.vmeter.blank import blank
from dlmskit.vmeter.firmware import Firmware
from dlmskit.vmeter.presence import Presence
from dlmskit.vmeter.profile import Entry
from dlmskit.vmeter.security import Security


class Asked(msgspec.Struct, frozen=True):
    """The meter, the object, the moment that is asked about, who asks, and which part of the attribute is wanted."""

    firmware: Firmware
    security: Security
    presence: Presence
    row: ModelObject
    at: Entry
    association: Association
    access: SelectiveAccess | None = None

    @property
    def client(self) -> bytes:
        """The system title of who asks, empty where none was given."""
        return self.presence.title(self.association.client_sap)

    def of(self, row: ModelObject, at: Entry) -> Asked:
        """The same question about another object and moment."""
        return Asked(self.firmware, self.security, self.presence, row, at, self.association)


_COMPOSITE = (DataType.ARRAY, DataType.STRUCTURE, DataType.COMPACT_ARRAY)

Read = Callable[[Asked], Data]
"""Raises `DataAccessError`."""
Write = Callable[[Asked, Data], None]
"""Raises `DataAccessError`."""
Invoke = Callable[[Asked, Data | None], Data | None]
"""Raises `ActionError`."""


class Behaviour(msgspec.Struct, frozen=True):
    """What instances of one interface class do, by the Blue Book's names of attributes and methods."""

    read: dict[str, Read] = {}
    write: dict[str, Write] = {}
    invoke: dict[str, Invoke] = {}


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


def stamp(asked: Asked, reading: int) -> Data:
    """A reading as an octet-string of 12 octets."""
    return data.octet_string(asked.firmware.clock.cosem(reading).to_bytes())


def moment_of(value: Data) -> CosemDateTime:
    """A date-time written as octet-string or as date-time. Raises `DataAccessError`."""
    try:
        if value.tag is DataType.OCTET_STRING:
            return CosemDateTime.from_bytes(value.value)
        if value.tag is DataType.DATE_TIME:
            return CosemDateTime.from_bytes(value.to_bytes()[1:])
    except DecodeError:
        pass
    raise DataAccessError("type-unmatched", "a date-time of 12 octets")
