"""Pushes of a kind that was explained before, read by their pattern.

A meter sends the same list again and again, and only its numbers and stamps change. So a body that `explain` has read
leaves a pattern: every octet that is not of a number or a stamp must be the same again, and then the readings are made
without a look at grammars and templates. Their choice hangs on no number, with two exceptions that leave no pattern:
templates that agree for the values of one body, and a scaler that is not known.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec

from dlmskit.apdu.notification import DataNotification, EventNotificationRequest
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.quantity import scaling_by
from dlmskit.cosem.units import Unit
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError
from dlmskit.model.push import PushField, PushTemplate
from dlmskit.obis import Obis
from dlmskit.translate.push import Candidate, Push, Reading, explained, moment_of, scaling
from dlmskit.translate.push_body import Item

_MOST_LENGTHS, _MOST_OF_A_LENGTH = 256, 8
_LAYOUT = {
    DataType.INTEGER: "b",
    DataType.LONG: "h",
    DataType.DOUBLE_LONG: "i",
    DataType.LONG64: "q",
    DataType.UNSIGNED: "B",
    DataType.LONG_UNSIGNED: "H",
    DataType.DOUBLE_LONG_UNSIGNED: "I",
    DataType.LONG64_UNSIGNED: "Q",
}
_STAMP = "12s"


Shown = tuple[int, str, Obis | None, Unit | None, bool]
"""a reading that comes out: its row, and name, code, unit and `scaled`, which are the same each time"""


class _Pattern(msgspec.Struct, frozen=True):
    """`closed` are the bits of the body that must be as in `fixed`; `layout` takes the open values out of it.

    `values` are those of all rows, of which `converted` gives the open ones anew.
    """

    closed: int
    fixed: int
    layout: struct.Struct
    values: tuple[Any, ...]
    converted: tuple[tuple[int, Callable[[Any], Any]], ...]
    shown: tuple[Shown, ...]
    clock: int | None
    """which row is the stamp of all readings"""
    grammar: str
    template: str

    def read(self, octets: bytes, sent: CosemDateTime | None, authenticated: bool | None) -> Push | None:
        """What the body says, None where it does not fit."""
        if int.from_bytes(octets, "big") & self.closed != self.fixed:
            return None
        values = list(self.values)
        try:
            for (row, convert), value in zip(self.converted, self.layout.unpack(octets), strict=True):
                values[row] = convert(value)
        except DecodeError:
            return None
        time = sent if self.clock is None else values[self.clock]
        readings = [
            Reading(name, values[row], obis, unit, time, scaled, authenticated)
            for row, name, obis, unit, scaled in self.shown
        ]
        return Push(tuple(readings), time, self.grammar, self.template)


class PushReader:
    """`explain` with these templates, many times quicker for bodies of a kind that came before. Not for threads."""

    def __init__(self, templates: Iterable[PushTemplate] = ()) -> None:
        self._templates = tuple(templates)
        self._patterns: dict[tuple[int, bool], deque[_Pattern]] = {}

    def explain(
        self, notification: DataNotification | EventNotificationRequest, *, authenticated: bool | None = None
    ) -> Push:
        """What a notification says, as `dlmskit.translate.push.explain` has it; nothing is raised."""
        if isinstance(notification, EventNotificationRequest):
            return explained(notification, self._templates, authenticated)[0]
        octets, sent = notification.notification_body.to_bytes(), moment_of(notification.date_time)
        kind = len(octets), sent is None
        for pattern in self._patterns.get(kind, ()):
            if (push := pattern.read(octets, sent, authenticated)) is not None:
                return push
        push, found = explained(notification, self._templates, authenticated)
        if found is not None and (learnt := _pattern(found, octets)) is not None:
            if len(self._patterns) >= _MOST_LENGTHS and kind not in self._patterns:
                del self._patterns[next(iter(self._patterns))]
            self._patterns.setdefault(kind, deque(maxlen=_MOST_OF_A_LENGTH)).appendleft(learnt)
        return push


def _pattern(found: Candidate, octets: bytes) -> _Pattern | None:
    """The pattern of a body that was read so, None where its numbers had a say in that."""
    if any(field is not None and field.scaler == "unknown" for _, field in found.sources):
        return None
    closed = bytearray(b"\xff" * len(octets))
    layout, at = ">", 0
    converted: list[tuple[int, Callable[[Any], Any]]] = []
    shown: list[Shown] = []
    clock = None
    for row, (reading, (item, field)) in enumerate(zip(found.readings, found.sources, strict=True)):
        stamp = isinstance(reading.value, CosemDateTime)
        if not stamp or reading.obis is not None:
            shown.append((row, reading.name, reading.obis, reading.unit, reading.scaled))
        node = item.value
        code = _STAMP if stamp else _LAYOUT.get(DataType(node.tag))
        if code is None:
            continue
        size = struct.calcsize(">" + code)
        start = node.end - size
        if start < at:  # a value that stands before the one read before it
            return None
        closed[start : node.end] = bytes(size)
        layout += f"{start - at}x{code}"
        at = node.end
        converted.append((row, _conversion(reading, item, field)))
        if stamp and clock is None and (reading.obis is None or reading.obis.d == 0):
            clock = row
    mask = int.from_bytes(closed, "big")
    whole = struct.Struct(f"{layout}{len(octets) - at}x")
    return _Pattern(
        closed=mask,
        fixed=int.from_bytes(octets, "big") & mask,
        layout=whole,
        values=tuple(reading.value for reading in found.readings),
        converted=tuple(converted),
        shown=tuple(shown),
        clock=clock,
        grammar=found.grammar,
        template=found.template,
    )


def _conversion(reading: Reading, item: Item, field: PushField | None) -> Callable[[Any], Any]:
    """From what stands in the body to the reading's value."""
    if isinstance(reading.value, CosemDateTime):
        return CosemDateTime.from_bytes
    if not isinstance(reading.value, Decimal):
        return int
    scaler, _ = scaling(item, field)
    return scaling_by(scaler) if isinstance(scaler, int) and scaler else Decimal
