"""Event logs: rows of a profile as events with their time, code and meaning.

Meanings come from the event tables of the model or its companion; without one a code stays a number.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.quantity import Quantity
from dlmskit.exceptions import DecodeError
from dlmskit.model.events import EventTable
from dlmskit.obis import Obis
from dlmskit.reading import buffer
from dlmskit.reading.profile import Profile
from dlmskit.reading.reader import Reader, Where
from dlmskit.stack.dialogue import Procedure

STANDARD_LOG = Obis(0, 0, 99, 98, 0)


class Event(msgspec.Struct, frozen=True):
    """One entry of a log. `time` is as the meter stamped it, None where it did not.

    `label` says what `code` means by `source`; both are None for a code that no table has. `details` are the other
    columns by name.
    """

    time: CosemDateTime | None
    code: int
    label: str | None
    source: str | None
    details: dict[str, Any] = {}


def events(
    reader: Reader,
    where: Where = STANDARD_LOG,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    last: int | None = None,
    table: EventTable | None = None,
) -> Procedure[tuple[Event, ...]]:
    """The events of a log, all of them, those between two aware moments, or the `last` so many.

    `table` goes before those of the model. Raises `DecodeError` for a log without a column of codes.
    """
    found = yield from buffer.profile(reader, where, start, end, last=last)
    if table is None and reader.model is not None:
        table = next((each for each in reader.model.event_tables if found.obis in each.logs), None)
    return decoded(found, table)


def decoded(log: Profile, table: EventTable | None = None) -> tuple[Event, ...]:
    """The rows of a log as events. Raises `DecodeError` for a log without a column of codes."""
    names = [column.name for column in log.columns]
    clock = next((index for index, column in enumerate(log.columns) if column.is_clock), None)
    code = _code_column(log, table)
    events = []
    for number, row in enumerate(log.rows):
        stamp = row.cells[clock] if clock is not None else None
        value = row.cells[code]
        if isinstance(value, Quantity) and value.value.is_finite() and value.value == int(value.value):
            value = int(value.value)
        if not isinstance(value, int):
            raise DecodeError(
                f"the code of an event is {type(value).__name__}", 0, ("buffer", f"[{number}]", names[code])
            )
        label = table.label(value) if table is not None else None
        rest = {names[at]: cell for at, cell in enumerate(row.cells) if at not in (clock, code)}
        time = stamp if isinstance(stamp, CosemDateTime) else None
        events.append(Event(time, value, label, table.source if table is not None and label else None, rest))
    return tuple(events)


def _code_column(log: Profile, table: EventTable | None) -> int:
    """The column that the table names, else the first that is no clock."""
    others = [index for index, column in enumerate(log.columns) if not column.is_clock]
    named = [
        index for index in others if table is not None and log.columns[index].captured.logical_name == table.column
    ]
    if not (named or others):
        raise DecodeError(f"the log {log.obis} has no column of codes")
    return (named or others)[0]
