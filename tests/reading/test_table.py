"""Profiles as columns say what the same profile says as rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

import dlmskit
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.selective import CLOCK, CaptureObject
from dlmskit.cosem.time import TimeRules
from dlmskit.exceptions import DataAccessError, DecodeError, NotRepresentable, UnknownObject
from dlmskit.model.registry import load
from dlmskit.obis import Obis
from dlmskit.reading import Reader
from dlmskit.reading.buffer import profile
from dlmskit.reading.columns import profile_columns
from dlmskit.reading.profile import moment_of
from dlmskit.reading.table import ProfileTable
from tests.reading.test_reader import run

START = datetime(2025, 1, 1, tzinfo=UTC)
VALUE = CaptureObject(3, Obis(1, 0, 1, 8, 0))
SCALER_UNIT = data.structure(data.integer(-1), data.enum(30))


@pytest.fixture(scope="module")
def meter() -> Iterator[dlmskit.Client]:
    with dlmskit.connect("sim:generic", association="reader") as client:
        yield client


@pytest.mark.parametrize(
    "what",
    [
        {},
        {"entries": (3, 50)},
        {"entries": (3, 50), "columns": ["energy_export_total"]},
        {"columns": ["1-0:1.8.0"]},
        {"start": datetime.now(UTC) - timedelta(hours=9), "end": datetime.now(UTC)},
        {"start": START - timedelta(days=9), "end": START},
    ],
    ids=str,
)
def test_columns_are_the_rows_turned(meter: dlmskit.Client, what: dict[str, Any]) -> None:
    rows, table = meter.profile("load_profile", **what), meter.profile_columns("load_profile", **what)
    assert list(table) == [column.name for column in rows.columns]
    assert table.count == len(rows.rows)
    if not table.count:
        assert table.microseconds().tolist() == []
        return
    moments = [row.cells[0].to_datetime().timestamp() for row in rows.rows]
    assert [each / 1_000_000 for each in table.microseconds()] == moments
    for index, column in enumerate(table.columns[1:], 1):
        assert column.captured == rows.columns[index]
        cells = [getattr(row.cells[index], "value", row.cells[index]) for row in rows.rows]
        assert [Decimal(each).scaleb(column.scaler or 0) for each in column.values] == cells
        assert column.validity is None
    with pytest.raises(UnknownObject, match="it has: clock"):
        table["nothing"]


def answered(
    *rows: tuple[bytes | None, int], rules: TimeRules | None = None, method: int = 1, **answers: Any
) -> ProfileTable:
    """The table of a profile with these stamps and values."""
    buffer = data.array(
        *(
            data.structure(
                data.null_data() if stamp is None else data.octet_string(stamp), data.double_long_unsigned(value)
            )
            for stamp, value in rows
        )
    )
    told = {
        (7, 2): buffer,
        (7, 3): data.array(CLOCK.to_data(), VALUE.to_data()),
        (7, 4): data.double_long_unsigned(900),
        (7, 5): data.enum(method),
        (3, 3): SCALER_UNIT,
    }
    model = replace(load("generic"), time=rules or TimeRules())
    found, _ = run(profile_columns(Reader(model), "1-0:99.1.0", **answers), told)
    assert isinstance(found, ProfileTable)
    return found


def stamp(minutes: int) -> bytes:
    return CosemDateTime.from_datetime(START + timedelta(minutes=minutes)).to_bytes()


def test_stamps_that_were_left_out_follow_by_the_period_and_big_integers_stay_exact() -> None:
    table = answered((stamp(0), 0), (None, 0x7FFFFFFF), (None, 0x80000000), (stamp(60), 0xFFFFFFFF))
    assert [each // 1_000_000 - int(START.timestamp()) for each in table.microseconds()] == [0, 900, 1800, 3600]
    energy = table["energy_import_total"]
    assert energy.values.tolist() == [0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
    assert (energy.scaler, energy.unit) == (-1, dlmskit.Unit.WATT_HOUR)
    assert energy.values.nbytes == 16
    with pytest.raises(NotRepresentable, match="row 0 has no stamp"):
        answered((None, 1), (stamp(0), 2)).microseconds()


def test_newest_first_left_out_stamps_go_back_and_sorted_by_value_they_are_not_known() -> None:
    rows = ((stamp(60), 4), (None, 3), (None, 2))
    moments = answered(*rows, method=2).microseconds()
    assert [each // 1_000_000 - int(START.timestamp()) for each in moments] == [3600, 2700, 1800]
    with pytest.raises(NotRepresentable, match="row 1 has no stamp"):
        answered(*rows, method=3).microseconds()


def test_stamps_without_a_deviation_mean_what_the_rules_say() -> None:
    bare = replace(CosemDateTime.from_datetime(START), deviation=None).to_bytes()
    with pytest.raises(DecodeError, match="no deviation"):
        answered((bare, 1)).microseconds()
    utc = answered((bare, 1), rules=TimeRules(policy="utc")).microseconds()
    local = answered((bare, 1), rules=TimeRules(policy="local", zone="Europe/Amsterdam")).microseconds()
    assert (utc[0] - local[0]) // 1_000_000 == 3600
    with pytest.raises(NotRepresentable, match="standard time"):
        answered((bare, 1), rules=TimeRules(policy="standard-time-all-year")).microseconds()


def test_refusals_that_are_not_about_the_selection_are_told_and_rows_of_another_width_are_none() -> None:
    told = {(7, 2): DataAccessError("temporary-failure"), (7, 3): data.array(CLOCK.to_data(), VALUE.to_data())}
    with pytest.raises(DataAccessError):
        run(profile_columns(Reader(), "1-0:99.1.0", START, START), told)
    wide = data.array(data.structure(*(data.unsigned(each) for each in range(3))))
    with pytest.raises(DecodeError, match="wanted 2 cells, found 3"):
        run(profile_columns(Reader(), "1-0:99.1.0"), {**told, (7, 2): wide})


Row = tuple[bytes | None, Data]
NULL = data.null_data()


def cells(*given: tuple[int | None, Data]) -> list[Row]:
    return [(None if minutes is None else stamp(minutes), value) for minutes, value in given]


STATED = data.double_long_unsigned
BARE = replace(CosemDateTime.from_datetime(START + timedelta(minutes=30)), deviation=None).to_bytes()
OPEN = CosemDateTime(2025, 1, 1).to_bytes()
SENT: dict[str, list[Row]] = {
    "plain": cells(*((15 * at, STATED(at)) for at in range(9))),
    "newest first": cells(*((15 * at, STATED(at)) for at in reversed(range(9)))),
    "in no order": cells(*((15 * at, STATED(at)) for at in (3, 8, 0, 2, 7, 1, 6))),
    "stamps left out": cells((0, STATED(1)), *((None, STATED(at)) for at in range(5)), (120, STATED(9)), (None, NULL)),
    "values left out": cells((0, NULL), (15, STATED(1 << 31)), (30, NULL), (45, NULL), (60, STATED(3)), (75, NULL)),
    "differences": cells((0, STATED(5)), (15, data.delta_integer(-2)), (None, data.delta_integer(3)), (60, NULL)),
    "without a deviation": [*cells((0, STATED(1))), (BARE, STATED(2)), *cells((45, STATED(3)), (None, STATED(4)))],
    "fields left open": [*cells((0, STATED(1))), (OPEN, STATED(2)), *cells((300, STATED(3)))],
    "wider and wider": cells(
        (0, data.unsigned(9)), (15, data.long_unsigned(0x8000)), (30, data.long64_unsigned(1 << 63))
    ),
    "texts": cells(
        (0, data.octet_string(b"a")), (15, data.octet_string(b"")), (30, NULL), (45, data.octet_string(b"bc"))
    ),
    "nothing": [],
}


@pytest.mark.parametrize("refuses", [False, True])
@pytest.mark.parametrize(
    "what",
    [
        {},
        {"start": START + timedelta(minutes=30)},
        {"end": START + timedelta(minutes=45)},
        {"start": START + timedelta(minutes=15), "end": START + timedelta(minutes=60)},
        {"start": START + timedelta(days=1)},
        {"entries": (2, 4)},
        {"first": 3},
        {"last": 2},
        {"first": 0},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", SENT)
def test_whatever_comes_columns_have_the_rows_that_rows_have(name: str, what: dict[str, Any], refuses: bool) -> None:
    """A meter that selects nothing, whether it says so or not, and every way to leave cells out."""
    rows = SENT[name]
    buffer = data.array(*(data.structure(NULL if at is None else data.octet_string(at), value) for at, value in rows))
    told = {
        (7, 2): buffer,
        (7, 3): data.array(CLOCK.to_data(), replace(VALUE, class_id=1).to_data()),
        (7, 4): data.double_long_unsigned(900),
        (7, 5): data.enum(2 if name == "newest first" else 1),
        (7, 7): data.double_long_unsigned(len(rows)),
    }

    def answered_by(procedure: Any) -> Any:
        operation = next(procedure)
        refusals = 1 if refuses else 0
        try:
            while True:
                operation = getattr(operation, "operation", operation)
                if operation.attribute == 2 and operation.access is not None and refusals:
                    operation = procedure.throw(DataAccessError("scope-of-access-violated"))
                else:
                    operation = procedure.send(told[7, operation.attribute])
        except StopIteration as done:
            return done.value

    found = answered_by(profile(Reader(), "1-0:99.1.0", **what))
    table = answered_by(profile_columns(Reader(), "1-0:99.1.0", **what))
    assert table.to_profile() == found
    assert table.count == len(found.rows)
    if not table.count:
        return
    values = table.columns[1]
    assert values.cells.to_list() == [row.cells[1] for row in found.rows]
    assert [bool(values.derived and values.derived[at >> 3] >> (at & 7) & 1) for at in range(table.count)] == [
        1 in row.derived for row in found.rows
    ]
    moments = [moment_of(row.cells[0], TimeRules()) for row in found.rows]
    if None not in moments:
        assert [each / 1_000_000 for each in table.microseconds()] == [each.timestamp() for each in moments if each]
    else:
        with pytest.raises((DecodeError, NotRepresentable)):
            table.microseconds()


def test_numpy_takes_the_buffers_as_they_are(meter: dlmskit.Client) -> None:
    numpy = pytest.importorskip("numpy")
    table = meter.profile_columns("load_profile", entries=(1, 9))
    energy = table["energy_import_total"]
    values = numpy.asarray(energy.values)
    assert values.tolist() == energy.values.tolist()
    assert numpy.shares_memory(values, numpy.frombuffer(energy.cells.data, values.dtype))


def test_a_column_of_differences_is_no_column_of_values() -> None:
    buffer = data.array(*(data.structure(data.octet_string(stamp(0)), data.delta_integer(each)) for each in (1, -1)))
    told = {(7, 2): buffer, (7, 3): data.array(CLOCK.to_data(), VALUE.to_data())}
    with pytest.raises(NotRepresentable, match="read rows"):
        run(profile_columns(Reader(), "1-0:99.1.0"), told)
    mixed = data.array(*(data.structure(data.octet_string(stamp(0)), each) for each in (STATED(1), data.boolean(True))))
    with pytest.raises(NotRepresentable, match="no table"):
        run(profile_columns(Reader(), "1-0:99.1.0"), {**told, (7, 2): mixed})


def test_no_rows_are_wanted_and_moments_are_aware(meter: dlmskit.Client) -> None:
    for none in ({"first": 0}, {"last": 0}, {"first": -2}):
        assert meter.profile("load_profile", **none).rows == ()
    found = meter.profile("load_profile", first=2, columns="energy_import_total")
    assert len(found.rows) == 2
    assert [column.name for column in found.columns] == ["clock", "energy_import_total"]
    for naive in (meter.profile, meter.profile_columns):
        with pytest.raises(NotRepresentable, match="naive"):
            naive("load_profile", datetime(2025, 1, 1))
    with pytest.raises(NotRepresentable, match="naive"):
        meter.set_clock(datetime(2025, 1, 1))


def test_pyarrow_takes_values_validity_and_stamps_without_a_copy() -> None:
    pa = pytest.importorskip("pyarrow")
    big = 0xFFFFFFFFFFFFFFFF
    buffer = data.array(
        *(
            data.structure(
                data.octet_string(stamp(at)), data.null_data() if at == 0 else data.long64_unsigned(big - at)
            )
            for at in range(11)
        )
    )
    told = {(7, 2): buffer, (7, 3): data.array(CLOCK.to_data(), VALUE.to_data()), (3, 3): SCALER_UNIT}
    table, _ = run(profile_columns(Reader(), "1-0:99.1.0"), told)
    energy = table.columns[1]
    validity = pa.py_buffer(energy.validity)
    values = pa.Array.from_buffers(pa.uint64(), table.count, [validity, pa.py_buffer(energy.values)])
    values.validate(full=True)
    assert values.to_pylist() == [None if at == 0 else big - at for at in range(11)]
    assert values.buffers()[1].address == pa.py_buffer(energy.cells.data).address
    assert energy.derived is None
    moments = pa.Array.from_buffers(pa.timestamp("us", "UTC"), table.count, [None, pa.py_buffer(table.microseconds())])
    assert [each.timestamp() - START.timestamp() for each in moments.to_pylist()] == [60 * at for at in range(11)]
    stamps = pa.Array.from_buffers(pa.binary(12), table.count, [None, pa.py_buffer(table.columns[0].cells.data)])
    assert stamps.to_pylist() == [stamp(at) for at in range(11)]
