"""Converters for rows of a COSEM load profile.

The meter's own capture_objects say which column is what, so a meter whose columns stand in another order is still read
right; the scaler is the captured register's own, read from the meter. Columns that the row does not name are left out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.codec.values import Node
from dlmskit.cosem.selective import CaptureObject
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, NotRepresentable
from dlmskit.market.services import ProfileRow
from dlmskit.translate.cosem_values import INTEGERS, captured, energy_scaler, energy_to_meter, to_kwh, whole
from dlmskit.translate.program import Terms
from dlmskit.translate.time import from_stamp, to_stamp

CLOCK, VALUE, STATUS = "clock", "value", "status"
_LISTS = (DataType.ARRAY, DataType.COMPACT_ARRAY)


def rows_from_meter(arguments: tuple[Any, ...], terms: Terms) -> tuple[ProfileRow, ...]:
    """Rows with start <= stamp <= end, oldest first.

    Arguments: buffer, capture_objects, scaler_unit of the captured register, capture_period, start, end. Null-data is
    undone as the Blue Book has it: a value repeats the row before, a stamp is one capture period later. Raises
    `NotRepresentable` where a column is missing, a cell is not of a type for registers, or a stamp is no instant.
    """
    buffer, columns, scaler_unit, period, start, end = arguments
    places = _places(columns, terms)
    scaler, step = energy_scaler(scaler_unit), timedelta(seconds=whole(period))
    tree = buffer.tree()
    if tree.tag not in _LISTS:
        raise NotRepresentable(f"expected the rows of a profile, found {buffer!r}")
    width = len(columns.value)
    rows: list[ProfileRow] = []
    last: dict[str, Any] = {}
    for number, node in enumerate(tree.value):
        if node.tag != DataType.STRUCTURE or len(node.value) != width:
            raise NotRepresentable(f"profile row {number} does not have the {width} columns of capture_objects")
        try:
            last = {use: _cell(node.value[place], last.get(use), use, step, terms) for use, place in places.items()}
        except (DecodeError, NotRepresentable) as error:
            raise NotRepresentable(f"profile row {number}: {error}") from None
        energy = None if last[VALUE] is None else to_kwh(last[VALUE], scaler)
        if start <= last[CLOCK] <= end:
            rows.append(ProfileRow(last[CLOCK], energy, last.get(STATUS)))
    return tuple(sorted(rows, key=_time_of))


def rows_to_meter(arguments: tuple[Any, ...], terms: Terms) -> Data:
    """Market rows as a buffer. Arguments: rows, capture_objects, scaler_unit; columns not named become null-data."""
    rows, columns, scaler_unit = arguments
    uses = {place: use for use, place in _places(columns, terms).items()}
    width = len(columns.value)
    cells = ((_to_cell(row, uses.get(place), scaler_unit, terms) for place in range(width)) for row in rows)
    return data.array(*(data.structure(*row) for row in cells))


def _time_of(row: ProfileRow) -> datetime:
    return row.time


def _places(columns: Data, terms: Terms) -> dict[str, int]:
    """Column index by use: the clock, the value and, where captured, the status."""
    listed = columns.value if columns.tag in _LISTS else ()
    captures = [CaptureObject.from_value(column) for column in listed]
    wanted = {use: captured(binding) for use, binding in terms.objects.items()}
    for use in (CLOCK, VALUE):
        if wanted[use] not in captures:
            raise NotRepresentable(f"the profile does not capture {wanted[use].logical_name}")
    return {use: captures.index(capture) for use, capture in wanted.items() if capture in captures}


def _cell(node: Node, before: Any, use: str, step: timedelta, terms: Terms) -> Any:
    """A cell's plain value: an instant, or a number."""
    if node.tag == DataType.NULL_DATA:
        if use != CLOCK:
            return before
        if before is None or not step:
            raise NotRepresentable("no time, and none to count from")
        return before + step
    if use != CLOCK:
        if node.tag not in INTEGERS:
            raise NotRepresentable(f"{use}: expected an integer, found {DataType(node.tag).label}")
        return node.value
    stamp = CosemDateTime.from_bytes(node.value) if isinstance(node.value, bytes) else node.value
    if not isinstance(stamp, CosemDateTime):
        raise NotRepresentable(f"clock: expected a date-time, found {DataType(node.tag).label}")
    return from_stamp(stamp, terms.time)


def _to_cell(row: ProfileRow, use: str | None, scaler_unit: Data, terms: Terms) -> Data:
    energy: Decimal | None = row.active_energy_import
    if use == CLOCK:
        return data.octet_string(to_stamp(row.time, terms.time).to_bytes())
    if use == VALUE and energy is not None:
        return energy_to_meter((energy, scaler_unit), terms)
    if use == STATUS and row.status is not None:
        return data.unsigned(row.status)
    return data.null_data()
