"""Values as people type them, against what the declarations make of the same values in Python."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.cosem import types
from dlmskit.cosem.quantity import Quantity
from dlmskit.cosem.time import TimeRules
from dlmskit.cosem.typed import to_data
from dlmskit.cosem.types import Type
from dlmskit.cosem.units import Unit
from dlmskit.exceptions import EncodeError
from dlmskit.notation import data_to_json
from dlmskit.reading.typed_in import parse
from dlmskit.reading.values import parameter
from dlmskit.testing.values import data_of

NOON = CosemDateTime(2026, 11, 21, 6, 12, 0, 0, 0)


@pytest.mark.parametrize(
    ("form", "text", "wanted"),
    [
        (types.LONG, "-60", -60),
        (types.BOOLEAN, "true", True),
        (types.ANY, "true", True),
        (types.ANY, "1.0.0", "1.0.0"),
        (types.ANY, "0xD0D1", b"\xd0\xd1"),
        (types.TEXT_OCTETS, "hello", "hello"),
        (types.OCTET_STRING, "0x", b""),
        (types.BIT_STRING, '"0101"', None),
        (types.DATE_TIME_OCTETS, "2026-11-21T12:00", NOON),
        (types.DATE_TIME_OCTETS, "2026-11-21T12:00Z", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        (types.DATE_OCTETS, "2026-11-21", CosemDate(2026, 11, 21, 6)),
        (types.TIME_OCTETS, "12:30:15", CosemTime(12, 30, 15, 0)),
        (types.optional(types.DATE_OCTETS), "2026-11-21", CosemDate(2026, 11, 21, 6)),
        (types.optional(types.DATE_OCTETS), "null", None),
        (types.SCALED, "12.5 kWh", "12.5 kWh"),
        (types.SCALED, "12.5 Wh", Quantity(Decimal("12.5"), Unit.WATT_HOUR)),
        (types.SCALED, "12.50", Decimal("12.50")),
        (types.SCALER_UNIT, '{"scaler": -1, "unit": "V"}', {"scaler": -1, "unit": "V"}),
        (types.array_of(types.DATE_OCTETS), '["2026-11-21"]', [CosemDate(2026, 11, 21, 6)]),
        (types.ANY, '{"type": "long-unsigned", "value": 5}', data.long_unsigned(5)),
    ],
)
def test_texts_and_what_they_mean(form: Type, text: str, wanted: Any) -> None:
    found = parse(form, text)
    if wanted is None and found is not None:
        assert str(found) == "0101"
    else:
        assert (type(found), found) == (type(wanted), wanted)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (types.LONG, "soon"),
        (types.LONG, "1.5"),
        (types.LONG, "99999"),
        (types.LONG, "9" * 5000),
        (types.DATE_TIME_OCTETS, "tomorrow"),
        (types.DATE_OCTETS, "2026-13-01"),
        (types.ANY, "[1"),
        (types.ANY, "[" * 100_000),
        (types.ANY, '{"type": "long", "value": 99999}'),
        (types.ANY, '{"type": "teapot", "value": 1}'),
        (types.SCALER_UNIT, "[1]"),
        (types.BIT_STRING, "012"),
        (types.ANY, "x" * (1 << 21)),
    ],
)
def test_what_means_nothing_is_refused(form: Type, text: str) -> None:
    with pytest.raises(EncodeError):
        parameter(form, parse(form, text), TimeRules(), "value")


@given(data_of(types.ANY))
def test_a_stated_type_says_everything(value: Data) -> None:
    assert parse(types.ANY, data_to_json(value)) == value


@given(st.text(max_size=60))
def test_any_text_means_something_or_is_refused(text: str) -> None:
    for form in (types.ANY, types.SCALED, types.LONG, types.DATE_TIME_OCTETS, types.SCALER_UNIT):
        try:
            to_data(form, parse(form, text))
        except EncodeError:
            pass
        except TypeError:
            pytest.fail(f"{form}: {text!r}")


@given(st.integers(-(2**15), 2**15 - 1))
def test_numbers_come_as_they_are(number: int) -> None:
    assert to_data(types.LONG, parse(types.LONG, json.dumps(number))) == data.long(number)
