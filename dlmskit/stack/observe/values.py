"""COSEM Data as layers: types, values, places, and what octets probably stand for."""

from __future__ import annotations

from dlmskit.codec.axdr import decode_tree, read_length
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.codec.values import Node
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError
from dlmskit.limits import DEFAULT_LIMITS
from dlmskit.obis import Obis
from dlmskit.stack.observe.layer import Draft, Layer

_CONTAINERS = (DataType.ARRAY, DataType.STRUCTURE)
_LOGICAL_NAME_OCTETS = 6
_DATE_TIME_OCTETS = 12


def explain_data(draft: Draft, octets: bytes, offset: int, role: str = "") -> int:
    """Add the Data at ``octets[offset:]`` below `draft` and give where it ends.

    A Data that breaks off is shown as far as it goes. Raises `DecodeError`.
    """
    try:
        node, end = decode_tree(octets, offset)
    except DecodeError as error:
        _explain_broken(draft, octets, offset, role, error, DEFAULT_LIMITS.depth)
        raise error.within(*([role] if role else [])) from None
    draft.add(layer_of(node, role, draft.base))
    return end


def layer_of(node: Node, role: str = "", base: int = 0) -> Layer:
    """A decoded node and all below it as layers."""
    name = DataType(node.tag).label
    start, end = node.offset + base, node.end + base
    if isinstance(node.value, tuple):
        children = tuple(layer_of(child, f"[{index}]", base) for index, child in enumerate(node.value))
        return Layer(name, start, end, role, note=f"{len(children)} elements", children=children)
    return Layer(name, start, end, role, node.value, meaning(node.value))


def meaning(value: object) -> str:
    """What octets probably stand for: a logical name, a time, or text; empty when nothing suggests itself."""
    if not isinstance(value, bytes):
        return ""
    if len(value) == _LOGICAL_NAME_OCTETS and value[5] == 0xFF:
        return str(Obis.from_bytes(value))
    if len(value) == _DATE_TIME_OCTETS:
        try:
            return str(CosemDateTime.from_bytes(value))
        except DecodeError:
            pass
    if len(value) > 1 and all(0x20 <= octet < 0x7F for octet in value):
        return repr(value.decode("ascii"))
    return ""


def _explain_broken(draft: Draft, octets: bytes, offset: int, role: str, error: DecodeError, depth: int) -> None:
    """Show the elements before the broken one, on every level down to it. Each level is decoded once more."""
    tag = octets[offset] if offset < len(octets) else None
    if tag not in _CONTAINERS or depth == 0:
        return
    try:
        count, at = read_length(octets, offset + 1)
    except DecodeError:
        return
    broken = Draft(DataType(tag).label, offset, role, draft.base)
    draft.children.append(broken)
    broken.note = f"{count} elements announced"
    for index in range(count):
        try:
            node, at = decode_tree(octets, at)
        except DecodeError:
            _explain_broken(broken, octets, at, f"[{index}]", error, depth - 1)
            break
        broken.add(layer_of(node, f"[{index}]", broken.base))
    broken.reach(error.offset)
    draft.reach(error.offset)
