"""Null-data of a profile is put right only where it follows from the row before."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.quantity import Quantity
from dlmskit.cosem.selective import CaptureObject
from dlmskit.cosem.units import Unit
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis
from dlmskit.reading.profile import ProfileColumn, has_null_clock, profile_rows, within

CLOCK = ProfileColumn("clock", CaptureObject(8, Obis(0, 0, 1, 0, 0)))
ENERGY = ProfileColumn("energy", CaptureObject(3, Obis(1, 0, 1, 8, 0)), 1, Unit.WATT_HOUR)
STATUS = ProfileColumn("status", CaptureObject(1, Obis(0, 0, 96, 10, 1)))
COLUMNS = (CLOCK, STATUS, ENERGY)
START = CosemDateTime.from_datetime(datetime(2024, 12, 31, 23, 45, tzinfo=UTC), status=0)


def test_values_are_scaled_once_and_exactly() -> None:
    (row,) = profile_rows([[START.to_bytes(), 0, 12345]], COLUMNS, 900)
    assert row.cells == (START, 0, Quantity(Decimal(123450), Unit.WATT_HOUR))
    assert row.derived == ()


def test_a_clock_goes_on_by_one_period_and_a_value_stays() -> None:
    rows = profile_rows([[START.to_bytes(), 8, 1], [None, None, 2], [None, 0, None]], COLUMNS, 900)
    assert [row.derived for row in rows] == [(), (0, 1), (0, 2)]
    assert [row.cells[0].to_datetime() for row in rows[1:]] == [
        datetime(2025, 1, 1, 0, 0, tzinfo=UTC),
        datetime(2025, 1, 1, 0, 15, tzinfo=UTC),
    ]
    assert rows[1].cells[0].day_of_week == 3
    assert rows[1].cells[1] == 8
    assert rows[2].cells[2] == rows[1].cells[2]


@pytest.mark.parametrize(
    ("first", "period"),
    [
        (START, 0),
        (msgspec.structs.replace(START, deviation=None), 900),
        (msgspec.structs.replace(START, hour=None), 900),
        (None, 900),
    ],
)
def test_a_clock_that_does_not_follow_stays_open(first: CosemDateTime | None, period: int) -> None:
    rows = profile_rows([[first and first.to_bytes(), 0, 1], [None, 0, 2]], COLUMNS, period)
    assert rows[1].cells[0] is None
    assert rows[1].derived == ()


def test_the_first_row_has_nothing_to_follow_from() -> None:
    (row,) = profile_rows([[None, None, None]], COLUMNS, 900)
    assert row.cells == (None, None, None)


def test_rows_of_another_shape_are_refused_with_their_place() -> None:
    with pytest.raises(DecodeError, match=r"\[1\]"):
        profile_rows([[START.to_bytes(), 0, 1], [1]], COLUMNS, 900)
    with pytest.raises(DecodeError, match="no structure"):
        profile_rows([7], COLUMNS, 900)
    with pytest.raises(DecodeError, match="array"):
        profile_rows(None, COLUMNS, 900)


def test_the_period_is_asked_for_only_when_it_is_needed() -> None:
    assert has_null_clock([[START.to_bytes(), 0, 1], [None, 0, 1]], COLUMNS)
    assert not has_null_clock([[START.to_bytes(), None, None]], COLUMNS)


def test_a_range_is_cut_here_where_the_meter_did_not() -> None:
    buffer = [[START.to_bytes(), 0, number] if number == 0 else [None, 0, number] for number in range(5)]
    rows = profile_rows(buffer, COLUMNS, 900)
    start, end = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, 0, 15, tzinfo=UTC)
    assert [row.cells[2].value for row in within(rows, COLUMNS, start, end)] == [10, 20]
    assert within(rows, COLUMNS, None, None) == rows
    open_rows = profile_rows([[None, 0, 1]], COLUMNS, 0)
    assert within(open_rows, COLUMNS, start, end) == open_rows
