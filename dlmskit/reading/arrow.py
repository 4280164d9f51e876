"""A profile as a table of Apache Arrow, for Parquet files and data frames; wants pyarrow.

::

    clock                 timestamp in UTC, microseconds; null where a stamp means no single instant
    clock stamp           the 12 octets that the meter sent: wildcards, deviation and status
    quantities            decimal128, in the column's unit
    everything else       int64, boolean, text, or text of what has no such form

Metadata of a field: ``obis``, ``class_id``, ``attribute``, and where they are known ``unit``, ``scaler`` and
``description``.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.quantity import Quantity
from dlmskit.cosem.time import TimeRules, from_stamp
from dlmskit.exceptions import NotRepresentable
from dlmskit.reading.profile import Profile, ProfileColumn

_DIGITS = 38
"""of decimal128"""
_STAMP_OCTETS = 12
_INT64 = range(-(1 << 63), 1 << 63)


def to_table(profile: Profile, rules: TimeRules) -> Any:
    """The rows as a `pyarrow.Table`; stamps become instants by `rules`. Raises `ImportError` without pyarrow."""
    import pyarrow as pa

    fields, arrays = [], []
    for at, column in enumerate(profile.columns):
        for suffix, array in _arrays(column, [row.cells[at] for row in profile.rows], rules):
            fields.append(pa.field(column.name + suffix, array.type, metadata=_metadata(column)))
            arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata={"obis": str(profile.obis)}))


def _arrays(column: ProfileColumn, cells: list[Any], rules: TimeRules) -> list[tuple[str, Any]]:
    import pyarrow as pa

    if column.is_clock:
        stamps = [cell.to_bytes() if isinstance(cell, CosemDateTime) else None for cell in cells]
        instants = pa.array([_instant(cell, rules) for cell in cells], pa.timestamp("us", "UTC"))
        return [("", instants), (" stamp", pa.array(stamps, pa.binary(_STAMP_OCTETS)))]
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {Quantity}:
        digits = -min(column.scaler or 0, 0)
        values = [None if cell is None else cell.value for cell in cells]
        if all(value is None or _fits(value, digits) for value in values):
            return [("", pa.array(values, pa.decimal128(_DIGITS, digits)))]
    if kinds <= {bool} and kinds:
        return [("", pa.array(cells, pa.bool_()))]
    if kinds <= {int} and all(cell is None or cell in _INT64 for cell in cells):
        return [("", pa.array(cells, pa.int64()))]
    return [("", pa.array([None if cell is None else _text(cell) for cell in cells], pa.string()))]


def _fits(value: Decimal, digits: int) -> bool:
    """Whether decimal128 with so many digits behind the point holds `value` exactly."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -digits and value.adjusted() < _DIGITS - digits


def _instant(cell: Any, rules: TimeRules) -> datetime | None:
    try:
        return from_stamp(cell, rules) if isinstance(cell, CosemDateTime) else None
    except NotRepresentable:
        return None


def _text(cell: Any) -> str:
    return cell.hex() if isinstance(cell, bytes) else str(cell)


def _metadata(column: ProfileColumn) -> dict[str, str]:
    source = column.captured
    told = {
        "obis": str(source.logical_name),
        "class_id": str(source.class_id),
        "attribute": str(source.attribute_index),
        "unit": column.unit.symbol if column.unit is not None else None,
        "scaler": str(column.scaler) if column.scaler is not None else None,
        "description": column.description,
    }
    return {name: value for name, value in told.items() if value}
