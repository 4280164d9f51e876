"""Converters for rows of a COSEM load profile.

The meter's own capture_objects say which column is what, so a meter whose columns stand in another order is still read
right; the scaler is the captured register's own, read from the meter. Columns that the row does not name are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.cosem.profile import Cell, rows
from dlmskit.cosem.selective import CaptureObject
from dlmskit.cosem.time import from_stamp, to_stamp
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, NotRepresentable
from dlmskit.market.services import ProfileRow
from dlmskit.translate.cosem_values import captured, energy_scaler, energy_to_meter, stamp_of, to_kwh, whole
from dlmskit.translate.program import Terms

CLOCK, VALUE, STATUS = "clock", "value", "status"
_LISTS = (DataType.ARRAY, DataType.COMPACT_ARRAY)


def rows_from_meter(arguments: tuple[Any, ...], terms: Terms) -> tuple[ProfileRow, ...]:
    """Rows with start <= stamp <= end, oldest first, whichever way the meter sorts them.

    Arguments: buffer, capture_objects, scaler_unit of the captured register, capture_period, start, end. Raises
    `DecodeError` for rows of another shape, `NotRepresentable` where a column is missing, a cell is not of a type for
    registers, or a stamp is no instant.
    """
    buffer, columns, scaler_unit, period, start, end = arguments
    places = _places(columns, terms)
    scaler, period_length = energy_scaler(scaler_unit), timedelta(seconds=whole(period))
    given = list(rows(buffer, len(columns.value)))
    step = _direction([cells[places[CLOCK]] for cells in given], terms) * period_length
    found: list[ProfileRow] = []
    for number, cells in enumerate(given):
        try:
            time = _time(cells[places[CLOCK]], step, terms)
            energy, status = (_number(cells, places.get(use)) for use in (VALUE, STATUS))
        except (DecodeError, NotRepresentable, OverflowError) as error:
            raise NotRepresentable(f"profile row {number}: {error}") from None
        if start <= time <= end:
            found.append(ProfileRow(time, None if energy is None else to_kwh(energy, scaler), status))
    return tuple(sorted(found, key=_time_of))


def rows_to_meter(arguments: tuple[Any, ...], terms: Terms) -> Data:
    """Market rows as a buffer. Arguments: rows, capture_objects, scaler_unit; columns not named become null-data."""
    given, columns, scaler_unit = arguments
    uses = {place: use for use, place in _places(columns, terms).items()}
    width = len(columns.value)
    cells = ((_to_cell(row, uses.get(place), scaler_unit, terms) for place in range(width)) for row in given)
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


def _direction(clock: Sequence[Cell], terms: Terms) -> int:
    """1 where the oldest row comes first, -1 where the newest does, as the first two moments that were sent say.

    One alone says nothing: then new rows stand behind the others, as in most meters.
    """
    moments: list[datetime] = []
    for cell in clock:
        if cell.rows_ago or cell.node.tag == DataType.NULL_DATA:
            continue
        try:
            moments.append(from_stamp(stamp_of(cell.node), terms.time))
        except (DecodeError, NotRepresentable):
            continue  # its own row says what is wrong with it
        if moments[-1] != moments[0]:
            break
    return -1 if moments and moments[-1] < moments[0] else 1


def _time(cell: Cell, step: timedelta, terms: Terms) -> datetime:
    if cell.node.tag == DataType.NULL_DATA or (cell.rows_ago and not step):
        raise NotRepresentable("no time, and none to count from")
    return from_stamp(stamp_of(cell.node), terms.time) + cell.rows_ago * step


def _number(cells: tuple[Cell, ...], place: int | None) -> int | None:
    """None where there is no such column, or no value in it yet."""
    node = cells[place].node if place is not None else None
    return None if node is None or node.tag == DataType.NULL_DATA else whole(node)


def _to_cell(row: ProfileRow, use: str | None, scaler_unit: Data, terms: Terms) -> Data:
    energy: Decimal | None = row.active_energy_import
    if use == CLOCK:
        return data.octet_string(to_stamp(row.time, terms.time).to_bytes())
    if use == VALUE and energy is not None:
        return energy_to_meter((energy, scaler_unit), terms)
    if use == STATUS and row.status is not None:
        return data.unsigned(row.status)
    return data.null_data()
