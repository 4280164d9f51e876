"""Cells of a profile become stamps and quantities; null-data is put right only where it follows from a row before."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.profile import Cell, rows
from dlmskit.cosem.quantity import Quantity
from dlmskit.cosem.selective import CaptureObject
from dlmskit.cosem.time import TimeRules
from dlmskit.cosem.units import Unit
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis
from dlmskit.reading.profile import ProfileColumn, has_null_clock, profile_rows, within

CLOCK = ProfileColumn("clock", CaptureObject(8, Obis(0, 0, 1, 0, 0)))
ENERGY = ProfileColumn("energy", CaptureObject(3, Obis(1, 0, 1, 8, 0)), 1, Unit.WATT_HOUR)
STATUS = ProfileColumn("status", CaptureObject(1, Obis(0, 0, 96, 10, 1)))
COLUMNS = (CLOCK, STATUS, ENERGY)
AMSTERDAM = TimeRules(zone="Europe/Amsterdam", policy="standard-time-all-year")
START = CosemDateTime.from_datetime(datetime(2024, 12, 31, 23, 45, tzinfo=UTC), status=0)


def cells_of(*given: tuple[CosemDateTime | None, int | None, int | Data | None]) -> tuple[tuple[Cell, ...], ...]:
    """A buffer with these stamps, states and energies as the cells that it gives."""
    buffer = data.array(*(data.structure(*map(_data, row)) for row in given))
    return tuple(rows(buffer, 3))


def _data(value: CosemDateTime | int | Data | None) -> Data:
    match value:
        case None:
            return data.null_data()
        case CosemDateTime():
            return data.octet_string(value.to_bytes())
        case int():
            return data.double_long_unsigned(value)
    return value


def test_values_are_scaled_once_and_exactly() -> None:
    (row,) = profile_rows(cells_of((START, 0, 12345)), COLUMNS, 900)
    assert row.cells == (START, 0, Quantity(Decimal(123450), Unit.WATT_HOUR))
    assert row.derived == ()


def test_a_float_is_scaled_like_any_other_number() -> None:
    (row,) = profile_rows(cells_of((START, 0, data.float32(0.5))), COLUMNS, 900)
    assert row.cells[2] == Quantity(Decimal("5"), Unit.WATT_HOUR)
    assert isinstance(row.cells[2].value, Decimal)


def test_signed_differences_are_added_to_what_came_before() -> None:
    given = (0x7FFFFFFF, data.delta_integer(1), None, data.delta_long(-300), data.delta_double_long(0x7FFFFFFF))
    found = profile_rows(cells_of(*((START, 0, value) for value in given)), COLUMNS, 900)
    wanted = (0x7FFFFFFF, 0x80000000, 0x80000000, 0x80000000 - 300, 0xFFFFFFFF - 300)
    assert [row.cells[2].value for row in found] == [10 * value for value in wanted]
    assert [row.derived for row in found] == [(), (), (2,), (), ()]
    with pytest.raises(DecodeError, match="delta-integer -2: double-long-unsigned cannot hold -1"):
        cells_of((START, 0, 1), (START, 0, data.delta_integer(-2)))
    for before in (None, data.float32(1.0), data.octet_string(b"1")):
        with pytest.raises(DecodeError, match="not here"):
            profile_rows(cells_of((START, 0, before), (START, 0, data.delta_integer(-2))), COLUMNS, 900)


def test_a_difference_is_not_taken_for_a_value() -> None:
    with pytest.raises(DecodeError, match="delta-unsigned"):
        profile_rows(cells_of((START, 0, 1000), (START, 0, data.delta_unsigned(1))), COLUMNS, 900)


def test_a_stamp_with_an_impossible_field_stays_as_it_was_sent() -> None:
    odd = data.octet_string(bytes(12))
    (row,) = profile_rows(tuple(rows(data.array(data.structure(odd, odd, odd)), 3)), COLUMNS, 900)
    assert row.cells == (bytes(12),) * 3
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    assert within((row,), COLUMNS, moment, moment, AMSTERDAM) == (row,)


def test_a_clock_goes_on_by_one_period_and_a_value_stays() -> None:
    found = profile_rows(cells_of((START, 8, 1), (None, None, 2), (None, 0, None)), COLUMNS, 900)
    assert [row.derived for row in found] == [(), (0, 1), (0, 2)]
    assert [row.cells[0].to_datetime() for row in found[1:]] == [
        datetime(2025, 1, 1, 0, 0, tzinfo=UTC),
        datetime(2025, 1, 1, 0, 15, tzinfo=UTC),
    ]
    assert found[1].cells[0].day_of_week == 3
    assert found[1].cells[1] == 8
    assert found[2].cells[2] == found[1].cells[2]


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
    found = profile_rows(cells_of((first, 0, 1), (None, 0, 2)), COLUMNS, period)
    assert found[1].cells[0] is None
    assert found[1].derived == ()


def test_the_first_row_has_nothing_to_follow_from() -> None:
    (row,) = profile_rows(cells_of((None, None, None)), COLUMNS, 900)
    assert row.cells == (None, None, None)


def test_the_period_is_asked_for_only_when_it_is_needed() -> None:
    assert has_null_clock(cells_of((START, 0, 1), (None, 0, 1)), COLUMNS)
    assert not has_null_clock(cells_of((START, None, None)), COLUMNS)


def test_a_range_is_cut_here_where_the_meter_did_not() -> None:
    given = [(START if number == 0 else None, 0, number) for number in range(5)]
    found = profile_rows(cells_of(*given), COLUMNS, 900)
    start, end = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, 0, 15, tzinfo=UTC)
    assert [row.cells[2].value for row in within(found, COLUMNS, start, end, AMSTERDAM)] == [10, 20]
    assert within(found, COLUMNS, None, None, AMSTERDAM) == found
    open_rows = profile_rows(cells_of((None, 0, 1)), COLUMNS, 0)
    assert within(open_rows, COLUMNS, start, end, AMSTERDAM) == open_rows


def test_the_range_is_cut_by_the_models_time_rules_only_where_a_stamp_says_nothing() -> None:
    summer = CosemDateTime(2025, 7, 1, None, 1, 0, 0, 0, None, 0)
    said = msgspec.structs.replace(summer, deviation=-120)
    found = profile_rows(cells_of((summer, 0, 1), (said, 0, 2)), COLUMNS, 900)
    midnight, eleven = datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 6, 30, 23, tzinfo=UTC)
    assert [row.cells[2].value for row in within(found, COLUMNS, midnight, midnight, AMSTERDAM)] == [10]
    assert [row.cells[2].value for row in within(found, COLUMNS, eleven, eleven, AMSTERDAM)] == [20]
