"""Every captured push that is in clear, or whose key was published, comes out as labelled readings.

The witnesses are the vectors in tests/vectors and, where they lie beside the project, those that may not be copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from dlmskit.apdu.block_transfer import GeneralBlockTransfer
from dlmskit.apdu.notification import DataNotification, EventNotificationRequest
from dlmskit.codec import data
from dlmskit.codec.axdr import encode_tree
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.codec.values import Node
from dlmskit.cosem import Unit, scale
from dlmskit.enums import DataType
from dlmskit.model.push import PushField, PushTemplate
from dlmskit.model.registry import push_templates
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.stack.observe import Message, Observer
from dlmskit.testing.trees import trees
from dlmskit.translate.push import Push, Reading, explain, label

PROJECT = Path(__file__).parents[2]
NOTIFICATIONS = (DataNotification, EventNotificationRequest)

# What amshan calls a value, and its code without the groups A, B and F.
AMSHAN = {
    "active_power_import": "1.7.0",
    "active_power_export": "2.7.0",
    "reactive_power_import": "3.7.0",
    "reactive_power_export": "4.7.0",
    "active_power_import_total": "1.8.0",
    "active_power_export_total": "2.8.0",
    "reactive_power_import_total": "3.8.0",
    "reactive_power_export_total": "4.8.0",
    "list_ver_id": "",
    "meter_id": "",
    "meter_type": "",
    "meter_manufacturer": "",
    "meter_datetime": "",
}
for phase in range(3):
    AMSHAN[f"current_l{phase + 1}"] = f"{31 + 20 * phase}.7.0"
    AMSHAN[f"voltage_l{phase + 1}"] = f"{32 + 20 * phase}.7.0"
    for offset, name in enumerate(
        ("active_power_import", "active_power_export", "reactive_power_import", "reactive_power_export")
    ):
        AMSHAN[f"{name}_l{phase + 1}"] = f"{21 + 20 * phase + offset}.7.0"


class Captured(msgspec.Struct, frozen=True):
    """One vector with a push in it."""

    def __hash__(self) -> int:
        return hash(self.id)

    id: str
    hex: str
    origin: str
    context: dict[str, Any]
    expected: dict[str, Any]
    manufacturer: str | None = None


def _vectors() -> Iterator[Captured]:
    beside = PROJECT.parent / "shared" / "vectors" / "vectors.jsonl"
    files = [beside] if beside.exists() else sorted((PROJECT / "tests" / "vectors").glob("*.jsonl"))
    for file in files:
        for line in file.read_bytes().splitlines():
            row = msgspec.json.decode(line)
            if row["family"] in ("apdu", "hdlc-frame", "mbus-frame", "wrapper") and not row["context"].get("must_fail"):
                yield msgspec.convert(row, Captured)


@cache
def observed(vector: Captured) -> tuple[Message, ...]:
    """The notifications in a vector, found as they are on a line: framing, protection and general blocks undone."""
    context = vector.context
    guek, gak, title = (
        bytes.fromhex(context[key]) if context.get(key) else None for key in ("guek", "gak", "system_title")
    )
    keys = KeySet(guek, gak) if guek is not None else None
    observer = Observer(lambda _: keys, system_title=title, allow_unauthenticated=gak is None)
    observer.explain(bytes.fromhex(vector.hex))
    blocks = [message.apdu for message in observer.messages if isinstance(message.apdu, GeneralBlockTransfer)]
    if blocks and blocks[-1].last_block and not any(isinstance(each.apdu, NOTIFICATIONS) for each in observer.messages):
        observer.explain(b"".join(block.block_data for block in blocks))
    return tuple(message for message in observer.messages if isinstance(message.apdu, NOTIFICATIONS))


VECTORS = [vector for vector in _vectors() if observed(vector)]
PUSHES = [vector for vector in VECTORS if vector.origin == "capture"]
UNSCALED = {"hdlc-frame-cae993bfcd45"}  # M-Bus devices of other makers: their scalers are not in the push nor published
WITHOUT_TIME = {
    "hdlc-frame-88cf3597654c",
    "apdu-638d0eb30fbc",
    "hdlc-frame-57ecf260c001",
}  # Aidon sends none in these lists


def named(vectors: list[Captured]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", vectors, ids=lambda vector: vector.id)


def explained(vector: Captured) -> list[Push]:
    return [explain(message.apdu, push_templates()) for message in observed(vector)]  # type: ignore[arg-type]


@named(PUSHES)
def test_every_captured_push_is_labelled(vector: Captured) -> None:
    pushes = explained(vector)
    assert pushes
    for push in pushes:
        assert push.unknown is None
        assert push.readings
        assert all(reading.name or reading.obis for reading in push.readings)
        if vector.id not in WITHOUT_TIME:
            assert push.time is not None
            assert all(reading.time is not None for reading in push.readings)
        if vector.id not in UNSCALED:
            assert all(reading.scaled for reading in push.readings)
            assert all(reading.unit is not None for reading in push.readings if isinstance(reading.value, Decimal))


@named([vector for vector in PUSHES if vector.expected.get("amshan")])
def test_values_agree_with_amshan(vector: Captured) -> None:
    """amshan works in floats; both sides are compared to the hundredth."""
    push = explained(vector)[-1]
    found = {f"{r.obis.c}.{r.obis.d}.{r.obis.e}": r for r in push.readings if r.obis is not None}
    strings = {reading.value for reading in push.readings}
    for key, value in vector.expected["amshan"].items():
        code = AMSHAN[key]
        if code:
            reading = found[code]
            assert isinstance(reading.value, Decimal)
            assert round(reading.value, 2) == round(Decimal(str(value)), 2), key
        elif key == "meter_datetime":
            assert push.time is not None
            assert push.time.to_datetime(zone=UTC).replace(tzinfo=None).isoformat() == value
        elif key != "meter_manufacturer":
            assert value in strings, key


@named([vector for vector in PUSHES if vector.expected.get("readings") and "gbt_reassembled" not in vector.expected])
def test_codes_and_values_agree_with_the_vector(vector: Captured) -> None:
    push = explained(vector)[-1]
    if push.grammar == "object-list":
        return  # the vector's readings pair the codes of the object list with their attribute numbers
    found = {f"{reading.obis.dotted}": reading for reading in push.readings if reading.obis is not None}
    for row in vector.expected["readings"]:
        code = row["obis"].replace("-", ".").replace(":", ".")
        reading = found[code]
        if "value" in row:
            assert reading.value == Decimal(str(row["value"]))
            assert (reading.unit.symbol if reading.unit is not None else None) == (row["unit"] or "")
        elif "text" in row:
            assert reading.value == row["text"]


def test_display_of_the_publisher() -> None:
    """apdu-b4c146ce43e5 (arendst/Tasmota issue 8790) was published with what the meter showed."""
    vector = next(vector for vector in PUSHES if vector.id == "apdu-b4c146ce43e5")
    shown = {"1.8.0": "204058", "2.8.0": "0", "3.8.0": "348", "4.8.0": "114898", "1.7.0": "149", "4.7.0": "123"}
    found = {f"{r.obis.c}.{r.obis.d}.{r.obis.e}": r.value for r in explained(vector)[0].readings if r.obis is not None}
    assert {code: str(found[code]) for code in shown} == shown


# Values that the tests of scs/smartmeter-datacollector expect from the same octets (facts; the octets are in vectors of
# Landis+Gyr meters and are not copied here).
DATACOLLECTOR = {
    "hdlc-frame-9ec76bd25c4a": {"1.7.0": "11", "1.8.0": "21956", "32.7.0": "235.7", "31.7.0": "0.06"},
    "hdlc-frame-30bb06561828": {"1.7.0": "258874", "1.8.0": "2607383", "32.7.0": "229", "31.7.0": "400"},
    "hdlc-frame-08a29ffc9781": {"1.7.0": "0", "32.7.0": "232", "31.7.0": "0"},
}


def test_values_agree_with_smartmeter_datacollector() -> None:
    for vector in PUSHES:
        wanted = {code: Decimal(value) for code, value in DATACOLLECTOR.get(vector.id, {}).items()}
        found = {
            f"{r.obis.c}.{r.obis.d}.{r.obis.e}": r.value for r in explained(vector)[0].readings if r.obis is not None
        }
        assert {code: found[code] for code in wanted} == wanted


STAMP = CosemDateTime.from_bytes(bytes.fromhex("07e60b0c0610360000ffc400"))
CODE = Obis(1, 0, 1, 7, 0)


def push(*values: Data, templates: tuple[PushTemplate, ...] = (), time: CosemDateTime | None = None) -> Push:
    sent = None if time is None else time.to_bytes()
    return explain(DataNotification(1, sent, data.structure(*values)), templates)


def code(obis: Obis) -> Data:
    return data.octet_string(obis.to_bytes())


def row(name: str, *fields: PushField, grammar: str = "positions", lead: tuple[PushField, ...] = ()) -> PushTemplate:
    return PushTemplate(name, grammar, "here", "fictional", fields, lead)  # type: ignore[arg-type]


WATTS = PushField(obis=CODE, type=DataType.LONG_UNSIGNED, scaler=-1, unit=Unit.WATT)


def test_scaler_and_unit_of_the_body() -> None:
    scaling = data.structure(data.integer(-1), data.enum(27))
    for values in (
        (code(CODE), data.long_unsigned(123), scaling),
        (data.structure(code(CODE), data.long_unsigned(123), scaling),),
    ):
        found = push(*values, time=STAMP)
        assert found.readings == (Reading("active power import", Decimal("12.3"), CODE, Unit.WATT, STAMP),)


def test_a_number_without_scaler_stays_as_it_was_sent() -> None:
    found = push(code(CODE), data.long_unsigned(123))
    assert found.readings == (Reading("active power import", 123, CODE, scaled=False),)


def test_an_unknown_unit_code_keeps_the_scaled_value() -> None:
    found = push(code(CODE), data.long_unsigned(123), data.structure(data.integer(1), data.enum(200)))
    assert (found.readings[0].value, found.readings[0].unit) == (Decimal(1230), None)


def test_null_is_not_zero() -> None:
    found = push(code(CODE), data.null_data(), templates=(row("t", WATTS, grammar="codes"),))
    assert found.readings[0].value is None


def test_body_stamp_goes_before_that_of_the_notification() -> None:
    inside = CosemDateTime.from_bytes(bytes.fromhex("07e60b0c0610370000ffc400"))
    clock = (code(Obis(0, 0, 1, 0, 0)), data.octet_string(inside.to_bytes()))
    scaling = data.structure(data.integer(0), data.enum(27))
    found = push(*clock, code(CODE), data.long_unsigned(1), scaling, time=STAMP)
    assert found.time == inside
    assert {reading.time for reading in found.readings} == {inside}


@pytest.mark.parametrize(
    ("values", "fits"),
    [
        ((data.long_unsigned(123),), True),
        ((data.double_long_unsigned(123),), False),
        ((data.octet_string(b"x"),), False),
        ((data.long_unsigned(123), data.long_unsigned(1)), False),
        ((), False),
    ],
)
def test_positions_fit_in_number_and_type_or_not_at_all(values: tuple[Data, ...], fits: bool) -> None:
    found = push(*values, templates=(row("one", WATTS),), time=STAMP)
    assert (found.unknown is None) is fits
    assert [reading.value for reading in found.readings] == ([Decimal("12.3")] if fits else [])


def test_identifier_and_length_are_part_of_the_shape() -> None:
    template = row("id", PushField(text="LIST_1"), PushField(octets=3), WATTS)
    good = (data.octet_string(b"LIST_1"), data.octet_string(b"abc"), data.long_unsigned(5))
    assert push(*good, templates=(template,)).template == "id"
    assert push(data.octet_string(b"LIST_2"), *good[1:], templates=(template,)).unknown is not None
    assert push(good[0], data.octet_string(b"abcd"), good[2], templates=(template,)).unknown is not None


def test_a_stamp_field_must_hold_a_stamp() -> None:
    template = row("t", PushField(time=True), WATTS)
    assert push(data.octet_string(STAMP.to_bytes()), data.long_unsigned(5), templates=(template,)).time == STAMP
    assert push(data.octet_string(b"not a stamp!"), data.long_unsigned(5), templates=(template,)).unknown is not None


def test_templates_that_disagree_give_nothing() -> None:
    other = msgspec.structs.replace(WATTS, scaler=0)
    found = push(data.long_unsigned(5), templates=(row("a", WATTS), row("b", other)), time=STAMP)
    assert found.readings == ()
    assert found.unknown is not None
    assert found.unknown.reason == "templates that fit do not agree: a, b"


def test_templates_that_agree_are_one() -> None:
    assert push(data.long_unsigned(5), templates=(row("a", WATTS), row("b", WATTS)), time=STAMP).template == "a"


def test_a_template_of_codes_must_know_every_number() -> None:
    template = row("t", WATTS, grammar="codes")
    known = (code(CODE), data.long_unsigned(5))
    assert push(*known, templates=(template,)).template == "t"
    more = push(*known, code(Obis(1, 0, 2, 7, 0)), data.long_unsigned(5), templates=(template,))
    assert more.template == ""
    assert [reading.scaled for reading in more.readings] == [False, False]


@pytest.mark.parametrize(("raw", "reading"), [(0, (Decimal(0), Unit.AMPERE, True)), (7, (7, None, False))])
def test_only_a_zero_can_be_told_when_the_scaler_is_unknown(raw: int, reading: tuple[object, ...]) -> None:
    template = row("t", PushField(obis=CODE, scaler="unknown", unit=Unit.AMPERE), grammar="codes")
    found = push(code(CODE), data.long_unsigned(raw), templates=(template,)).readings[0]
    assert (found.value, found.unit, found.scaled) == reading


def _entry(class_id: int, obis: Obis, attribute: int = 2) -> Data:
    return data.structure(data.long_unsigned(class_id), code(obis), data.integer(attribute), data.long_unsigned(0))


SETUP = Obis(0, 0, 25, 9, 0)


@pytest.mark.parametrize("lists_itself", [True, False])
def test_object_list(lists_itself: bool) -> None:
    entries = [_entry(40, SETUP)] if lists_itself else []
    objects = data.array(*entries, _entry(1, Obis(0, 0, 96, 1, 0)), _entry(3, CODE))
    lead = (PushField(obis=SETUP),) if lists_itself else ()
    template = row("t", WATTS, grammar="object-list", lead=lead)
    found = push(objects, data.octet_string(b"id"), data.long_unsigned(5), templates=(template,))
    assert [(reading.obis, reading.value) for reading in found.readings] == [
        (Obis(0, 0, 96, 1, 0), "id"),
        (CODE, Decimal("0.5")),
    ]


def test_object_list_with_another_push_setup_is_another_list() -> None:
    objects = data.array(_entry(40, SETUP, 1), _entry(3, CODE))
    template = row("t", WATTS, grammar="object-list", lead=(PushField(obis=SETUP),))
    found = push(objects, code(SETUP), data.long_unsigned(5), templates=(template,))
    assert (found.template, found.readings[-1].scaled) == ("", False)


def test_object_list_that_pushes_the_scaler_too() -> None:
    objects = data.array(_entry(3, CODE), _entry(3, CODE, 3))
    found = push(objects, data.long_unsigned(5), data.structure(data.integer(2), data.enum(27)))
    assert [(reading.value, reading.unit) for reading in found.readings] == [(Decimal(500), Unit.WATT)]


def test_numbers_of_class_1_have_no_scaler() -> None:
    found = push(data.array(_entry(1, Obis(0, 0, 96, 14, 0))), data.unsigned(2))
    assert [(reading.value, reading.scaled) for reading in found.readings] == [(2, True)]


def test_an_unknown_body_is_shown_with_the_beginning_of_a_template() -> None:
    found = push(data.long_unsigned(5), data.octet_string(b"abc"), data.structure(data.boolean(True)))
    assert found.unknown is not None
    assert found.unknown.tree.tag == DataType.STRUCTURE
    assert '{ name = "", type = "octet-string" },  # octet 5' in found.unknown.stub
    assert found.unknown.stub.startswith("[[push]]")


@pytest.mark.parametrize(
    "body", [data.null_data(), data.boolean(True), data.array(), data.structure(), data.octet_string(b"")]
)
def test_bodies_that_say_nothing(body: Data) -> None:
    assert explain(DataNotification(1, None, body), push_templates()).unknown is not None


def test_authentication_is_passed_on() -> None:
    scaling = data.structure(data.integer(0), data.enum(27))
    sent = DataNotification(1, None, data.structure(code(CODE), data.long_unsigned(1), scaling))
    assert [reading.authenticated for reading in label(sent, authenticated=True)] == [True]
    assert [reading.authenticated for reading in label(sent)] == [None]


STAMPED = bytes.fromhex("07EA0701 03 0E000000 FF88 80")


def test_a_bare_number_without_any_stamp_is_not_labelled() -> None:
    """Kaifa's shortest list is one number, and so may be anybody's push; Kaifa's come with the meter's clock."""
    body = data.structure(data.double_long_unsigned(123))
    assert explain(DataNotification(1, None, body), push_templates()).unknown is not None
    assert explain(DataNotification(1, STAMPED, body), push_templates()).template == "kfm-list-1"
    assert [template.name for template in push_templates() if template.anonymous] == ["kfm-list-1"]


def test_a_register_of_another_width_is_another_makers() -> None:
    """Without its types the shape of two makers' lists would fit any list of the same codes."""
    volts = Obis(1, 0, 32, 7, 0)
    for value, known in ((data.long_unsigned(2347), True), (data.double_long_unsigned(234_700), False)):
        objects = data.array(_entry(40, Obis(0, 6, 25, 9, 0)), _entry(3, volts))
        found = explain(DataNotification(1, STAMPED, data.structure(objects, value)), push_templates())
        assert [reading.scaled for reading in found.readings] == [known]
        assert bool(found.template) is known


