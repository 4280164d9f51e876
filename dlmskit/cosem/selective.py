"""Selective access to the buffer of a Profile generic: by a range of the sort object, or by entry numbers.

::

    range_descriptor                      entry_descriptor
      restricting_object  {class, obis,     from_entry            double-long-unsigned, 1 is the oldest row
                           attribute, index}  to_entry              double-long-unsigned, 0 is the last row
      from_value                            from_selected_value   long-unsigned, 1 is the first column
      to_value                              to_selected_value     long-unsigned, 0 is the last column
      selected_values     columns, empty for all

Both limits belong to the selection. Source: Blue Book, Profile generic, parameters for selective access.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis

BY_RANGE = 1
BY_ENTRY = 2


class CaptureObject(msgspec.Struct, frozen=True):
    """What a column of a profile holds: an attribute, and the element `data_index` of it (0 is the whole)."""

    class_id: int
    logical_name: Obis
    attribute_index: int = 2
    data_index: int = 0

    def to_data(self) -> Data:
        """capture_object_definition."""
        return data.structure(
            data.long_unsigned(self.class_id),
            data.octet_string(self.logical_name.to_bytes()),
            data.integer(self.attribute_index),
            data.long_unsigned(self.data_index),
        )

    @classmethod
    def from_value(cls, value: object) -> CaptureObject:
        """From the plain Python of a capture_object_definition. Raises `DecodeError` when it is not one.

        Elements after the fourth (restriction and columns of later versions) are not kept.
        """
        match value:
            case [int() as class_id, bytes() as name, int() as attribute, int() as index, *_] if len(name) == 6:
                return cls(class_id, Obis.from_bytes(name), attribute, index)
        raise DecodeError("wanted a capture object: {class_id, logical_name, attribute_index, data_index}")


CLOCK = CaptureObject(8, Obis(0, 0, 1, 0, 0))
"""The usual sort object of a load profile."""


class RangeDescriptor(msgspec.Struct, frozen=True):
    """Rows whose sort object lies between two values, both included; `columns` empty means all columns."""

    from_value: Data
    to_value: Data
    restricting_object: CaptureObject = CLOCK
    columns: tuple[CaptureObject, ...] = ()

    @classmethod
    def between(
        cls,
        start: CosemDateTime,
        end: CosemDateTime,
        restricting_object: CaptureObject = CLOCK,
        columns: Sequence[CaptureObject] = (),
    ) -> RangeDescriptor:
        """A range of time, with the limits as octet-strings of 12 octets as most meters want them."""
        limits = (data.octet_string(start.to_bytes()), data.octet_string(end.to_bytes()))
        return cls(*limits, restricting_object, tuple(columns))

    def to_access(self) -> SelectiveAccess:
        """The selector that goes into a GET request."""
        columns = data.array(*(column.to_data() for column in self.columns))
        parameters = data.structure(self.restricting_object.to_data(), self.from_value, self.to_value, columns)
        return SelectiveAccess(BY_RANGE, parameters)

    @classmethod
    def from_access(cls, access: SelectiveAccess) -> RangeDescriptor:
        """Read a selector back. Raises `DecodeError` when it is not a range."""
        octets = access.access_parameters.to_bytes()
        tree = access.access_parameters.tree()
        if access.access_selector != BY_RANGE or tree.tag != DataType.STRUCTURE or len(tree.value) != 4:
            raise DecodeError("wanted a range descriptor: selector 1 with a structure of 4 elements")
        restricting, _, _, columns = access.access_parameters.value
        if not isinstance(columns, list):
            raise DecodeError("selected_values of a range descriptor must be an array", tree.value[3].offset)
        low, high = (Data(octets[node.offset : node.end]) for node in tree.value[1:3])
        selected = tuple(CaptureObject.from_value(column) for column in columns)
        return cls(low, high, CaptureObject.from_value(restricting), selected)


class EntryDescriptor(msgspec.Struct, frozen=True):
    """Rows by number counted from 1, columns too; 0 as an end means the last one."""

    from_entry: int = 1
    to_entry: int = 0
    from_selected_value: int = 1
    to_selected_value: int = 0

    def to_access(self) -> SelectiveAccess:
        """The selector that goes into a GET request. Raises `EncodeError` for numbers out of range."""
        parameters = data.structure(
            data.double_long_unsigned(self.from_entry),
            data.double_long_unsigned(self.to_entry),
            data.long_unsigned(self.from_selected_value),
            data.long_unsigned(self.to_selected_value),
        )
        return SelectiveAccess(BY_ENTRY, parameters)

    @classmethod
    def from_access(cls, access: SelectiveAccess) -> EntryDescriptor:
        """Read a selector back. Raises `DecodeError` when it is not by entry."""
        match access.access_parameters.value:
            case [int() as low, int() as high, int() as first, int() as last] if access.access_selector == BY_ENTRY:
                return cls(low, high, first, last)
        raise DecodeError("wanted an entry descriptor: selector 2 with a structure of 4 numbers")
