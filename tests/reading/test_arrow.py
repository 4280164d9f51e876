"""Profiles as Arrow tables: exact decimals, instants, and the stamps as they were sent."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.quantity import Quantity
from dlmskit.cosem.selective import CLOCK, CaptureObject
from dlmskit.cosem.time import TimeRules
from dlmskit.cosem.units import Unit
from dlmskit.obis import Obis
from dlmskit.reading.profile import Profile, ProfileColumn, ProfileRow

pa = pytest.importorskip("pyarrow")

from dlmskit.reading.arrow import to_table  # noqa: E402

ENERGY = CaptureObject(3, Obis(1, 0, 1, 8, 0))
STAMP = CosemDateTime.from_datetime(datetime(2026, 11, 21, 12, tzinfo=UTC))
OPEN = CosemDateTime(2026, 11, 21)
LARGEST = Decimal((1 << 64) - 1)


def table(*cells: object, scaler: int | None = -1, unit: Unit | None = Unit.WATT_HOUR) -> object:
    columns = (ProfileColumn("clock", CLOCK), ProfileColumn("energy", ENERGY, scaler, unit))
    rows = tuple(ProfileRow((STAMP if at else OPEN, cell)) for at, cell in enumerate(cells))
    return to_table(Profile(Obis(1, 0, 99, 1, 0), columns, rows), TimeRules())


def test_metered_values_are_decimals_whatever_their_size() -> None:
    found = table(None, Quantity(LARGEST.scaleb(-1)), Quantity(Decimal("-0.1")))
    assert found["energy"].type == pa.decimal128(38, 1)
    assert found["energy"].to_pylist() == [None, LARGEST.scaleb(-1), Decimal("-0.1")]
    metadata = found.schema.field("energy").metadata
    assert metadata == {
        b"obis": b"1-0:1.8.0*255",
        b"class_id": b"3",
        b"attribute": b"2",
        b"unit": b"Wh",
        b"scaler": b"-1",
    }


def test_stamps_are_instants_and_keep_their_octets() -> None:
    found = table(Quantity(Decimal(0)), Quantity(Decimal(1)))
    assert found["clock"].to_pylist() == [None, datetime(2026, 11, 21, 12, tzinfo=UTC)]
    assert found["clock stamp"].to_pylist() == [OPEN.to_bytes(), STAMP.to_bytes()]


@pytest.mark.parametrize(
    ("cells", "kind", "wanted"),
    [
        ([1, None], pa.int64(), [1, None]),
        ([True, None], pa.bool_(), [True, None]),
        ([1 << 63, 1], pa.string(), [str(1 << 63), "1"]),
        (["a", b"\x01", 2], pa.string(), ["a", "01", "2"]),
        ([Quantity(Decimal("NaN")), Quantity(Decimal(1))], pa.string(), ["NaN", "1"]),
        ([Quantity(Decimal("1E+40"))], pa.string(), [f"{Decimal('1E+40'):f}"]),
        ([None], pa.int64(), [None]),
    ],
)
def test_other_columns(cells: list[object], kind: object, wanted: list[object]) -> None:
    found = table(*cells, scaler=None, unit=None)
    assert (found["energy"].type, found["energy"].to_pylist()) == (kind, wanted)
