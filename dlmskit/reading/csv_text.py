"""A profile as CSV.

::

    clock,clock status,energy_import_total [Wh]
    2026-07-01 02:00:00+02:00,80,16639980

A line of names with units, then one a row: exact decimals, stamps as ISO 8601 has them with their status in hex, octets
in hex, and nothing where there is no value.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.reading import text
from dlmskit.reading.profile import ProfileColumn, ProfileRow


def write(columns: Sequence[ProfileColumn], rows: Iterable[ProfileRow], file: IO[str]) -> None:
    """Write names and rows to a text file, best opened with ``newline=""``."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(head for column in columns for head in _heads(column))
    clocks = [column.is_clock for column in columns]
    for row in rows:
        writer.writerow(shown for cell, clock in zip(row.cells, clocks, strict=True) for shown in _cells(cell, clock))


def _heads(column: ProfileColumn) -> Iterator[str]:
    yield f"{column.name} [{column.unit.symbol}]" if column.unit is not None else column.name
    if column.is_clock:
        yield f"{column.name} status"


def _cells(cell: Any, clock: bool) -> Iterator[str]:
    stamp = cell if isinstance(cell, CosemDateTime) else None
    yield text.instant(stamp) if stamp is not None else "" if cell is None else text.line(cell)
    if clock:
        yield "" if stamp is None or stamp.status is None else f"{stamp.status:02X}"
