"""The buffer of a Profile generic as rows of cells, null-data put right.

A meter may send null-data where a value follows from the row before: a value that did not change, or a clock that went
on by one capture period. A cell therefore says which row's value it has. A signed delta is added to the integer before
it; how the unsigned ones count is not known to us, and they stay what they are. Source: Blue Book, Profile generic,
buffer; Green Book, Data.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from dlmskit.codec.data import Data, of
from dlmskit.codec.values import Node
from dlmskit.cosem.quantity import INTEGERS
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, EncodeError

DELTAS = range(DataType.DELTA_INTEGER, DataType.DELTA_DOUBLE_LONG_UNSIGNED + 1)
_SIGNED_DELTAS = range(DataType.DELTA_INTEGER, DataType.DELTA_DOUBLE_LONG + 1)
_LISTS = (DataType.ARRAY, DataType.COMPACT_ARRAY)


class Cell(NamedTuple):
    """What the meter sent for a column in this row, or in the last row where that was not null-data."""

    node: Node
    """null-data where no row had a value yet"""
    rows_ago: int = 0
    """how many rows ago it was sent; a clock goes on by one capture period a row"""


def rows(buffer: Data, width: int) -> Iterator[tuple[Cell, ...]]:
    """The rows of `width` cells in a buffer. Raises `DecodeError` naming the row of another shape."""
    tree = buffer.tree()
    if tree.tag not in _LISTS:
        raise DecodeError(f"wanted the rows of a profile, found {DataType(tree.tag).label}", 0, ("buffer",))
    last: tuple[Cell, ...] | None = None
    for number, row in enumerate(tree.value):
        if row.tag != DataType.STRUCTURE or len(row.value) != width:
            found = f"{len(row.value)} cells" if row.tag == DataType.STRUCTURE else DataType(row.tag).label
            raise DecodeError(f"wanted {width} cells, found {found}", row.offset, ("buffer", f"[{number}]"))
        before = last or tuple(map(Cell, row.value))
        last = tuple(map(_cell, row.value, before))
        yield last


def _cell(node: Node, before: Cell) -> Cell:
    absent = node.tag == DataType.NULL_DATA != before.node.tag
    if absent:
        return Cell(before.node, before.rows_ago + 1)
    return Cell(_changed(before.node, node) if node.tag in _SIGNED_DELTAS else node)


def _changed(before: Node, delta: Node) -> Node:
    """The value before with a change made to it, in its own type; the delta itself where that is no integer.

    Raises `DecodeError` where the type cannot hold the sum.
    """
    if before.tag not in INTEGERS:
        return delta
    total = before.value + delta.value
    try:
        of(DataType(before.tag), total)
    except EncodeError as error:
        raise DecodeError(f"{DataType(delta.tag).label} {delta.value}: {error}", delta.offset, ("buffer",)) from None
    return msgspec.structs.replace(delta, tag=before.tag, value=total)
