"""What a reader asks for, what it makes of refusals, and when it says that it does not know."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.quantity import Quantity
from dlmskit.cosem.selective import CLOCK, CaptureObject, RangeDescriptor
from dlmskit.cosem.time import TimeRules
from dlmskit.cosem.units import Unit
from dlmskit.exceptions import (
    DataAccessError,
    DecodeError,
    ExceptionResponseError,
    LocalProtocolError,
    ServiceError,
)
from dlmskit.model.registry import load
from dlmskit.obis import Obis
from dlmskit.reading import Profile, Reader
from dlmskit.reading.attributes import register
from dlmskit.reading.buffer import profile
from dlmskit.session.operations import Get

REGISTER, PROFILE = Obis.parse("1-0:1.8.0*255"), Obis.parse("1-0:99.1.0*255")
SCALER_UNIT = data.structure(data.integer(1), data.enum(30))
START = datetime(2025, 1, 1, tzinfo=UTC)
BUFFER = data.array(
    *(
        data.structure(
            data.octet_string(CosemDateTime.from_datetime(START + timedelta(hours=hour)).to_bytes()),
            data.double_long_unsigned(hour),
        )
        for hour in range(4)
    )
)
ANSWERS = {
    (3, 2): data.double_long_unsigned(5),
    (3, 3): SCALER_UNIT,
    (7, 2): BUFFER,
    (7, 3): data.array(CLOCK.to_data(), CaptureObject(3, REGISTER).to_data()),
}


def run(
    procedure: Generator[Get, Data, Any], answers: dict[tuple[int, int], Data | Exception]
) -> tuple[Any, list[Get]]:
    """What a procedure returns, and what it asked for; an answer by class and attribute, an exception once."""
    asked = []
    left = {**ANSWERS, **answers}
    try:
        operation = next(procedure)
        while True:
            operation = getattr(operation, "operation", operation)
            asked.append(operation)
            answer = left[operation.class_id, operation.attribute]
            if isinstance(answer, Exception):
                left.update(
                    {(operation.class_id, operation.attribute): ANSWERS[operation.class_id, operation.attribute]}
                )
                operation = procedure.throw(answer)
            else:
                operation = procedure.send(answer)
    except StopIteration as end:
        return end.value, asked


def read(error: Exception | None = None) -> tuple[Profile, list[Get]]:
    hour = timedelta(hours=1)
    return run(profile(Reader(), PROFILE, START + hour, START + 2 * hour), {(7, 2): error} if error else {})


@pytest.mark.parametrize(
    "error",
    [
        *(
            DataAccessError(word)
            for word in ("scope-of-access-violated", "type-unmatched", "other-reason", "read-write-denied")
        ),
        LocalProtocolError("selective access was not negotiated"),
    ],
    ids=str,
)
def test_a_meter_without_selective_access_is_read_whole_and_cut_here(error: Exception) -> None:
    found, asked = read(error)
    assert [row.cells[1].value for row in found.rows] == [10, 20]
    assert [operation.access is not None for operation in asked if operation.attribute == 2] == [True, False]


@pytest.mark.parametrize(
    "error",
    [
        DataAccessError("temporary-failure"),
        DataAccessError("hardware-fault"),
        DataAccessError("data-block-unavailable"),
        DataAccessError("long-get-aborted"),
        ExceptionResponseError("service-not-allowed, operation-not-possible"),
    ],
    ids=str,
)
def test_other_refusals_of_a_range_are_told_and_nothing_else_is_asked(error: ServiceError) -> None:
    with pytest.raises(type(error), match=error.result):
        read(error)


def test_a_refused_scaler_is_the_models_or_the_register_is_not_told() -> None:
    denied = DataAccessError("read-write-denied")
    with pytest.raises(DecodeError, match="does not tell the scaler"):
        run(register(Reader(), REGISTER), {(3, 3): denied})
    found, _ = run(register(Reader(load("generic")), REGISTER), {(3, 3): denied})
    assert found == Quantity(Decimal(5), Unit.WATT_HOUR)
    with pytest.raises(DataAccessError, match="temporary-failure"):
        run(register(Reader(load("generic")), REGISTER), {(3, 3): DataAccessError("temporary-failure")})


@pytest.mark.parametrize(
    "value", [data.null_data(), data.enum(5), data.bcd(0x12), data.delta_unsigned(5), data.boolean(True)]
)
def test_what_counts_nothing_is_no_register(value: Data) -> None:
    with pytest.raises(DecodeError, match="is no number but"):
        run(register(Reader(), REGISTER), {(3, 2): value})


def test_a_float_register_is_exact() -> None:
    found, _ = run(register(Reader(), REGISTER), {(3, 2): data.float64(0.1), (3, 3): SCALER_UNIT})
    assert found.value == 10 * Fraction(0.1)


@pytest.mark.parametrize(
    ("rules", "begin"),
    [
        (TimeRules(zone="Europe/Amsterdam"), "07E90701 02 02000000 FF88 80"),
        (TimeRules("reversed", "Europe/Amsterdam"), "07E90701 02 02000000 0078 80"),
        (TimeRules(zone="Europe/Amsterdam", policy="standard-time-all-year"), "07E90701 02 01000000 8000 00"),
        (TimeRules(zone="Europe/Amsterdam", policy="local"), "07E90701 02 02000000 8000 80"),
        (TimeRules(zone="Europe/Amsterdam", range_in="utc"), "07E90701 02 00000000 0000 00"),
    ],
)
def test_limits_are_written_by_the_models_time_rules(rules: TimeRules, begin: str) -> None:
    model = msgspec.structs.replace(load("generic"), time=rules)
    start = datetime(2025, 7, 1, tzinfo=UTC)
    _, asked = run(profile(Reader(model), PROFILE, start, start), {(7, 4): data.double_long_unsigned(900)})
    (access,) = [operation.access for operation in asked if operation.access is not None]
    assert RangeDescriptor.from_access(access).from_value.value == bytes.fromhex(begin)
