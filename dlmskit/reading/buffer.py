"""Reading a profile: which columns it has, which rows and columns are wanted, and the wanted rows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from dlmskit.cosem.catalogue import describe
from dlmskit.cosem.selective import CaptureObject
from dlmskit.exceptions import DecodeError, UnknownObject
from dlmskit.obis import Obis
from dlmskit.reading.buffer_request import BufferRequest
from dlmskit.reading.gathering import gathered, stamp_step
from dlmskit.reading.profile import Profile, ProfileColumn, has_null_clock, profile_rows, within
from dlmskit.reading.reader import PROFILE_GENERIC, SCALED, Reader, Where
from dlmskit.session.operations import Get
from dlmskit.stack.dialogue import Procedure

_CAPTURE_OBJECTS, _ENTRIES_IN_USE = 3, 7


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
    request = yield from requested(reader, where, start, end, first=first, last=last, entries=entries, columns=columns)
    cells = request.cells((yield from gathered(request)))[request.numbers]
    step = (yield from stamp_step(request.obis)) if has_null_clock(cells, request.columns) else 0
    found = within(profile_rows(cells, request.columns, step), request.columns, start, end, reader.rules)
    return Profile(request.obis, request.columns, found)


def requested(
    reader: Reader,
    where: Where,
    start: datetime | None,
    end: datetime | None,
    *,
    first: int | None,
    last: int | None,
    entries: tuple[int, int] | None,
    columns: Sequence[Where],
) -> Procedure[BufferRequest]:
    """The request for what the arguments of `profile` say."""
    obis = reader.obis(where)
    captured = yield from capture_columns(reader, obis)
    selected = selected_columns(reader, captured, columns)
    nothing = any(number is not None and number <= 0 for number in (first, last))
    wanted = entries if nothing else (yield from _numbers(obis, first, last, entries))
    return BufferRequest(reader, obis, captured, selected, start=start, end=end, entries=wanted, wants_nothing=nothing)


def capture_columns(reader: Reader, obis: Obis) -> Procedure[tuple[ProfileColumn, ...]]:
    """The columns of a profile with names, descriptions, scalers and units."""
    captured = (yield Get(PROFILE_GENERIC, obis, _CAPTURE_OBJECTS)).value
    if not isinstance(captured, list):
        raise DecodeError("capture_objects of a profile is an array")
    columns = []
    for item in captured:
        source = CaptureObject.from_value(item)
        seconds = source.logical_name == reader.rules.seconds
        name, words = _name(reader, source), describe(source.logical_name)
        column = ProfileColumn(name, source, description=words, seconds=seconds)
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
