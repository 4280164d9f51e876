"""APDUs in A-XDR as layers: the wire forms that decode a message also say where each of its fields stands."""

from __future__ import annotations

from enum import IntFlag
from typing import Any

from dlmskit.apdu.sequence import Sequence, asn1_name
from dlmskit.apdu.wire import DATA, Choice, Nested, Optional, SequenceOf, Wire, take
from dlmskit.codec.axdr import read_length
from dlmskit.exceptions import DecodeError
from dlmskit.limits import DEFAULT_LIMITS, Tolerance
from dlmskit.stack.observe.layer import Draft
from dlmskit.stack.observe.values import explain_data, meaning

_BLOCK_CONTROL = ((0x80, "the last block"), (0x40, "streaming"))


class SequenceExplainer:
    """Walks the fields of one message; drafts count in its octets."""

    def __init__(self, octets: bytes, tolerance: Tolerance) -> None:
        self._octets = octets
        self._tolerance = tolerance

    def fields(self, draft: Draft, sequence: type[Sequence], offset: int) -> int:
        """Add the fields of `sequence` that begin at `offset`; gives where they end. Raises `DecodeError`."""
        hidden = sequence.HIDDEN
        for attribute, name, wire in sequence.WIRES:
            offset = self._field(draft, wire, name, offset, attribute in hidden)
        return offset

    def _field(self, draft: Draft, wire: Wire, name: str, offset: int, hidden: bool = False) -> int:
        if isinstance(wire, Optional) and not hidden:
            if take(self._octets, offset, 1)[0] == 1:
                return self._field(draft, wire.inner, name, offset + 1)
        elif isinstance(wire, Choice):
            return self._choice(draft, wire, name, offset)
        elif isinstance(wire, SequenceOf):
            return self._items(draft, wire.item, name, offset)
        elif isinstance(wire, Nested):
            return self._nested(draft, wire.sequence, name, offset)
        elif wire is DATA:
            return explain_data(draft, self._octets, offset, name)
        return self._leaf(draft, wire, name, offset, hidden)

    def _choice(self, draft: Draft, wire: Choice, name: str, offset: int) -> int:
        try:
            kind, inner = wire.chosen(self._octets, offset)
        except DecodeError as error:
            raise error.within(name) from None
        end = self._field(draft, inner, name, offset + 1)
        if isinstance(inner, Nested) and isinstance(child := draft.children[-1], Draft):
            child.note = asn1_name(kind.__name__)
        return end

    def _leaf(self, draft: Draft, wire: Wire, name: str, offset: int, hidden: bool) -> int:
        try:
            value, end = wire.read(self._octets, offset, DEFAULT_LIMITS, self._tolerance)
        except DecodeError as error:
            raise error.within(name) from None
        if hidden and value is not None:
            value = f"{len(value)} octets, hidden"
        draft.field(name, value, offset, end, _note(name, value))
        return end

    def _nested(self, draft: Draft, sequence: type[Sequence], name: str, offset: int) -> int:
        with draft.layer(name, offset) as child:
            return self.fields(child, sequence, offset)

    def _items(self, draft: Draft, item: Wire, name: str, offset: int) -> int:
        with draft.layer(name, offset) as child:
            count, at = read_length(self._octets, offset)
            if count > len(self._octets) - at:
                raise DecodeError(f"{count} items announced, {len(self._octets) - at} octets left", offset)
            child.note = f"{count} items"
            for index in range(count):
                at = self._field(child, item, f"[{index}]", at)
            child.reach(at)
        return at


def _note(name: str, value: Any) -> str:
    if name in ("invoke-id-and-priority", "long-invoke-id-and-priority") and isinstance(value, int):
        return _invoke_id(name, value)
    if name == "block-control" and isinstance(value, int):
        return ", ".join(word for bit, word in _BLOCK_CONTROL if value & bit)
    if isinstance(value, IntFlag):
        return ", ".join(getattr(value, "labels", ()))
    return meaning(value)


def _invoke_id(name: str, value: int) -> str:
    if name.startswith("long"):
        return f"invoke id {value & 0xFF_FFFF}{', high priority' if value >> 31 else ''}"
    confirmed = "confirmed" if value & 0x40 else "unconfirmed"
    return f"invoke id {value & 0x0F}, {confirmed}{', high priority' if value & 0x80 else ''}"
