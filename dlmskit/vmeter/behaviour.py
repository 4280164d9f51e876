"""What the behaviours of interface classes are given, and the forms they have.

A behaviour is a function in a table by Blue Book name; which objects a meter has, with which types, scalers, units and
fixed values, is the model's. A value is always read at an `Entry`: now, or when a profile captured it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem import typed
from dlmskit.cosem.types import Type
from dlmskit.enums import DataType
from dlmskit.exceptions import ActionError, DataAccessError, DecodeError, EncodeError
from dlmskit.model import quirks
from dlmskit.model.device import Association, ModelObject
from dlmskit.vmeter.firmware import Firmware
from dlmskit.vmeter.presence import Presence
from dlmskit.vmeter.profile import Entry
from dlmskit.vmeter.security import Security
from dlmskit.vmeter.stated import declaration


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


def stamp(asked: Asked, reading: int) -> Data:
    """A reading as an octet-string of 12 octets."""
    shown = asked.firmware.clock.cosem(reading)
    if asked.firmware.model.quirk(quirks.DEVIATION_NOT_SPECIFIED):
        shown = msgspec.structs.replace(shown, deviation=None)
    return data.octet_string(shown.to_bytes())


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


def attribute_of(asked: Asked, name: str, value: Data) -> Any:
    """What a written attribute means. Raises `DataAccessError` for what is not of its declared form."""
    declared = declaration(asked.row).attribute(name)
    seen = typed.view(declared.form, value) if declared is not None else None
    if seen is None or seen.misfits:
        raise DataAccessError("type-unmatched", f"{asked.row.name} {name}")
    return seen.value


def parameter_of(form: Type, parameters: Data | None) -> Any:
    """What the parameter of a method means. Raises `ActionError` for what is not of this form."""
    seen = typed.view(form, parameters) if parameters is not None else None
    if seen is None or seen.misfits:
        raise ActionError("type-unmatched", f"wanted {form}")
    return seen.value


def store(asked: Asked, name: str, value: Any) -> None:
    """Keep what a method made of an attribute, and tell the organ behind the object. Raises `ActionError`."""
    declared = declaration(asked.row).attribute(name)
    assert declared is not None
    try:
        asked.firmware.written[asked.row.name, name] = typed.to_data(declared.form, value)
    except EncodeError as error:
        raise ActionError("other-reason", str(error)) from None
    asked.firmware.changed(asked.row.name, name)
