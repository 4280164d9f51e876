"""Attributes and methods by name: typed by their declaration when read, and written by it."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime, CosemTime
from dlmskit.cosem import Quantity, Unit
from dlmskit.exceptions import EncodeError
from dlmskit.obis import Obis
from dlmskit.reading import Reader
from dlmskit.reading.attributes import invoke, read, write
from dlmskit.session.operations import Action, Get, Set

CALENDAR = Obis.parse("0-0:13.0.0*255")
DAYS = data.array(
    data.structure(
        data.unsigned(1),
        data.array(
            data.structure(
                data.octet_string(bytes((7, 0, 0, 0))),
                data.octet_string(Obis(0, 0, 10, 0, 100).to_bytes()),
                data.long_unsigned(2),
            )
        ),
    )
)
PLAIN = [
    {
        "day_id": 1,
        "day_schedule": [
            {"start_time": CosemTime(7, 0, 0, 0), "script_logical_name": Obis(0, 0, 10, 0, 100), "script_selector": 2}
        ],
    }
]


def run(procedure: Generator[Any, Any, Any], answers: dict[tuple[int, int], Data]) -> tuple[Any, list[Any]]:
    """What a procedure returns, and the operations that it asked for; answers by class and attribute."""
    asked = []
    try:
        operation = next(procedure)
        while True:
            asked.append(operation)
            number = getattr(operation, "attribute", 0)
            operation = procedure.send(
                answers.get((operation.class_id, number)) if isinstance(operation, Get) else None
            )
    except StopIteration as end:
        return end.value, asked


def test_a_calendar_is_read_as_records_and_written_from_them_without_reading_it_first() -> None:
    found, _ = run(read(Reader(), CALENDAR, "day_profile_table_passive", class_id=20), {(20, 9): DAYS})
    assert found == PLAIN
    _, asked = run(write(Reader(), CALENDAR, "day_profile_table_passive", PLAIN, class_id=20), {})
    assert asked == [Set(20, CALENDAR, 9, DAYS)]


def test_enumerations_have_labels() -> None:
    control = Obis.parse("0-0:96.3.10*255")
    found, _ = run(read(Reader(), control, "control_state", class_id=70), {(70, 3): data.enum(2)})
    assert found == "ready-for-reconnection"
    _, asked = run(write(Reader(), control, "control_mode", "mode-4", class_id=70), {})
    assert asked == [Set(70, control, 4, data.enum(4))]


def test_datetimes_inside_records_become_stamps() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    _, asked = run(write(Reader(), CALENDAR, "season_profile_passive", [("spring", moment, "week")], class_id=20), {})
    (season,) = asked[0].value.value
    assert season[0] == b"spring"
    assert CosemDateTime.from_bytes(season[1]).month == 3


def test_a_quantity_is_written_in_the_type_that_the_meter_holds() -> None:
    register = Obis.parse("1-0:1.8.0*255")
    answers = {
        (3, 2): data.double_long_unsigned(7),
        (3, 3): data.structure(data.integer(-1), data.enum(30)),
    }
    assert run(read(Reader(), register, class_id=3), answers)[0] == Quantity(Decimal("0.7"), Unit.WATT_HOUR)
    _, asked = run(write(Reader(), register, 2, Quantity(Decimal("12.5"), Unit.WATT_HOUR), class_id=3), answers)
    assert asked[-1] == Set(3, register, 2, data.double_long_unsigned(125))


def test_what_does_not_fit_is_not_written_and_names_its_place() -> None:
    bad = [{"day_id": 1, "day_schedule": [{"start_time": "noon", "script_logical_name": "0-0:10.0.100*255"}]}]
    with pytest.raises(EncodeError, match=r"day_profile_table_passive\[0\]\.day_schedule\[0\]"):
        run(write(Reader(), CALENDAR, "day_profile_table_passive", bad, class_id=20), {})


def test_parameters_of_methods_are_typed_too() -> None:
    days = Obis.parse("0-0:11.0.0*255")
    _, asked = run(invoke(Reader(), days, "delete", 5, class_id=11), {})
    assert asked == [Action(11, days, 2, data.long_unsigned(5))]
