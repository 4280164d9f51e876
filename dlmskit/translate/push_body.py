"""The arrangements that push bodies come in, read without knowing the meter.

::

    codes        [id] [stamp] (OBIS value | {OBIS value} | OBIS value {scaler unit} | {OBIS value {scaler unit}})* [id]
    object-list  [{class OBIS attribute index}*] value*          the list stands for its own first value or for none
    positions    value*

A body that is not clearly of an arrangement is not read by it at all.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from dlmskit.codec.values import Node
from dlmskit.cosem.quantity import NUMBERS
from dlmskit.enums import DataType
from dlmskit.obis import Obis

_STRINGS = frozenset({DataType.OCTET_STRING, DataType.VISIBLE_STRING, DataType.UTF8_STRING})
_COMPOSITES = frozenset({DataType.ARRAY, DataType.STRUCTURE, DataType.COMPACT_ARRAY})


class Item(msgspec.Struct, frozen=True):
    """One value of a body; `scaler` and `unit` (its code) where the body carries them, `class_id` where it says it."""

    value: Node
    obis: Obis | None = None
    attribute: int = 2
    scaler: int | None = None
    unit: int | None = None
    class_id: int | None = None

    @property
    def measured(self) -> bool:
        """Whether it is a number that means nothing without a scaler. A value of class 1 (Data) has none."""
        return self.value.tag in NUMBERS and self.class_id != 1


def read_codes(body: Node) -> tuple[Item, ...] | None:
    """The values of a ``codes`` body, None when it is not one."""
    if body.tag not in (DataType.ARRAY, DataType.STRUCTURE):
        return None
    found: list[Item] = []
    code: Node | None = None
    for element in body.value:
        nested = _coded(element) if code is None else None
        if nested is not None:
            found.append(nested)
        elif code is not None:
            if element.tag in _COMPOSITES:
                return None
            found.append(Item(element, Obis.from_bytes(code.value)))
            code = None
        elif (scaling := _scaler_unit(element)) is not None and found and found[-1].scaler is None:
            found[-1] = msgspec.structs.replace(found[-1], scaler=scaling[0], unit=scaling[1])
        elif _is_code(element):
            code = element
        elif element.tag in _STRINGS:
            found.append(Item(element))
        else:
            return None
    if code is not None:
        found.append(Item(code))
    return tuple(found) if any(item.obis is not None for item in found) else None


def read_object_list(body: Node) -> tuple[Item, ...] | None:
    """The values of an ``object-list`` body, the list's own entry left in, None when it is not one."""
    if body.tag != DataType.STRUCTURE or not body.value or body.value[0].tag != DataType.ARRAY:
        return None
    entries = [_entry(element) for element in body.value[0].value]
    values = body.value if len(entries) == len(body.value) else body.value[1:]
    if not entries or len(entries) != len(values):
        return None
    found = []
    for entry, value in zip(entries, values, strict=True):
        if entry is None:
            return None
        class_id, obis, attribute = entry
        found.append(Item(value, obis, attribute, class_id=class_id))
    return tuple(_with_scalers(found))


def read_positions(body: Node) -> tuple[Node, ...] | None:
    """The values of a ``positions`` body, None when it is not one."""
    if body.tag != DataType.STRUCTURE or any(element.tag in _COMPOSITES for element in body.value):
        return None
    return tuple(body.value)


def _with_scalers(items: list[Item]) -> Iterator[Item]:
    """Values of registers take the scaler_unit that was pushed beside them; it is not a value of its own."""
    scalers = {
        item.obis: scaling
        for item in items
        if item.class_id in (3, 4) and item.attribute == 3 and (scaling := _scaler_unit(item.value)) is not None
    }
    for item in items:
        if item.class_id in (3, 4) and item.obis in scalers and item.attribute in (2, 3):
            if item.attribute == 2:
                scaler, unit = scalers[item.obis]
                yield msgspec.structs.replace(item, scaler=scaler, unit=unit)
        else:
            yield item


def _coded(element: Node) -> Item | None:
    """{OBIS value} or {OBIS value {scaler unit}}."""
    if element.tag != DataType.STRUCTURE or len(element.value) not in (2, 3) or not _is_code(element.value[0]):
        return None
    value = element.value[1]
    if value.tag in _COMPOSITES:
        return None
    obis = Obis.from_bytes(element.value[0].value)
    if len(element.value) == 2:
        return Item(value, obis)
    scaling = _scaler_unit(element.value[2])
    return Item(value, obis, scaler=scaling[0], unit=scaling[1]) if scaling is not None else None


def _scaler_unit(element: Node) -> tuple[int, int] | None:
    if element.tag != DataType.STRUCTURE or len(element.value) != 2:
        return None
    scaler, unit = element.value
    return (scaler.value, unit.value) if (scaler.tag, unit.tag) == (DataType.INTEGER, DataType.ENUM) else None


def _is_code(element: Node) -> bool:
    return element.tag == DataType.OCTET_STRING and len(element.value) == 6


def _entry(element: Node) -> tuple[int, Obis, int] | None:
    """{class_id, logical_name, attribute_index, data_index, ...} of a push object list."""
    if element.tag != DataType.STRUCTURE or len(element.value) < 4:
        return None
    class_id, name, attribute, index = element.value[:4]
    tags = (class_id.tag, attribute.tag, index.tag)
    if tags != (DataType.LONG_UNSIGNED, DataType.INTEGER, DataType.LONG_UNSIGNED) or not _is_code(name):
        return None
    return class_id.value, Obis.from_bytes(name.value), attribute.value
