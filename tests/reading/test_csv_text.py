"""Profiles as CSV, of rows and of columns."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

import dlmskit
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.quantity import Quantity, scale
from dlmskit.cosem.selective import CLOCK, CaptureObject
from dlmskit.cosem.units import Unit
from dlmskit.obis import Obis
from dlmskit.reading.profile import Profile, ProfileColumn, ProfileRow


def written(found: Any) -> str:
    file = io.StringIO()
    found.to_csv(file)
    return file.getvalue()


def test_values_are_exact_and_stamps_whole() -> None:
    columns = (
        ProfileColumn("clock", CLOCK),
        ProfileColumn("energy", CaptureObject(3, Obis(1, 0, 1, 8, 0)), -3, Unit.WATT_HOUR),
        ProfileColumn('a "name", odd', CaptureObject(1, Obis(0, 0, 96, 1, 0))),
    )
    summer = CosemDateTime(2026, 7, 1, 3, 2, 0, 0, 0, deviation=-120, status=0x80)
    rows = (
        ProfileRow((summer, Quantity(scale((1 << 64) - 1, -3), Unit.WATT_HOUR), b"\x0a\x0d")),
        ProfileRow((CosemDateTime(2026, 7, 1), Quantity(scale(-1, -3), Unit.WATT_HOUR), "a, b\n")),
        ProfileRow((None, None, True)),
    )
    shown = written(Profile(Obis(1, 0, 99, 1, 0), columns, rows))
    assert list(csv.reader(io.StringIO(shown, newline=""))) == [
        ["clock", "clock status", "energy [Wh]", 'a "name", odd'],
        ["2026-07-01 02:00:00+02:00", "80", "18446744073709551.615", "0a0d"],
        [str(rows[1].cells[0]), "", "-0.001", "a, b\n"],
        ["", "", "", "true"],
    ]


@pytest.mark.parametrize("what", [{}, {"entries": (2, 9)}, {"columns": ["energy_import_total"]}, {"last": 3}], ids=str)
def test_rows_and_columns_write_the_same(what: dict[str, Any]) -> None:
    with dlmskit.connect("sim:generic", association="reader") as meter:
        rows, table = meter.profile("load_profile", **what), meter.profile_columns("load_profile", **what)
    assert written(rows) == written(table)
    assert len(written(rows).splitlines()) == len(rows.rows) + 1
