"""Where attributes and methods lie in short name referencing.

An object has a base name of 16 bits. Attribute n is 8 (n - 1) above it; the methods lie 8 apart as well and begin at an
offset that the standard states for each class, behind all attributes that its versions may have.

Source: Blue Book, the tables of the interface classes (column "Short name") and "Reserved base names for special COSEM
objects". Offsets without a second independent implementation that states the same are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from dlmskit.codec.data import Data, array, long, long_unsigned, octet_string, structure, unsigned
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis

STEP = 8
ASSOCIATION_SN = 0xFA00
"""base name of the current association"""
OBJECT_LIST = ASSOCIATION_SN + STEP
REPLY_TO_HLS = ASSOCIATION_SN + 0x58
"""the method that takes pass 3 of HLS and gives pass 4"""
ASSOCIATION_SN_CLASS = 12
CURRENT_ASSOCIATION = Obis(0, 0, 40, 0, 0, 255)

RESERVED: dict[int, tuple[int, Obis]] = {
    ASSOCIATION_SN: (ASSOCIATION_SN_CLASS, CURRENT_ASSOCIATION),
    0xFB00: (9, Obis(0, 0, 10, 0, 125, 255)),
    0xFC00: (17, Obis(0, 0, 41, 0, 0, 255)),
    0xFD00: (1, Obis(0, 0, 42, 0, 0, 255)),
}
"""base name -> the object that it belongs to in every meter, as class_id and logical name"""

_BASES, _CLASSES, _VERSIONS = range(-0x8000, 0x1_0000), range(0x1_0000), range(0x100)

_EVERY_VERSION: dict[int, int] = {
    3: 0x28,
    4: 0x38,
    5: 0x48,
    6: 0x30,
    7: 0x58,
    8: 0x60,
    9: 0x20,
    11: 0x10,
    17: 0x20,
    18: 0x40,
    20: 0x50,
    42: 0x60,
    61: 0x28,
    70: 0x20,
}
"""class_id -> offset of method 1"""

_ONE_VERSION: dict[tuple[int, int], tuple[int, int]] = {
    (12, 0): (1, 0x20),
    (12, 1): (3, 0x30),
    (12, 2): (3, 0x30),
    (12, 3): (3, 0x30),
    (12, 4): (3, 0x30),
    (40, 0): (1, 0x38),
    (64, 0): (1, 0x28),
    (64, 1): (1, 0x30),
    (72, 0): (1, 0x60),
}
"""class_id and version -> the first method that there is, and its offset"""


def attribute_offset(class_id: int, version: int, attribute: int) -> int | None:
    """Offset of an attribute from the base name.

    None for a number that has no short name: 0 (all attributes), a negative one, and one so high that the name would be
    that of a method.
    """
    offset, first = STEP * (attribute - 1), _first(class_id, version)
    return None if offset < 0 or (first is not None and offset >= first[1]) else offset


def method_offset(class_id: int, version: int, method: int) -> int | None:
    """Offset of a method from the base name, None where none is known."""
    first = _first(class_id, version)
    if first is None or method < first[0]:
        return None
    return first[1] + STEP * (method - first[0])


def member(class_id: int, version: int, offset: int) -> tuple[str, int] | None:
    """What lies at an offset from the base name: ``("attribute", number)``, ``("method", number)`` or None."""
    first = _first(class_id, version)
    if offset < 0 or offset % STEP:
        return None
    if first is not None and offset >= first[1]:
        return "method", first[0] + (offset - first[1]) // STEP
    return "attribute", offset // STEP + 1


def _first(class_id: int, version: int) -> tuple[int, int] | None:
    """The first method of a class and its offset."""
    if class_id in _EVERY_VERSION:
        return 1, _EVERY_VERSION[class_id]
    return _ONE_VERSION.get((class_id, version))


class ShortNamed(msgspec.Struct, frozen=True):
    """One object of a meter and its base name: an element of the object list of the Association SN."""

    base: int
    class_id: int
    version: int
    obis: Obis

    def attribute(self, number: int) -> int | None:
        """The short name of an attribute, None where it has none."""
        return _above(self.base, attribute_offset(self.class_id, self.version, number))

    def method(self, number: int) -> int | None:
        """The short name of a method, None where none is known."""
        return _above(self.base, method_offset(self.class_id, self.version, number))


CURRENT = ShortNamed(ASSOCIATION_SN, ASSOCIATION_SN_CLASS, 0, CURRENT_ASSOCIATION)
"""the association in use, whose base name is the same in every meter"""


def object_list(objects: Iterable[ShortNamed]) -> Data:
    """Attribute 2 of an Association SN that has these objects."""
    return array(
        *(
            structure(
                # base names travel as a signed long
                long((item.base ^ 0x8000) - 0x8000),
                long_unsigned(item.class_id),
                unsigned(item.version),
                octet_string(item.obis.to_bytes()),
            )
            for item in objects
        )
    )


def short_named(value: Data) -> tuple[ShortNamed, ...]:
    """The objects of an object list. Raises `DecodeError` naming the element that is none."""
    elements = value.value
    if not isinstance(elements, list):
        raise DecodeError("an object list is an array", 0, ("object-list",))
    return tuple(_element(element, f"[{index}]") for index, element in enumerate(elements))


def _element(element: Any, place: str) -> ShortNamed:
    match element:
        case [int() as base, int() as class_id, int() as version, bytes() as name] if (
            base in _BASES and class_id in _CLASSES and version in _VERSIONS and len(name) == 6
        ):
            return ShortNamed(base & 0xFFFF, class_id, version, Obis.from_bytes(name))
    raise DecodeError("wanted {base_name, class_id, version, logical_name}", 0, ("object-list", place))


def _above(base: int, offset: int | None) -> int | None:
    return None if offset is None else (base + offset) & 0xFFFF
