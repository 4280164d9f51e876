"""Profiles that were read: in a table and as JSON."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from dlmskit.cli import values
from dlmskit.cli.terminal import table
from dlmskit.cosem.quantity import Quantity
from dlmskit.reading import Profile, ProfileColumn, text


def to_json(profile: Profile) -> dict[str, Any]:
    """Columns and rows; metered values are text. `derived` has the cells that the meter left out, by row and column."""
    shown = {
        "columns": [_column(column) for column in profile.columns],
        "rows": [[_cell(cell) for cell in row.cells] for row in profile.rows],
    }
    derived = [[number, at] for number, row in enumerate(profile.rows) for at in row.derived]
    return shown | ({"derived": derived} if derived else {})


def _column(column: ProfileColumn) -> dict[str, Any]:
    return {
        "name": column.name,
        "unit": values.unit_text(column.unit),
        "class_id": column.captured.class_id,
        "obis": str(column.captured.logical_name),
        "attribute": column.captured.attribute_index,
        "description": column.description or "",
    }


def _cell(cell: Any) -> Any:
    return f"{cell.value:f}" if isinstance(cell, Quantity) else values.to_json(cell)


def as_table(profile: Profile) -> Table:
    """Rows for people; cells that the meter left out and that follow from the row before are dim."""
    shown = table()
    for column in profile.columns:
        unit = values.unit_text(column.unit)
        head = Text(column.description or column.name) + Text(f" {unit}" if unit else "", "bold")
        shown.add_column(head, justify="left" if column.is_clock else "right", no_wrap=column.is_clock)
    for row in profile.rows:
        shown.add_row(*(Text(text.line(cell), "dim" if at in row.derived else "") for at, cell in enumerate(row.cells)))
    return shown
