"""Finding objects in short name referencing: the object list of the Association SN (class 12) as typed rows."""

from __future__ import annotations

import msgspec

from dlmskit.codec.data import Data
from dlmskit.exceptions import DataAccessError, RemoteProtocolError
from dlmskit.obis import Obis
from dlmskit.session.operations import ReadNames, ShortName
from dlmskit.stack.dialogue import Procedure

OBJECT_LIST = 0xFA08
ATTRIBUTE_STEP = 8
_BASES, _CLASSES, _VERSIONS = range(-0x8000, 0x1_0000), range(0x1_0000), range(0x100)


class ShortNamedObject(msgspec.Struct, frozen=True):
    """One object of a meter and its base name."""

    base: int
    class_id: int
    version: int
    obis: Obis

    def attribute(self, number: int) -> ShortName:
        """The variable that holds attribute `number`."""
        return ShortName((self.base + ATTRIBUTE_STEP * (number - 1)) & 0xFFFF)


def objects() -> Procedure[tuple[ShortNamedObject, ...]]:
    """Read the object list. Raises `DataAccessError` where refused and `RemoteProtocolError` for another shape."""
    (found,) = yield ReadNames((ShortName(OBJECT_LIST),))
    if isinstance(found, DataAccessError):
        raise found
    rows = found.value if isinstance(found, Data) else None
    if not isinstance(rows, list):
        raise RemoteProtocolError("the object list is no array")
    return tuple(_row(index, row) for index, row in enumerate(rows))


def _row(index: int, row: object) -> ShortNamedObject:
    match row:
        case [int() as base, int() as class_id, int() as version, bytes() as name] if (
            base in _BASES and class_id in _CLASSES and version in _VERSIONS and len(name) == 6
        ):
            return ShortNamedObject(base & 0xFFFF, class_id, version, Obis.from_bytes(name))
    raise RemoteProtocolError(f"row {index} of the object list is not (base name, class, version, logical name)")
