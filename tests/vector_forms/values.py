"""A-XDR values, dates and OBIS codes in the JSON form of the vectors."""

from __future__ import annotations

from typing import Any

from dlmskit.codec.axdr import encode_tree
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.codec.values import BitString, Node
from dlmskit.enums import DataType
from dlmskit.obis import Obis, ObisPattern

_HEX_TYPES = (DataType.OCTET_STRING, DataType.DATE_TIME, DataType.DATE, DataType.TIME)


def data_form(data: Data) -> Any:
    return node_form(data.tree())


def node_form(node: Node) -> Any:
    kind = DataType(node.tag)
    if kind is DataType.COMPACT_ARRAY:
        described, _ = _type_form(node.form, 0)
        return {"t": kind.label, "v": {"type": described, "items": [node_form(item) for item in node.value]}}
    return {"t": kind.label, "v": _value_form(kind, node.value)}


def _value_form(kind: DataType, value: Any) -> Any:
    match value:
        case tuple():
            return [node_form(item) for item in value]
        case bytes():
            return value.hex() if kind in _HEX_TYPES else f"hex:{value.hex()}"
        case BitString():
            return str(value)
        case str() | int() | float() | None:
            return value
    return value.to_bytes().hex() if kind in _HEX_TYPES else None


def _type_form(description: bytes, offset: int) -> tuple[Any, int]:
    """The type description of a compact-array; more may follow it in a node's form."""
    kind = DataType(description[offset])
    if kind is DataType.ARRAY:
        count = int.from_bytes(description[offset + 1 : offset + 3], "big")
        item, end = _type_form(description, offset + 3)
        return {"array": [count, item]}, end
    if kind is not DataType.STRUCTURE:
        return kind.label, offset + 1
    members, end = [], offset + 2
    for _ in range(description[offset + 1]):
        member, end = _type_form(description, end)
        members.append(member)
    return {"structure": members}, end


def rebuilt(data: Data) -> Data:
    """The same value, encoded anew from its tree."""
    return Data(encode_tree(data.tree()))


def date_time_form(value: CosemDateTime) -> dict[str, Any]:
    names = ("year", "month", "day", "day_of_week", "hour", "minute", "second", "hundredths")
    form = {name: getattr(value, name) for name in names}
    return form | {"deviation_minutes": value.deviation, "clock_status": value.status}


def obis_form(value: Obis | ObisPattern) -> dict[str, Any]:
    form: dict[str, Any] = {group: getattr(value, group) for group in "abcdef"}
    return form | {"dotted": value.dotted} if isinstance(value, Obis) else form
