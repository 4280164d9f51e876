"""The object list of an association as typed rows.

::

    object_list_element    {class_id, version, logical_name, {attribute rights, method rights}}
    attribute right        {attribute_id, access_mode, null or access selectors}
    method right           {method_id, access_mode}      a boolean in version 0

Source: Blue Book, Association LN, object_list.
"""

from __future__ import annotations

from typing import Any

import msgspec

from dlmskit.codec.data import Data
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis

ASSOCIATION_LN = 15
_READING_MODES = frozenset({1, 3, 4, 6})
_WRITING_MODES = frozenset({2, 3, 5, 6})
_BITS_SINCE_VERSION = 3


class AttributeRights(msgspec.Struct, frozen=True):
    """What this association may do with one attribute; `access_mode` as the meter sent it."""

    access_mode: int
    readable: bool
    writable: bool
    selectors: tuple[int, ...] = ()
    """selective access that the meter offers"""


class ObjectRow(msgspec.Struct, frozen=True):
    """One object; `attributes` and `methods` by number, methods with their access mode (0 is no access)."""

    class_id: int
    version: int
    obis: Obis
    attributes: dict[int, AttributeRights] = {}
    methods: dict[int, int] = {}


def object_rows(object_list: Data) -> tuple[ObjectRow, ...]:
    """The rows of attribute 2 of an Association LN object. Raises `DecodeError` naming the row that is none."""
    elements = object_list.value
    if not isinstance(elements, list):
        raise DecodeError("an object list is an array", 0, ("object-list",))
    bits = _uses_bits(elements)
    return tuple(_row(element, f"[{index}]", bits) for index, element in enumerate(elements))


def _uses_bits(elements: list[Any]) -> bool:
    """From version 3 on access modes are bits; the association says its own version in its list."""
    versions = (e[1] for e in elements if isinstance(e, list) and len(e) == 4 and e[0] == ASSOCIATION_LN)
    return max((v for v in versions if isinstance(v, int)), default=0) >= _BITS_SINCE_VERSION


def _row(element: Any, place: str, bits: bool) -> ObjectRow:
    match element:
        case [int() as class_id, int() as version, bytes() as name, [list() as attributes, list() as methods]] if (
            len(name) == 6
        ):
            rights = (_attribute(item, place, bits) for item in attributes)
            return ObjectRow(
                class_id, version, Obis.from_bytes(name), dict(rights), dict(_method(item, place) for item in methods)
            )
    raise DecodeError("wanted {class_id, version, logical_name, access_rights}", 0, ("object-list", place))


def _attribute(item: Any, place: str, bits: bool) -> tuple[int, AttributeRights]:
    match item:
        case [int() as number, int() as mode, (None | list()) as selectors]:
            readable = bool(mode & 1) if bits else mode in _READING_MODES
            writable = bool(mode & 2) if bits else mode in _WRITING_MODES
            offered = tuple(selector for selector in selectors or () if isinstance(selector, int))
            return number, AttributeRights(mode, readable, writable, offered)
    raise DecodeError("wanted {attribute_id, access_mode, access_selectors}", 0, ("object-list", place))


def _method(item: Any, place: str) -> tuple[int, int]:
    match item:
        case [int() as number, int() as mode]:
            return number, int(mode)
    raise DecodeError("wanted {method_id, access_mode}", 0, ("object-list", place))
