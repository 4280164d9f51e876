"""Profile generic (class 7): a profile's memory, whole or in part; its rows are structures in the model's types.

Selective access: 1 by range of the clock column, 2 by entry. Both can restrict the columns.
Source: Blue Book, Profile generic, range_descriptor and entry_descriptor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.codec.values import Node
from dlmskit.cosem.time import from_seconds
from dlmskit.enums import DataType
from dlmskit.exceptions import DataAccessError, DecodeError, FirmwareModelError
from dlmskit.model import quirks
from dlmskit.model.device import CaptureColumn, ModelObject
from dlmskit.vmeter.behaviour import Asked, Behaviour, moment_of
from dlmskit.vmeter.clock import instant
from dlmskit.vmeter.profile import Profile, Row
from dlmskit.vmeter.stated import declaration, logical_name

ReadAttribute = Callable[[Asked, str], Data]
"""How an attribute of any object is read: by name, at the entry in what is asked."""

Cell = tuple[ModelObject, str]
"""object and attribute name behind a column"""

BY_RANGE, BY_ENTRY = 1, 2
_CLOCK_TIME = (8, 2)
_FIFO = 1


def behaviour(read: ReadAttribute) -> Behaviour:
    """The class, given how its columns are read."""
    return Behaviour(
        read={
            "buffer": _buffer,
            "capture_objects": lambda asked: data.array(*(_capture_object(asked, item) for item in asked.row.capture)),
            "capture_period": lambda asked: data.double_long_unsigned(asked.row.capture_period),
            "sort_method": lambda asked: data.enum(_FIFO),
            "sort_object": _sort_object,
            "entries_in_use": lambda asked: data.double_long_unsigned(len(_memory(asked))),
            "profile_entries": lambda asked: data.double_long_unsigned(_memory(asked).capacity),
        },
        invoke={
            "reset": _reset,
            "capture": lambda asked, parameters: _memory(asked).capture(),
        },
    )


def _reset(asked: Asked, parameters: Data | None) -> None:
    _memory(asked).clear()
    asked.firmware.events.cleared(asked.row.name)


def _memory(asked: Asked) -> Profile:
    return asked.firmware.profiles[asked.row.name]


def _column(asked: Asked, column: CaptureColumn) -> Cell:
    """Object and attribute name behind a column."""
    row = asked.firmware.model.object(column.object)
    attribute = declaration(row).attribute(column.attribute)
    if attribute is None or column.index or attribute.name == "buffer":
        raise FirmwareModelError(f"{asked.row.name} cannot capture attribute {column.attribute} of {column.object}")
    return row, attribute.name


def _capture_object(asked: Asked, column: CaptureColumn) -> Data:
    row, _ = _column(asked, column)
    return data.structure(
        data.long_unsigned(row.class_id or 0),
        logical_name(row),
        data.integer(column.attribute),
        data.long_unsigned(column.index),
    )


def _sort_object(asked: Asked) -> Data:
    """Entries stand in the order of capture: the sort object is the clock column, or none."""
    for column in asked.row.capture:
        if _is_clock(asked, column):
            return _capture_object(asked, column)
    nothing = (data.long_unsigned(0), data.octet_string(bytes(6)), data.integer(0), data.long_unsigned(0))
    return data.structure(*nothing)


def _is_clock(asked: Asked, column: CaptureColumn) -> bool:
    """Whether a column stamps the rows: the clock's time, or what the model counts seconds with."""
    row = asked.firmware.model.object(column.object)
    seconds = asked.firmware.model.time.seconds
    return (row.class_id, column.attribute) == _CLOCK_TIME or (seconds is not None and row.obis == seconds)


def cells(asked: Asked) -> list[Cell]:
    """What a row of a profile is made of."""
    return [_column(asked, column) for column in asked.row.capture]


def captured(asked: Asked, cells: list[Cell], read: ReadAttribute) -> bytes:
    """The row of the moment that is asked about, as the profile keeps it: a structure of its columns."""
    return data.structure(*(read(asked.of(row, asked.at), name) for row, name in cells)).to_bytes()


def _buffer(asked: Asked) -> Data:
    if asked.access is None:
        rows, columns = list(_memory(asked)), list(asked.row.capture)
    elif (select := _SELECTORS.get(asked.access.access_selector)) is None:
        raise DataAccessError("scope-of-access-violated", f"{asked.row.name} by an unknown selector")
    else:
        rows, columns = select(asked, asked.access.access_parameters)
    whole: Iterable[Data] = (Data(row.octets) for row in rows)
    if columns != list(asked.row.capture):
        places = [asked.row.capture.index(column) for column in columns]
        parts = (_elements(row, len(asked.row.capture)) for row in whole)
        whole = (data.structure(*(cells[place] for place in places)) for cells in parts)
    if asked.firmware.model.quirk(quirks.NULL_TIMESTAMPS):
        whole = _unstamped(list(whole), [_is_clock(asked, column) for column in columns])
    stated = asked.row.attributes.get("buffer")
    if stated is not None and stated.type is DataType.COMPACT_ARRAY:
        return _compact(list(whole))
    return data.array(*whole)


