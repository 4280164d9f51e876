"""Event logs: codes with the meaning that the meter's table gives them, and numbers where there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.selective import CLOCK, CaptureObject
from dlmskit.exceptions import DecodeError
from dlmskit.model.registry import load
from dlmskit.obis import Obis
from dlmskit.reading import Event, Reader
from dlmskit.reading.events import events
from tests.reading.test_reader import run

START = datetime(2025, 3, 30, tzinfo=UTC)
CODE, EXTRA = CaptureObject(1, Obis(0, 0, 96, 11, 0)), CaptureObject(1, Obis(0, 0, 96, 15, 0))


def stamp(hour: int) -> CosemDateTime:
    return CosemDateTime.from_datetime(START + timedelta(hours=hour))


def log(columns: list[CaptureObject], *codes: Data) -> dict[tuple[int, int], Any]:
    rows = [
        data.structure(
            data.octet_string(stamp(hour).to_bytes()),
            *(code if column is CODE else data.octet_string(b"\x07") for column in columns[1:]),
        )
        for hour, code in enumerate(codes)
    ]
    return {(7, 2): data.array(*rows), (7, 3): data.array(*(column.to_data() for column in columns))}


def test_codes_have_the_meaning_of_the_companions_table() -> None:
    answers = log([CLOCK, EXTRA, CODE], data.unsigned(1), data.long_unsigned(2), data.unsigned(99))
    found, _ = run(events(Reader(load("dsmr"))), answers)
    source = load("dsmr").event_tables[0].source
    extra = {"0-0:96.15.0*255": b"\x07"}
    assert found == (
        Event(stamp(0), 1, "power down", source, extra),
        Event(stamp(1), 2, "power up", source, extra),
        Event(stamp(2), 99, None, None, extra),
    )


def test_another_log_has_its_own_codes_and_a_meter_without_tables_numbers() -> None:
    answers = log([CLOCK, CODE], data.unsigned(40))
    found, _ = run(events(Reader(load("dsmr")), "0-0:99.98.1"), answers)
    assert [event.label for event in found] == ["terminal cover removed"]
    found, _ = run(events(Reader()), answers)
    assert [(event.code, event.label, event.source) for event in found] == [(40, None, None)]
    found, _ = run(events(Reader(), table=load("dsmr").event_tables[1]), answers)
    assert [event.label for event in found] == ["terminal cover removed"]


def test_a_range_of_a_log_is_asked_for() -> None:
    answers = log([CLOCK, CODE], *(data.unsigned(code) for code in range(1, 6)))
    found, asked = run(events(Reader(load("dsmr")), start=START + timedelta(hours=2)), answers)
    assert [event.code for event in found] == [3, 4, 5]
    assert any(operation.access is not None for operation in asked)


@pytest.mark.parametrize(
    ("columns", "code", "reason"),
    [([CLOCK, CODE], data.octet_string(b"\x01"), "code of an event is bytes"), ([CLOCK], None, "no column of codes")],
)
def test_a_log_without_codes_is_said(columns: list[CaptureObject], code: Data | None, reason: str) -> None:
    answers = log(columns, *([code] if code is not None else [data.unsigned(1)]))
    with pytest.raises(DecodeError, match=reason):
        run(events(Reader(load("dsmr"))), answers)


@pytest.mark.parametrize("code", [float("nan"), float("inf"), 1.25])
def test_a_code_that_is_no_whole_number_is_told(code: float) -> None:
    scaled = CaptureObject(3, Obis(1, 0, 1, 8, 0))
    row = data.structure(data.octet_string(stamp(0).to_bytes()), data.float32(code))
    answers = {(7, 2): data.array(row), (7, 3): data.array(CLOCK.to_data(), scaled.to_data())}
    with pytest.raises(DecodeError, match="the code of an event is Quantity"):
        run(events(Reader()), answers)
