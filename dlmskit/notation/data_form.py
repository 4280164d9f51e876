"""Data in the tree: every element with its type.

Values are written as one would say them; what that does not say of the octets (a type description, a length in a longer
form, characters that a text cannot hold) stands beside or in place of the value, so that the same octets come back.
"""

from __future__ import annotations

import math
from typing import Any

from dlmskit.codec import axdr
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.codec.values import DONT_CARE, BitString, Node
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, EncodeError, LimitError
from dlmskit.limits import Limits
from dlmskit.notation import scalars
from dlmskit.notation.tree import Given, Typed, Written
from dlmskit.notation.xml_text import fits

_COMPOSITES = (DataType.ARRAY, DataType.STRUCTURE, DataType.COMPACT_ARRAY)
_TEXTS = (DataType.VISIBLE_STRING, DataType.UTF8_STRING)
_FLOATS = (DataType.FLOAT32, DataType.FLOAT64)
_MOMENTS: dict[int, Any] = {
    DataType.DATE_TIME: CosemDateTime,
    DataType.DATE: CosemDate,
    DataType.TIME: CosemTime,
}
_TYPES = {member.label: member for member in DataType}
_NOTHING = {DataType.NULL_DATA: None, DataType.DONT_CARE: DONT_CARE}


def write(data: Data) -> Typed:
    """The tree of a Data."""
    return _write_node(data.tree())


def _write_node(node: Node) -> Typed:
    kind = DataType(node.tag)
    if kind in _COMPOSITES:
        items = [_write_node(item) for item in node.value]
        return Typed(kind.label, {"form": node.form.hex(), "items": items} if node.form else items)
    if node.form:
        return Typed(kind.label, {"form": node.form.hex()})
    return Typed(kind.label, _write_scalar(kind, node.value))


def _write_scalar(kind: DataType, value: Any) -> Written:
    if kind in _NOTHING:
        return None
    if isinstance(value, bytes):
        return value.hex() if kind == DataType.OCTET_STRING else {"hex": value.hex()}
    if isinstance(value, str):
        return value if fits(value) else {"hex": value.encode().hex()}
    if isinstance(value, BitString):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if kind in _MOMENTS:
        return {name.replace("_", "-"): field for name, field in _fields(value) if field is not None}
    return value


def _fields(moment: Any) -> list[tuple[str, int | None]]:
    return [(name, getattr(moment, name)) for name in moment.__struct_fields__]


def read(given: Given, limits: Limits) -> Data:
    """The Data of a tree. Raises `DecodeError`, `LimitError` for elements nested too deep."""
    node = _read_node(given, limits.depth)
    try:
        return Data.from_bytes(axdr.encode_tree(node), limits=limits)
    except (EncodeError, DecodeError) as error:
        raise given.error(error.reason if isinstance(error, DecodeError) else str(error)) from None


def _read_node(given: Given, depth: int) -> Node:
    label, inner = given.typed()
    kind = _TYPES.get(label)
    if kind is None:
        raise given.error(f"{scalars.shown(label)} is no type of Data")
    if inner.has("form"):
        return _read_formed(kind, inner, depth)
    if kind in _COMPOSITES:
        return Node(kind, _read_items(inner, depth))
    try:
        value = _read_scalar(kind, inner)
        axdr.encode_scalar(kind, value)
    except EncodeError as error:
        raise inner.error(str(error)) from None
    return Node(kind, value)


def _read_items(given: Given, depth: int) -> tuple[Node, ...]:
    if depth == 0:
        raise LimitError(given.error("depth: Data nested too deep").reason)
    return tuple(_read_node(item, depth - 1) for item in given.items())


def _read_formed(kind: DataType, given: Given, depth: int) -> Node:
    fields = given.fields()
    wanted = {"form", "items"} if kind in _COMPOSITES else {"form"}
    if set(fields) != wanted:
        raise given.error(f"wanted the fields {', '.join(sorted(wanted))} and no other")
    form = scalars.read_hex(fields["form"])
    if kind in _COMPOSITES:
        return Node(kind, _read_items(fields["items"], depth), form=form)
    return Node(kind, None, form=form)


def _read_scalar(kind: DataType, given: Given) -> Any:
    if kind in _NOTHING:
        if given.scalar() not in (None, ""):
            raise given.error(f"{kind.label} has no value")
        return _NOTHING[kind]
    if given.has("hex"):
        return scalars.read_hex(given.fields()["hex"])
    if kind == DataType.BOOLEAN:
        return scalars.read_boolean(given)
    if kind == DataType.BIT_STRING:
        return BitString.from_str(scalars.read_text(given))
    if kind == DataType.OCTET_STRING:
        return scalars.read_hex(given)
    if kind in _TEXTS:
        return scalars.read_text(given)
    if kind in _FLOATS:
        return scalars.read_float(given)
    return _read_moment(kind, given) if kind in _MOMENTS else scalars.read_integer(given)


def _read_moment(kind: DataType, given: Given) -> Any:
    cls = _MOMENTS[kind]
    names = {name.replace("_", "-"): name for name in cls.__struct_fields__}
    values = {}
    for name, inner in given.fields().items():
        if name not in names:
            raise inner.error(f"{kind.label} has no field {scalars.shown(name)}; it has: {', '.join(names)}")
        values[names[name]] = scalars.read_integer(inner)
    return cls(**values)
