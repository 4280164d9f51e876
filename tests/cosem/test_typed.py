"""Typed views of what attributes hold: read, labelled, written back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmskit import testing
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.codec.values import BitString
from dlmskit.cosem import INTERFACE_CLASSES, Quantity, Unit, interface_class, types
from dlmskit.cosem.typed import to_data, view
from dlmskit.cosem.types import Type
from dlmskit.exceptions import EncodeError
from dlmskit.obis import Obis

FORMS = {
    f"{cls.class_id}v{cls.version}": [item.form for item in (*cls.attributes, *cls.methods)]
    for cls in INTERFACE_CLASSES.values()
}
ALL = st.sampled_from([form for forms in FORMS.values() for form in forms])


@pytest.mark.parametrize("version", FORMS)
def test_what_fits_is_read_and_written_back_to_the_same_octets(version: str) -> None:
    @settings(max_examples=12, deadline=None)
    @given(st.tuples(*map(testing.data_of, FORMS[version])))
    def round_trip(values: tuple[Data, ...]) -> None:
        for form, value in zip(FORMS[version], values, strict=True):
            seen = view(form, value)
            assert seen.misfits == ()
            assert to_data(form, seen.value, like=value) == value
            if form.closed:
                assert to_data(form, seen.value) == value

    round_trip()


@settings(max_examples=300, deadline=None)
@given(ALL, testing.DATA)
def test_any_data_is_read_and_nothing_of_it_is_lost(form: Type, value: Data) -> None:
    seen = view(form, value)
    back = to_data(form, seen.value, like=value)
    assert back == value or repr(back.value) == repr(value.value)


def attribute(class_id: int, version: int, name: str) -> Type:
    found = interface_class(class_id, version).attribute(name)
    assert found is not None
    return found.form


def test_records_have_the_names_of_the_book() -> None:
    form = attribute(20, 0, "day_profile_table_passive")
    action = {
        "start_time": CosemTime(7, 0, 0, 0),
        "script_logical_name": Obis(0, 0, 10, 0, 100),
        "script_selector": 1,
    }
    plain = [{"day_id": 1, "day_schedule": [action]}]
    octets = to_data(form, plain)
    assert octets.to_bytes().hex() == "01010202110101010203090407000000090600000a0064ff120001"
    assert view(form, octets).value == plain


def test_tuples_and_text_are_short_ways_to_write() -> None:
    form = attribute(20, 0, "day_profile_table_passive")
    short = to_data(form, [(1, [(CosemTime(7, 0, 0, 0), "0-0:10.0.100*255", 1)])])
    assert short.to_bytes().hex() == "01010202110101010203090407000000090600000a0064ff120001"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([{"day_id": 1}], "day[0]: wanted the fields day_id, day_schedule; no day_schedule"),
        ([{"day_id": 300, "day_schedule": []}], "day[0].day_id: wanted unsigned, found 300"),
        (
            [{"day_id": 1, "day_schedule": [(b"123", "1.0.0", 1)]}],
            "day[0].day_schedule[0].start_time: wanted octet-string",
        ),
        ([{"day_id": 1, "day_schedule": [], "more": 1}], "unknown more"),
        ({"day_id": 1}, "day: wanted a list, found dict"),
        ("text", "day: wanted a list, found str"),
        ([5], "day[0]: wanted a dictionary of day_id, day_schedule, found 5"),
    ],
)
def test_what_cannot_be_written_names_its_place(value: object, message: str) -> None:
    with pytest.raises(EncodeError) as caught:
        to_data(attribute(20, 0, "day_profile_table_passive"), value, name="day")
    assert message in str(caught.value)


def test_labels_both_ways_and_numbers_without_one() -> None:
    form = attribute(70, 0, "control_state")
    assert view(form, data.enum(2)).value == "ready-for-reconnection"
    assert view(form, data.enum(9)).value == 9
    assert to_data(form, "connected") == to_data(form, 1) == data.enum(1)
    with pytest.raises(EncodeError, match="no such label"):
        to_data(form, "on fire")


def test_flags_both_ways() -> None:
    status = attribute(8, 0, "status")
    assert view(status, data.unsigned(0x81)).value == ["invalid-value", "daylight-saving-active"]
    assert to_data(status, ["daylight-saving-active"]) == data.unsigned(0x80)
    assert to_data(status, 0x10) == data.unsigned(0x10)
    with pytest.raises(EncodeError, match="no flag winter"):
        to_data(status, ["winter"])
    weekdays = types.flags("monday", "tuesday", "wednesday")
    assert view(weekdays, data.bit_string("101")).value == ["monday", "wednesday"]
    assert to_data(weekdays, ["tuesday"]) == data.bit_string("010")
    other = view(weekdays, data.bit_string("1010"))
    assert (other.value, len(other.misfits)) == (BitString.from_str("1010"), 1)
    assert to_data(weekdays, other.value) == data.bit_string("1010")


def test_quantities_need_a_scaler_and_keep_every_digit() -> None:
    form = attribute(3, 0, "value")
    raw = data.double_long_unsigned(0xFFFFFFFF)
    assert view(form, raw).value == 0xFFFFFFFF
    scaling = (-3, Unit.WATT_HOUR)
    assert view(form, raw, scaling=scaling).value == Quantity(Decimal("4294967.295"), Unit.WATT_HOUR)
    assert to_data(form, Quantity(Decimal("4294967.295"), Unit.WATT_HOUR), like=raw, scaling=scaling) == raw
    assert to_data(form, Decimal("1.5"), like=raw, scaling=scaling) == data.double_long_unsigned(1500)
    assert to_data(form, 3000, like=raw, scaling=(3, Unit.WATT_HOUR)) == data.double_long_unsigned(3)
    with pytest.raises(EncodeError, match="finer than"):
        to_data(form, Decimal("0.0001"), like=raw, scaling=scaling)
    with pytest.raises(EncodeError, match="wanted Wh, found 1 V"):
        to_data(form, Quantity(Decimal(1), Unit.VOLT), like=raw, scaling=scaling)
    with pytest.raises(EncodeError, match="only where scaler"):
        to_data(form, Quantity(Decimal(1), Unit.VOLT), like=raw)
    with pytest.raises(EncodeError, match="does not fit double-long-unsigned"):
        to_data(form, 2**32, like=raw)


@pytest.mark.parametrize("edge", [0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1])
def test_numbers_at_the_edges_of_their_width(edge: int) -> None:
    raw = data.double_long_unsigned(edge)
    assert view(types.DOUBLE_LONG_UNSIGNED, raw).value == edge
    assert to_data(types.DOUBLE_LONG_UNSIGNED, edge) == raw
    assert to_data(types.LONG64_UNSIGNED, edge << 32 | 1).value == edge << 32 | 1


def test_a_near_type_is_read_and_told_and_kept() -> None:
    form = attribute(8, 0, "time_zone")
    seen = view(form, data.double_long(-60), name="time_zone")
    assert seen.value == -60
    assert str(seen.misfits[0]) == "time_zone: wanted long, found double-long"
    assert to_data(form, -120, like=data.double_long(-60)) == data.double_long(-120)
    moment = CosemDateTime(2026, 1, 1)
    clock = attribute(8, 0, "time")
    stamp = data.date_time(moment)
    assert view(clock, stamp).value == moment
    assert to_data(clock, moment, like=stamp) == stamp
    assert to_data(clock, moment) == data.octet_string(moment.to_bytes())


def test_what_does_not_fit_stays_as_it_came() -> None:
    form = attribute(20, 0, "season_profile_active")
    good = [b"summer", CosemDateTime(month=4, day=1).to_bytes(), b"w1"]
    rows = data.array(
        data.structure(*map(data.octet_string, good)),
        data.structure(data.octet_string(b"lonely")),
        data.unsigned(3),
    )
    seen = view(form, rows, name="seasons")
    assert seen.value[0] == {
        "season_profile_name": "summer",
        "season_start": CosemDateTime(month=4, day=1),
        "week_name": "w1",
    }
    assert seen.value[1:] == [data.structure(data.octet_string(b"lonely")), data.unsigned(3)]
    assert [(misfit.path, misfit.found) for misfit in seen.misfits] == [
        ("seasons[1]", "a structure of 1"),
        ("seasons[2]", "unsigned"),
    ]
    assert to_data(form, seen.value) == rows


def test_an_empty_stamp_stays_what_it_is() -> None:
    form = attribute(4, 0, "capture_time")
    seen = view(form, data.octet_string(b""))
    assert (seen.value, seen.misfits[0].found) == (data.octet_string(b""), "0 octets")
    assert to_data(form, seen.value) == data.octet_string(b"")


def test_open_values_are_written_where_there_is_no_doubt() -> None:
    form = attribute(1, 0, "value")
    assert to_data(form, True) == data.boolean(True)
    assert to_data(form, b"\x01") == data.octet_string(b"\x01")
    assert to_data(form, None) == data.null_data()
    assert to_data(form, data.long(5)) == data.long(5)
    assert to_data(form, 5, like=data.long(3)) == data.long(5)
    assert to_data(form, CosemDate(2026, 1, 1)) == data.date(CosemDate(2026, 1, 1))
    with pytest.raises(EncodeError, match="may be of several types"):
        to_data(form, 5)
    rows = data.array(data.unsigned(1), data.unsigned(2))
    assert to_data(form, [3, 4, 5], like=rows) == data.array(*map(data.unsigned, (3, 4, 5)))


def test_errors_do_not_show_octets() -> None:
    with pytest.raises(EncodeError) as caught:
        to_data(types.LOGICAL_NAME, b"a secret")
    assert "secret" not in str(caught.value)
