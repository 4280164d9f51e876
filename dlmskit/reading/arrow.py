"""A profile as a table of Apache Arrow, for Parquet files and data frames; wants pyarrow.

::

    clock                 timestamp in UTC, microseconds; null where a stamp means no single instant
    clock stamp           the 12 octets that the meter sent: wildcards, deviation and status
    quantities            decimal128, in the column's unit
    other numbers         integers and floats as wide as they came, boolean
    octet-strings         binary
    everything else       text

Stamps, numbers and octets are the buffers of the columns, which are not copied. Metadata of a field: ``obis``,
``class_id``, ``attribute``, and where they are known ``unit``, ``scaler`` and ``description``.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from dlmskit.codec.columns import Column
from dlmskit.codec.stamps import STAMP_OCTETS
from dlmskit.cosem.quantity import INTEGERS, NUMBERS, Quantity
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, NotRepresentable
from dlmskit.reading import text
from dlmskit.reading.profile import ProfileColumn
from dlmskit.reading.table import ProfileTable, TableColumn

_DIGITS = 38
"""of decimal128"""
_OCTETS = (DataType.OCTET_STRING, DataType.DATE_TIME)
_TYPES = {
    "b": "int8", "h": "int16", "i": "int32", "q": "int64", "B": "uint8", "H": "uint16", "I": "uint32", "Q": "uint64",
    "f": "float32", "d": "float64",
}  # fmt: skip


def to_table(table: ProfileTable) -> Any:
    """The columns as a `pyarrow.Table`. Raises `ImportError` without pyarrow."""
    import pyarrow as pa

    fields, arrays = [], []
    for column in table.columns:
        for suffix, array in _arrays(table, column):
            fields.append(pa.field(column.name + suffix, array.type, metadata=_metadata(column.captured)))
            arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata={"obis": str(table.obis)}))


def _arrays(table: ProfileTable, column: TableColumn) -> Iterator[tuple[str, Any]]:
    import pyarrow as pa

    if column.captured.is_clock:
        yield "", _instants(table)
        empty = column.cells.tag == DataType.NULL_DATA
        yield " stamp", pa.nulls(table.count, pa.binary(STAMP_OCTETS)) if empty else _buffers(column.cells)
    elif column.scaler is None or column.cells.tag not in (*NUMBERS, DataType.NULL_DATA):
        yield "", _buffers(column.cells)
    else:
        yield "", _quantities(column)


def _instants(table: ProfileTable) -> Any:
    import pyarrow as pa

    kind = pa.timestamp("us", "UTC")
    try:
        return pa.Array.from_buffers(kind, table.count, [None, pa.py_buffer(table.microseconds())])
    except (NotRepresentable, DecodeError):
        return pa.array(table.moments(), kind)


def _buffers(cells: Column) -> Any:
    """The cells as they are; text for what Arrow has no type for."""
    import pyarrow as pa

    validity = None if cells.validity is None else pa.py_buffer(cells.validity)
    if cells.format in _TYPES:
        kind = pa.type_for_alias(_TYPES[cells.format])
        return pa.Array.from_buffers(kind, cells.count, [validity, pa.py_buffer(cells.data)])
    if cells.tag in _OCTETS and cells.offsets is not None:
        buffers = [validity, pa.py_buffer(cells.offsets), pa.py_buffer(cells.data)]
        return pa.Array.from_buffers(pa.large_binary(), cells.count, buffers)
    if cells.tag in _OCTETS:
        return pa.Array.from_buffers(pa.binary(cells.width), cells.count, [validity, pa.py_buffer(cells.data)])
    if cells.tag == DataType.NULL_DATA:
        return pa.nulls(cells.count, pa.int64())
    if cells.tag == DataType.BOOLEAN:
        return pa.array(cells.to_list(), pa.bool_())
    return pa.array([None if cell is None else text.line(cell) for cell in cells.to_list()], pa.string())


def _quantities(column: TableColumn) -> Any:
    """Scaled values; integers below the point are those of the column with the point moved."""
    import pyarrow as pa

    cells, digits = column.cells, -(column.scaler or 0)
    if cells.tag in INTEGERS and 0 <= digits <= _DIGITS:
        whole = _buffers(cells).cast(pa.decimal128(_DIGITS, 0))
        return pa.Array.from_buffers(pa.decimal128(_DIGITS, digits), cells.count, whole.buffers())
    values = [cell.value if isinstance(cell, Quantity) else None for cell in column.typed()]
    if digits <= _DIGITS and all(value is None or _fits(value, max(digits, 0)) for value in values):
        return pa.array(values, pa.decimal128(_DIGITS, max(digits, 0)))
    return pa.array([None if value is None else f"{value:f}" for value in values], pa.string())


def _fits(value: Decimal, digits: int) -> bool:
    """Whether decimal128 with so many digits behind the point holds `value` exactly."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -digits and value.adjusted() < _DIGITS - digits


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