def _unstamped(rows: list[Data], clocks: list[bool]) -> Iterator[Data]:
    """The rows, those after the first with null-data in place of their stamps."""
    for number, row in enumerate(rows):
        cells = _elements(row, len(clocks))
        yield (
            row
            if not number
            else data.structure(
                *(data.null_data() if clock else cell for cell, clock in zip(cells, clocks, strict=True))
            )
        )


def _compact(rows: list[Data]) -> Data:
    """The rows as a compact-array. Rows of more than one shape cannot be told so and stay an array, as no rows do."""
    shapes = {_shape(row.tree()) for row in rows}
    if len(shapes) != 1:
        return data.array(*rows)
    return data.compact_array(shapes.pop(), [row.value for row in rows])


def _shape(node: Node) -> bytes:
    """The TypeDescription of a value; an array's is that of its items."""
    if node.tag == DataType.STRUCTURE:
        return bytes((node.tag, len(node.value))) + b"".join(map(_shape, node.value))
    if node.tag == DataType.ARRAY:
        items = {_shape(item) for item in node.value} or {bytes((DataType.NULL_DATA,))}
        return bytes((node.tag,)) + len(node.value).to_bytes(2, "big") + b"".join(sorted(items))
    return bytes((node.tag,))


Selected = tuple[list[Row], list[CaptureColumn]]


def _by_range(asked: Asked, parameters: Data) -> Selected:
    """structure: restricting object, from, to, selected columns as an array of capture objects (empty: all)."""
    restricting, begin, end, wanted = _elements(parameters, 4)
    columns = {_capture_object(asked, column): column for column in asked.row.capture}
    column = columns.get(restricting)
    if column is None or not _is_clock(asked, column):
        raise DataAccessError("other-reason", f"{asked.row.name} is ordered by its clock column only")
    if wanted.tag is not DataType.ARRAY:
        raise _unmatched(asked)
    names = _elements(wanted)
    if not all(name in columns for name in names) or len(set(names)) < len(names):
        raise DataAccessError("other-reason", f"{asked.row.name} has no such column, or only once")
    selected = [columns[name] for name in names] if names else list(asked.row.capture)
    lowest, highest = _limit(asked, begin), _limit(asked, end)
    return _memory(asked).between(lowest, highest), selected


def _by_entry(asked: Asked, parameters: Data) -> Selected:
    """structure: first and last entry, first and last column, counted from 1; 0 as last is the end."""
    numbers = _elements(parameters, 4)
    wide, narrow = DataType.DOUBLE_LONG_UNSIGNED, DataType.LONG_UNSIGNED
    if [number.tag for number in numbers] != [wide, wide, narrow, narrow]:
        raise _unmatched(asked)
    first, last, left, right = (number.value for number in numbers)
    columns = list(asked.row.capture)[max(left, 1) - 1 : right or None]
    return _memory(asked).numbered(first, last), columns


_SELECTORS: dict[int, Callable[[Asked, Data], Selected]] = {BY_RANGE: _by_range, BY_ENTRY: _by_entry}


def _elements(value: Data, count: int | None = None) -> list[Data]:
    """The elements of an array or, with a count, of a structure of that many."""
    tree = value.tree()
    expected = DataType.ARRAY if count is None else DataType.STRUCTURE
    if tree.tag != expected or (count is not None and len(tree.value) != count):
        raise DataAccessError("type-unmatched", "selective access parameters")
    octets = value.to_bytes()
    return [Data(octets[node.offset : node.end]) for node in tree.value]


def _limit(asked: Asked, value: Data) -> int:
    """A limit of a range as a reading; one that is not specified at all is no single moment and is refused."""
    if value.tag is DataType.DOUBLE_LONG_UNSIGNED and asked.firmware.model.time.seconds is not None:
        return instant(from_seconds(value.value).to_datetime())
    moment: CosemDateTime = moment_of(value)
    if asked.firmware.model.quirk(quirks.RANGE_IN_LOCAL_TIME):
        moment = msgspec.structs.replace(moment, deviation=None)
    try:
        return asked.firmware.clock.from_cosem(moment)
    except DecodeError:
        raise DataAccessError("other-reason", f"{asked.row.name} wants whole dates and times as limits") from None


def _unmatched(asked: Asked) -> DataAccessError:
    return DataAccessError("type-unmatched", f"selective access to {asked.row.name}")
