"""Profiles as Arrow tables: exact decimals, instants, the stamps as they were sent, and buffers that are not copied."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDate, CosemDateTime
from dlmskit.codec.values import BitString
from dlmskit.cosem.selective import CLOCK, CaptureObject
from dlmskit.enums import DataType
from dlmskit.obis import Obis
from dlmskit.reading import Reader
from dlmskit.reading.columns import profile_columns
from dlmskit.reading.table import ProfileTable
from tests.reading.test_reader import run

pa = pytest.importorskip("pyarrow")

from dlmskit.reading.arrow import to_table  # noqa: E402

ENERGY = CaptureObject(3, Obis(1, 0, 1, 8, 0))
STAMP = CosemDateTime.from_datetime(datetime(2026, 11, 21, 12, tzinfo=UTC))
OPEN = CosemDateTime(2026, 11, 21)
LARGEST = (1 << 64) - 1
NULL = data.null_data()


def columns(*cells: Data, scaler: int | None = -1, stamps: tuple[CosemDateTime, ...] = (OPEN, STAMP)) -> ProfileTable:
    """A profile of these cells; the first row has the first stamp and all others the last one."""
    rows = (
        data.structure(data.octet_string(stamps[min(at, len(stamps) - 1)].to_bytes()), cell)
        for at, cell in enumerate(cells)
    )
    told = {
        (7, 2): data.array(*rows),
        (7, 3): data.array(CLOCK.to_data(), (replace(ENERGY, class_id=1) if scaler is None else ENERGY).to_data()),
        (3, 3): data.structure(data.integer(scaler or 0), data.enum(30)),
    }
    found, _ = run(profile_columns(Reader(), "1-0:99.1.0"), told)
    assert isinstance(found, ProfileTable)
    return found


def test_metered_values_are_decimals_whatever_their_size() -> None:
    found = to_table(columns(NULL, data.long64_unsigned(LARGEST), data.long64_unsigned(1 << 63)))["1-0:1.8.0*255"]
    assert found.type == pa.decimal128(38, 1)
    assert found.to_pylist() == [None, Decimal(LARGEST).scaleb(-1), Decimal(1 << 63).scaleb(-1)]
    below = to_table(columns(data.long64(-1), data.long64(-(1 << 63)), scaler=-3))["1-0:1.8.0*255"]
    assert below.to_pylist() == [Decimal("-0.001"), Decimal(-(1 << 63)).scaleb(-3)]
    metadata = to_table(columns(data.unsigned(1))).schema.field("1-0:1.8.0*255").metadata
    assert metadata == {
        b"obis": b"1-0:1.8.0*255",
        b"class_id": b"3",
        b"attribute": b"2",
        b"unit": b"Wh",
        b"scaler": b"-1",
        b"description": b"active energy import",
    }


def test_stamps_are_instants_and_keep_their_octets() -> None:
    found = to_table(columns(data.unsigned(0), data.unsigned(1)))
    assert found["0-0:1.0.0*255"].to_pylist() == [None, datetime(2026, 11, 21, 12, tzinfo=UTC)]
    assert found["0-0:1.0.0*255 stamp"].to_pylist() == [OPEN.to_bytes(), STAMP.to_bytes()]


def test_what_came_is_not_copied() -> None:
    table = columns(data.double_long_unsigned(1 << 31), data.double_long_unsigned(5), scaler=None, stamps=(STAMP,))
    found = to_table(table)
    for name, cells in zip(("0-0:1.0.0*255 stamp", "1-0:1.8.0*255"), table.columns, strict=True):
        assert found[name].chunk(0).buffers()[1].address == pa.py_buffer(cells.cells.data).address
    found.validate(full=True)


BITS = data.of(DataType.BIT_STRING, BitString.from_str("101"))
DAY = CosemDate(2026, 11, 21)


@pytest.mark.parametrize(
    ("cells", "kind", "wanted"),
    [
        ([data.unsigned(1), NULL], "uint8", [1, 1]),
        ([NULL, data.long(-1)], "int16", [None, -1]),
        ([NULL, data.boolean(True)], "bool", [None, True]),
        ([data.long64_unsigned(1 << 63), data.unsigned(1)], "uint64", [1 << 63, 1]),
        ([data.enum(7)], "uint8", [7]),
        ([data.float32(0.5)], "float", [0.5]),
        ([data.octet_string(b"\x01"), data.octet_string(b"\x02")], "fixed_size_binary[1]", [b"\x01", b"\x02"]),
        ([data.octet_string(b"\x01"), data.octet_string(b"")], "large_binary", [b"\x01", b""]),
        ([data.visible_string("abc"), NULL], "string", ["abc", "abc"]),
        ([data.of(DataType.DATE, DAY)], "string", [str(DAY)]),
        ([NULL], "int64", [None]),
        ([], "int64", []),
    ],
)
def test_other_columns(cells: list[Data], kind: str, wanted: list[object]) -> None:
    found = to_table(columns(*cells, scaler=None))
    found.validate(full=True)
    assert (str(found["1-0:1.8.0*255"].type), found["1-0:1.8.0*255"].to_pylist()) == (kind, wanted)
    assert found["0-0:1.0.0*255"].type == pa.timestamp("us", "UTC")


@pytest.mark.parametrize(
    ("cell", "scaler", "kind", "wanted"),
    [
        (data.float32(0.5), -1, "string", "0.05"),  # a digit too many
        (data.float32(0.5), 1, "decimal128(38, 0)", Decimal(5)),
        (data.float64(float("nan")), 0, "string", "NaN"),
        (data.unsigned(3), 4, "decimal128(38, 0)", Decimal(30000)),
        (data.unsigned(3), 60, "string", "3" + "0" * 60),
        (data.unsigned(3), -38, "decimal128(38, 38)", Decimal(3).scaleb(-38)),
        (data.unsigned(3), -60, "string", f"{Decimal(3).scaleb(-60):f}"),
    ],
)
def test_quantities_that_decimal128_does_not_hold_are_text(cell: Data, scaler: int, kind: str, wanted: object) -> None:
    found = to_table(columns(cell, scaler=scaler))["1-0:1.8.0*255"]
    assert (str(found.type), found.to_pylist()) == (kind, [wanted])
