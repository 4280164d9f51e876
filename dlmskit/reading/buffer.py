"""Reading the buffer of a Profile generic, and going on after drops of the line.

After a line that broke and stands again only the rows behind the last whole one are asked for; the last one comes once
more and shows that nothing is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from dlmskit.codec.data import Data
from dlmskit.cosem.catalogue import describe
from dlmskit.cosem.selective import CaptureObject
from dlmskit.exceptions import DecodeError, LocalProtocolError, ServiceError, UnknownObject
from dlmskit.obis import Obis
from dlmskit.reading.buffer_request import BufferRequest
from dlmskit.reading.profile import Profile, ProfileColumn, ProfileRow, has_null_clock, profile_rows, within
from dlmskit.reading.reader import NOT_OFFERED, PROFILE_GENERIC, SCALED, Reader, Where
from dlmskit.reading.resumption import joined, whole_rows
from dlmskit.session.operations import Get
from dlmskit.stack.dialogue import Procedure, Resumable

_MOST_STALLS = 3
"""drops in a row that brought no row before a profile is given up"""
_CAPTURE_OBJECTS, _CAPTURE_PERIOD, _SORT_METHOD, _ENTRIES_IN_USE = 3, 4, 5, 7
_FIFO = 1
_IN_TIME = {_FIFO: 1, 2: -1}
"""which way time goes from row to row, by sort_method: fifo and lifo; by the others it goes no way"""


def profile(
    reader: Reader,
    where: Where,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    first: int | None = None,
    last: int | None = None,
    entries: tuple[int, int] | None = None,
    columns: Sequence[Where] = (),
) -> Procedure[Profile]:
    """Rows of a profile: all of them, those between two aware moments (both included), the `first` or the `last` so
    many in the meter's order, or `entries` by number from 1 (both included, 0 as the second is the last).

    `columns` are names or logical names of the columns that are wanted; those of the clock come with them. What the
    meter does not select is cut here. Raises `UnknownObject` for a column that the profile has not, `DecodeError` for
    rows of another shape, and `TransportError` for a line that broke, where the client may not reconnect or nothing
    more comes when it does.
    """
    obis = reader.obis(where)
    captured = yield from capture_columns(reader, obis)
    selected = selected_columns(reader, captured, columns)
    if any(number is not None and number <= 0 for number in (first, last)):
        return Profile(obis, tuple(captured[index] for index in selected), ())
    wanted = yield from _numbers(obis, first, last, entries)
    request = BufferRequest(reader, captured, selected, start=start, end=end, entries=wanted)
    found = yield from _rows(obis, request)
    if start is not None or end is not None:
        found = within(found, request.columns, start, end, reader.rules)
    return Profile(obis, request.columns, found)


def capture_columns(reader: Reader, obis: Obis) -> Procedure[tuple[ProfileColumn, ...]]:
    """The columns of a profile with names, descriptions, scalers and units."""
    captured = (yield Get(PROFILE_GENERIC, obis, _CAPTURE_OBJECTS)).value
    if not isinstance(captured, list):
        raise DecodeError("capture_objects of a profile is an array")
    columns = []
    for item in captured:
        source = CaptureObject.from_value(item)
        column = ProfileColumn(_name(reader, source), source, description=describe(source.logical_name))
        if source.data_index == 0 and source.attribute_index in SCALED.get(source.class_id, ()):
            scaler_unit = yield from reader.scaler_unit(source.class_id, source.logical_name)
            if scaler_unit is not None:
                column = msgspec.structs.replace(column, scaler=scaler_unit[0], unit=scaler_unit[1])
        columns.append(column)
    return tuple(columns)


def _name(reader: Reader, source: CaptureObject) -> str:
    row = reader.model.object_at(source.class_id, source.logical_name) if reader.model is not None else None
    name = row.name if row is not None else str(source.logical_name)
    attribute = "" if source.attribute_index == 2 else f"/{source.attribute_index}"
    return f"{name}{attribute}" + (f"[{source.data_index}]" if source.data_index else "")


def selected_columns(reader: Reader, captured: Sequence[ProfileColumn], names: Sequence[Where]) -> tuple[int, ...]:
    """Indexes of the wanted columns in the order of capture, with the clock; all of them where none is named."""
    if isinstance(names, str | Obis):
        names = (names,)
    if not names:
        return tuple(range(len(captured)))
    wanted = {index for index, column in enumerate(captured) if column.is_clock}
    for name in names:
        found = [index for index, column in enumerate(captured) if column.name == name]
        if not found:
            with suppress(DecodeError):
                obis = reader.obis(name)
                found = [index for index, column in enumerate(captured) if column.captured.logical_name == obis]
        if not found:
            there = ", ".join(column.name for column in captured)
            raise UnknownObject(f"the profile has no column {name} (it has: {there})")
        wanted.update(found)
    return tuple(sorted(wanted))


def _numbers(
    obis: Obis, first: int | None, last: int | None, entries: tuple[int, int] | None
) -> Procedure[tuple[int, int] | None]:
    if last is None:
        return (1, first) if first is not None else entries
    in_use = (yield Get(PROFILE_GENERIC, obis, _ENTRIES_IN_USE)).value
    if not isinstance(in_use, int):
        raise DecodeError(f"entries_in_use of {obis} is no number")
    return max(in_use - last + 1, 1), in_use


def _rows(obis: Obis, request: BufferRequest) -> Procedure[tuple[ProfileRow, ...]]:
    found: tuple[ProfileRow, ...] = ()
    stalls = 0
    while True:
        try:
            answer = yield Resumable(Get(PROFILE_GENERIC, obis, 2, request.access(found)))
        except (ServiceError, LocalProtocolError) as error:
            request.refused(error)
            continue
        broken = None if isinstance(answer, Data) else answer.error
        cells = request.cells(whole_rows(answer.octets) if broken is not None else answer)
        if broken is not None:
            request.direction = yield from direction(obis)
        step = (yield from stamp_step(obis)) if has_null_clock(cells, request.columns) else 0
        more = joined(found, profile_rows(cells, request.columns, step), request.columns)
        if broken is None and more is not None:
            return more
        stalls = 0 if more is not None and len(more) > len(found) else stalls + 1
        if stalls > _MOST_STALLS:
            raise broken or DecodeError(f"the rows of {obis} change while they are read", 0, ("buffer",))
        if more is not None or broken is None:
            found = more or ()


def stamp_step(obis: Obis) -> Procedure[int]:
    """Seconds from one row's stamp to the next one's: negative where the newest row comes first, 0 if nothing says."""
    period = yield from _told(obis, _CAPTURE_PERIOD, 0)
    return period * (yield from direction(obis)) if period else 0


def direction(obis: Obis) -> Procedure[int]:
    """1 where the oldest row comes first, -1 where the newest does, 0 where rows are sorted by something else.

    A meter that does not tell its sort method is taken to put new rows behind the others, as most do.
    """
    return _IN_TIME.get((yield from _told(obis, _SORT_METHOD, _FIFO)), 0)


def _told(obis: Obis, attribute: int, otherwise: int) -> Procedure[int]:
    try:
        value = (yield Get(PROFILE_GENERIC, obis, attribute)).value
    except ServiceError as error:
        if error.result not in NOT_OFFERED:
            raise
        return otherwise
    return value if isinstance(value, int) else otherwise
