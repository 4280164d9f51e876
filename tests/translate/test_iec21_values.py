"""Converters for IEC 62056-21 text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec.iec21 import DataSet, DataValue, parse_data_sets
from dlmskit.cosem.time import to_stamp
from dlmskit.exceptions import DecodeError, NotRepresentable
from dlmskit.market.services import ProfileRow
from dlmskit.model.registry import load
from dlmskit.translate.iec21_values import (
    energy_from_meter,
    energy_to_meter,
    label_from_meter,
    label_to_meter,
    range_from_meter,
    range_to_meter,
    rows_from_meter,
    rows_to_meter,
    time_from_meter,
    time_to_meter,
)
from dlmskit.translate.pattern import format_fields, parse_fields
from dlmskit.translate.program import Terms
from dlmskit.translate.registry import binding

MODEL = load("zzc")
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def terms(**roles: str) -> Terms:
    options = {"half_open": True} if "profile" in roles else {}
    return Terms(MODEL.time, {use: binding(MODEL.object(role), MODEL) for use, role in roles.items()}, options)


ENERGY = terms(value="energy_import_total")
ROWS = terms(profile="load_profile", value="energy_import_total", status="profile_status")


@given(st.integers(0, 10**8 - 1))
def test_energy_text_is_exact(tenths: int) -> None:
    energy = Decimal(tenths).scaleb(-1)
    text = energy_to_meter((energy,), ENERGY)
    number, _, unit = text.partition("*")
    assert (len(number), unit) == (9, "kWh")
    assert energy_from_meter((parse_data_sets(f"1.8.0({text})"),), ENERGY) == energy
    assert energy_from_meter((text,), ENERGY) == energy


def test_energy_in_the_unit_that_the_data_set_has() -> None:
    for text, expected in {
        "1.8.0(0012345.6*kWh)": "12345.6",
        "1.8.0(0012345.6*Wh)": "12.3456",
        "1.8.0(0012.3456*MWh)": "12345.6",
        "1.8.0(12*MWh)": "12000",
        "1.8.0(12345.6)": "12345.6",
    }.items():
        assert energy_from_meter((parse_data_sets(f"0.0.0(1){text}"),), ENERGY) == Decimal(expected)
        assert "E" not in str(energy_from_meter((parse_data_sets(text),), ENERGY))


def test_energy_that_is_none_is_refused() -> None:
    with pytest.raises(NotRepresentable, match="kvarh"):
        energy_from_meter((parse_data_sets("1.8.0(1*kvarh)"),), ENERGY)
    with pytest.raises(NotRepresentable, match=r"no data set 1\.8\.0"):
        energy_from_meter((parse_data_sets("2.8.0(1*kWh)"),), ENERGY)
    with pytest.raises(DecodeError):
        energy_from_meter((parse_data_sets("1.8.0(ERROR*kWh)"),), ENERGY)
    for energy in (Decimal("0.05"), Decimal(10**7)):
        with pytest.raises(NotRepresentable, match="does not fit"):
            energy_to_meter((energy,), ENERGY)


def test_a_programming_mode_answer_may_leave_its_address_out() -> None:
    assert energy_from_meter(((DataSet("", (DataValue("1.5", "kWh"),)),),), ENERGY) == Decimal("1.5")


def test_date_and_time_are_written_apart_and_read_together() -> None:
    date, time = terms(date="clock_date"), terms(time="clock_time")
    # standard time all the year: 12:00 UTC is 13:00, in July too
    assert (time_to_meter((None, NOON), date), time_to_meter((None, NOON), time)) == ("260701", "130000")
    both = terms(date="clock_date", time="clock_time")
    assert time_from_meter(("260701", "130000"), both) == NOON
    answers = parse_data_sets("0.9.2(260701)"), parse_data_sets("0.9.1(130000)")
    assert time_from_meter(answers, both) == NOON
    with pytest.raises(NotRepresentable, match="lacks hh, mm"):
        time_from_meter(("260701",), date)
    with pytest.raises(NotRepresentable, match="expected a time as YYMMDD"):
        time_from_meter(("26-07-01", "130000"), both)
    with pytest.raises(NotRepresentable, match="no day"):
        time_from_meter(("260231", "130000"), both)


def test_a_half_open_range_takes_the_last_row_in() -> None:
    text = range_to_meter((NOON, NOON + timedelta(hours=1)), ROWS)
    assert text == "2607011300;2607011401"
    assert range_from_meter((text,), ROWS) == (NOON, NOON + timedelta(hours=1))
    seconds = timedelta(seconds=30)
    assert range_to_meter((NOON + seconds, NOON + timedelta(hours=1) + seconds), ROWS) == "2607011301;2607011401"
    with pytest.raises(NotRepresentable, match="from;to"):
        range_from_meter(("2607011300",), ROWS)


rows = st.lists(st.tuples(st.integers(0, 10**8 - 1) | st.none(), st.integers(0, 255) | st.none()), max_size=10)


@given(rows)
def test_rows_come_back(raw: list[tuple[int | None, int | None]]) -> None:
    truth = tuple(
        ProfileRow(NOON + timedelta(hours=number), None if energy is None else Decimal(energy).scaleb(-1), status)
        for number, (energy, status) in enumerate(raw)
    )
    text = "\r\n".join(str(row) for row in rows_to_meter((truth,), ROWS))
    assert rows_from_meter((parse_data_sets(text), NOON, NOON + timedelta(days=1)), ROWS) == truth


def test_rows_written_by_hand() -> None:
    text = "P.01(2607011300)(A8)(0012345.6*kWh)(0000000.0*kWh)\r\nP.01(2607011400)(00)(0012346.0*kWh)(0000000.0*kWh)"
    assert rows_from_meter((parse_data_sets(text), NOON, NOON + timedelta(hours=1)), ROWS) == (
        ProfileRow(NOON, Decimal("12345.6"), 0xA8),
        ProfileRow(NOON + timedelta(hours=1), Decimal("12346.0"), 0),
    )
    assert rows_from_meter((parse_data_sets("P.01()"), NOON, NOON), ROWS) == ()
    with pytest.raises(NotRepresentable, match="row of 3 values, wanted 4"):
        rows_from_meter((parse_data_sets("P.01(2607011300)(A8)(1.0*kWh)"), NOON, NOON), ROWS)
    for status in ("XY", "-1", "0x1", "1_0", " 1"):
        with pytest.raises(NotRepresentable, match="not hexadecimal"):
            rows_from_meter((parse_data_sets(f"P.01(2607011300)({status})(1.0*kWh)(1.0*kWh)"), NOON, NOON), ROWS)


def test_labels_both_ways() -> None:
    words = Terms(objects=terms(value="supply_status").objects, options={"0": "disconnected", "1": "connected"})
    assert label_from_meter((parse_data_sets("C.96.3(1)"),), words) == "connected"
    assert label_to_meter(("disconnected",), words) == "0"
    with pytest.raises(NotRepresentable, match="'7'"):
        label_from_meter((parse_data_sets("C.96.3(7)"),), words)
    with pytest.raises(NotRepresentable, match="no word"):
        label_to_meter(("ready-for-reconnection",), words)


def test_patterns_keep_what_stands_between() -> None:
    stamp = to_stamp(NOON, MODEL.time)
    assert format_fields(stamp, "hh:mm:ss, DD.MM.YY") == "13:00:00, 01.07.26"
    assert parse_fields("13:00:00, 01.07.26", "hh:mm:ss, DD.MM.YY")["DD"] == 1
    with pytest.raises(NotRepresentable):
        parse_fields("13x00:00, 01.07.26", "hh:mm:ss, DD.MM.YY")


@pytest.mark.parametrize("year", [1999, 2100])
def test_a_year_that_two_digits_do_not_tell_is_refused(year: int) -> None:
    moment = datetime(year, 7, 1, tzinfo=UTC)
    with pytest.raises(NotRepresentable, match=f"year {year}"):
        format_fields(to_stamp(moment, MODEL.time), "YYMMDD")
    with pytest.raises(NotRepresentable, match=f"year {year}"):
        range_to_meter((moment, moment), ROWS)


def test_a_period_out_of_the_calendar_is_refused() -> None:
    late = datetime.fromisoformat("9999-12-31T23:59:59-12:00")
    with pytest.raises(NotRepresentable, match="calendar"):
        range_to_meter((NOON, late), ROWS)