_TEXTS = {DataType.VISIBLE_STRING: data.visible_string, DataType.OCTET_STRING: data.octet_string}


def _sample(field: PushField) -> Data:
    """A value that fits the field: its identifier, a stamp, a number that is not zero, or some text."""
    if field.text is not None:
        return _TEXTS[field.type or DataType.OCTET_STRING](field.text.encode())
    if field.time:
        return data.octet_string(STAMP.to_bytes())
    if field.unit is not None or field.type not in (*_TEXTS, None):
        return data.of(field.type or DataType.DOUBLE_LONG_UNSIGNED, 123)
    return data.octet_string(b"A" * (field.octets or 8))


def _body(template: PushTemplate) -> Data:
    if template.grammar == "positions":
        return data.structure(*map(_sample, template.field))
    if template.grammar == "codes":
        pairs = ((code(field.obis), _sample(field)) if field.obis else (_sample(field),) for field in template.field)
        return data.structure(*(element for pair in pairs for element in pair))
    entries = [_entry(40, field.obis or CODE, field.attribute) for field in template.lead]
    objects = data.array(*entries, *(_entry(3, field.obis or CODE, field.attribute) for field in template.field))
    head = [code(SETUP) for _ in template.lead[1:]]
    return data.structure(objects, *head, *map(_sample, template.field))


@pytest.mark.parametrize("template", push_templates(), ids=lambda template: template.name)
def test_every_template_reads_its_own_shape_and_no_other_does(template: PushTemplate) -> None:
    found = explain(DataNotification(1, STAMPED, _body(template)), push_templates())
    assert found.template == template.name
    fields = [field for field in template.field if not (field.time and field.obis is None)]
    assert [reading.obis for reading in found.readings] == [field.obis for field in fields]
    for reading, field in zip(found.readings, fields, strict=True):
        if field.unit is not None and field.scaler != "unknown":
            assert (reading.value, reading.unit) == (scale(123, field.scaler), field.unit)
        else:
            assert reading.unit is None


@settings(max_examples=300, deadline=None)
@given(trees)
def test_any_body_is_explained(tree: Node) -> None:
    """Nothing is raised, and what is known has a name or a code."""
    found = explain(DataNotification(1, None, Data.from_bytes(encode_tree(tree))), push_templates())
    assert (found.unknown is None) == bool(found.readings)
    assert all(reading.name or reading.obis is not None for reading in found.readings)
