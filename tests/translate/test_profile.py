"""Profile rows: whatever columns, scalers and widths the meter has, the market sees the truth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.cosem.selective import CaptureObject
from dlmskit.cosem.time import TimeRules
from dlmskit.exceptions import DecodeError, DlmskitError, NotRepresentable
from dlmskit.market.services import ProfileRow
from dlmskit.obis import Obis
from dlmskit.translate.profile import rows_from_meter, rows_to_meter
from dlmskit.translate.program import Binding, Terms

START = datetime(2026, 3, 29, 0, tzinfo=UTC)
CLOCK, IMPORT, EXPORT, STATUS = (
    CaptureObject(class_id, Obis.parse(obis))
    for class_id, obis in ((8, "0-0:1.0.0*255"), (3, "1-0:1.8.0*255"), (3, "1-0:2.8.0*255"), (1, "0-0:96.10.2*255"))
)
OBJECTS = {
    use: Binding(captured.class_id, captured.logical_name)
    for use, captured in (("clock", CLOCK), ("value", IMPORT), ("status", STATUS))
}
STANDARD = Terms(TimeRules("standard", "Europe/Amsterdam"), OBJECTS)
REVERSED = Terms(TimeRules("reversed", "Europe/Amsterdam"), OBJECTS)
SCALE = data.structure(data.integer(0), data.enum(30))
PERIOD = data.double_long_unsigned(900)
COLUMNS = (CLOCK, STATUS, IMPORT, EXPORT)


def columns_of(*captured: CaptureObject) -> Data:
    return data.array(*(each.to_data() for each in captured))


def read(buffer: Data, captured: tuple[CaptureObject, ...] = COLUMNS, **changes: Any) -> tuple[ProfileRow, ...]:
    given = {"scale": SCALE, "period": PERIOD, "start": START, "end": START + timedelta(days=400), "terms": STANDARD}
    given.update(changes)
    arguments = (buffer, columns_of(*captured), given["scale"], given["period"], given["start"], given["end"])
    return rows_from_meter(arguments, given["terms"])


rows = st.lists(
    st.tuples(st.integers(0, 2**32 - 1) | st.sampled_from([2**31, 2**32 - 1]), st.integers(0, 255)), max_size=20
)


@given(
    rows,
    st.permutations(COLUMNS),
    st.integers(-3, 3),
    st.sampled_from([STANDARD, REVERSED]),
)
def test_rows_come_back_in_any_column_order_scaler_and_sign(
    raw: list[tuple[int, int]], captured: list[CaptureObject], scaler: int, terms: Terms
) -> None:
    scale = data.structure(data.integer(scaler), data.enum(30))
    truth = tuple(
        ProfileRow(START + timedelta(minutes=15 * number), Decimal(energy).scaleb(scaler - 3), status)
        for number, (energy, status) in enumerate(raw)
    )
    buffer = Data.from_bytes(rows_to_meter((truth, columns_of(*captured), scale), terms).to_bytes())
    assert read(buffer, tuple(captured), scale=scale, terms=terms) == truth


def stamp(octets: str) -> Data:
    return data.octet_string(bytes.fromhex(octets))


def test_rows_written_by_hand_over_the_change_to_summer_time() -> None:
    before, after = "07EA031D 07 013B0000 FFC4 00", "07EA031D 07 03000000 FF88 80"
    buffer = data.array(
        *(
            data.structure(stamp(octets), data.unsigned(8), data.double_long_unsigned(energy), data.null_data())
            for octets, energy in ((before, 2**31 - 1), (after, 2**31))
        )
    )
    assert read(buffer) == (
        ProfileRow(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), Decimal("2147483.647"), 8),
        ProfileRow(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), Decimal("2147483.648"), 8),
    )


def test_null_data_is_undone() -> None:
    first = data.structure(
        stamp("07EA031D 07 01000000 FFC4 00"), data.unsigned(8), data.double_long_unsigned(5), data.null_data()
    )
    nulls = data.structure(*[data.null_data()] * 4)
    later = data.structure(data.null_data(), data.null_data(), data.double_long_unsigned(7), data.null_data())
    found = read(data.array(first, nulls, later))
    assert [row.time - START for row in found] == [timedelta(minutes=15 * number) for number in range(3)]
    assert [str(row.active_energy_import) for row in found] == ["0.005", "0.005", "0.007"]
    assert [row.status for row in found] == [8, 8, 8]
    with pytest.raises(NotRepresentable, match="row 0: no time"):
        read(data.array(nulls))
    with pytest.raises(NotRepresentable, match="row 1: no time"):
        read(data.array(first, nulls), period=data.double_long_unsigned(0))


def test_a_period_that_leads_past_the_calendar_is_refused() -> None:
    first = data.structure(*GOOD)
    nulls = data.structure(*[data.null_data()] * 4)
    with pytest.raises(NotRepresentable, match="row 59: date value"):
        read(data.array(first, *[nulls] * 60), period=data.double_long_unsigned(2**32 - 1))


def test_rows_outside_the_period_are_left_out_and_the_rest_is_in_order() -> None:
    truth = tuple(ProfileRow(START + timedelta(hours=hour), Decimal(hour), 0) for hour in (3, 1, 0, 2))
    buffer = rows_to_meter((truth, columns_of(*COLUMNS), SCALE), STANDARD)
    found = read(buffer, start=START + timedelta(hours=1), end=START + timedelta(hours=2))
    assert [row.active_energy_import for row in found] == [1, 2]


@pytest.mark.parametrize("period", [PERIOD, data.double_long_unsigned(3600)])
def test_newest_first_left_out_stamps_go_back(period: Data) -> None:
    def row(hour: int | None, energy: int) -> Data:
        moment = data.null_data() if hour is None else stamp(f"07EA031D 07 {hour:02X}000000 FFC4 00")
        return data.structure(moment, data.double_long_unsigned(energy))

    step = timedelta(seconds=period.value)
    buffer = data.array(row(20, 9), row(None, 8), row(None, 7), row(10, 3), row(None, 2))
    found = read(buffer, (CLOCK, IMPORT), period=period)
    first, last = START + timedelta(hours=9), START + timedelta(hours=19)
    assert [(row.time, str(row.active_energy_import)) for row in found] == [
        (first - step, "0.002"),
        (first, "0.003"),
        (last - 2 * step, "0.007"),
        (last - step, "0.008"),
        (last, "0.009"),
    ]
    oldest_first = data.array(row(10, 3), row(None, 4), row(20, 9))
    assert [row.time - first for row in read(oldest_first, (CLOCK, IMPORT), period=period)] == [
        timedelta(0),
        step,
        last - first,
    ]


def test_a_profile_without_a_status_column_has_rows_without_status() -> None:
    buffer = data.array(data.structure(stamp("07EA031D 07 01000000 FFC4 00"), data.double_long_unsigned(5)))
    assert read(buffer, (CLOCK, IMPORT)) == (ProfileRow(START, Decimal("0.005"), None),)


GOOD = (stamp("07EA031D 07 01000000 FFC4 00"), data.unsigned(8), data.double_long_unsigned(5), data.null_data())


@pytest.mark.parametrize(
    ("buffer", "captured", "told"),
    [
        (data.array(data.structure(*GOOD)), (CLOCK, STATUS, EXPORT, EXPORT), "does not capture 1-0:1.8.0"),
        (data.array(data.structure(*GOOD)), (STATUS, STATUS, IMPORT, EXPORT), "does not capture 0-0:1.0.0"),
        (data.array(data.structure(*GOOD[:3])), COLUMNS, r"wanted 4 cells, found 3 cells .*\[0\]"),
        (data.array(data.array(*GOOD)), COLUMNS, r"found array .*\[0\]"),
        (data.octet_string(b""), COLUMNS, "rows of a profile"),
        (data.array(data.structure(GOOD[0], GOOD[1], data.float32(1.0), GOOD[3])), COLUMNS, "float32"),
        (data.array(data.structure(GOOD[0], GOOD[1], data.delta_integer(1), GOOD[3])), COLUMNS, "delta-integer"),
        (data.array(data.structure(data.unsigned(1), *GOOD[1:])), COLUMNS, "expected a date-time"),
    ],
)
def test_what_cannot_be_told_for_sure_is_refused(buffer: Data, captured: tuple[CaptureObject, ...], told: str) -> None:
    with pytest.raises((DecodeError, NotRepresentable), match=told):
        read(buffer, captured)


@given(st.binary(max_size=60), st.binary(max_size=30))
def test_any_data_gives_rows_or_our_error(cells: bytes, scale: bytes) -> None:
    try:
        buffer, unit = (Data.from_bytes(octets) for octets in (b"\x01\x01\x02\x04" + cells, b"\x02\x02" + scale))
        found = read(buffer, scale=unit)
    except DlmskitError:
        return
    assert isinstance(found, tuple)
