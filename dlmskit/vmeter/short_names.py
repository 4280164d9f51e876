"""Base names of a virtual meter's objects: the standard's own where it reserves one, the model's where it states one,
the others one behind the other where there is room.

They follow from the model alone, in the order of its objects, so a meter of a model always has the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlmskit.cosem.short_names import ASSOCIATION_SN, RESERVED, STEP, ShortNamed, attribute_offset, method_offset
from dlmskit.exceptions import FirmwareModelError
from dlmskit.model.device import Association, DeviceModel, ModelObject
from dlmskit.vmeter.classes.association import visible
from dlmskit.vmeter.stated import declaration

FIRST_BASE = 0x0100
_ASSOCIATION_LN = 15
_BASE_OF = {key: base for base, key in RESERVED.items()}
_UNDECLARED = 16
"""attributes that room is left for where the class is only a number to us"""


class ShortNameSpace:
    """Where the objects of a model lie. Raises `FirmwareModelError` where the names do not suffice."""

    def __init__(self, model: DeviceModel) -> None:
        self._named = tuple(_named(model))

    def seen_by(self, association: Association) -> tuple[ShortNamed, ...]:
        """The objects that an association may do anything with."""
        return tuple(item for row, item in self._named if visible(row, association))


def _named(model: DeviceModel) -> Iterator[tuple[ModelObject, ShortNamed]]:
    stated = [range(row.base_name, row.base_name + _extent(row)) for row in model.objects if row.base_name is not None]
    following = FIRST_BASE
    for row in model.objects:
        # an Association LN has no place among short names
        if row.class_id is None or row.obis is None or row.class_id == _ASSOCIATION_LN:
            continue
        base = _BASE_OF.get((row.class_id, row.obis), row.base_name)
        if base is None:
            base = _room(following, _extent(row), stated)
            following = base + _extent(row)
            if following > ASSOCIATION_SN:
                raise FirmwareModelError(f"model {model.id} has more objects than there are short names")
        yield row, ShortNamed(base, row.class_id, row.version, row.obis)


def _room(start: int, extent: int, taken: list[range]) -> int:
    """The first name from `start` on behind which so much is free."""
    for names in sorted(taken, key=lambda each: each.start):
        if names.start < start + extent and start < names.stop:
            start = names.stop
    return start


def _extent(row: ModelObject) -> int:
    """From the base name of an object to that of the next."""
    known = declaration(row)
    attributes = [item.index for item in known.attributes] or [_UNDECLARED]
    offsets = [attribute_offset(known.class_id, row.version, number) for number in attributes]
    offsets += [method_offset(known.class_id, row.version, item.index) for item in known.methods]
    return max(offset for offset in offsets if offset is not None) + STEP
