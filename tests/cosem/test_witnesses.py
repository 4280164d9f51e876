"""Declarations of interface classes against what others publish, write and send: see `witnesses`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transcript_forms import AK, EK, Transcript

from dlmskit.codec.data import Data
from dlmskit.cosem import INTERFACE_CLASSES, interface_class, types
from dlmskit.cosem.typed import to_data, view
from dlmskit.cosem.types import Type
from dlmskit.enums import DataType
from dlmskit.security.keys import KeySet
from dlmskit.session.operations import Get, GetList
from dlmskit.stack.observe.operations import operations
from dlmskit.stack.transcript import Octets

from .typical import typical
from .witnesses import lines

# Types that the lists give by a name of their own.
_NAMED_TYPES = {
    "object_list_type": {DataType.ARRAY},
    "associated_partners_type": {DataType.STRUCTURE},
    "context_name_type": {DataType.OCTET_STRING, DataType.STRUCTURE},
    "mechanism_name_type": {DataType.OCTET_STRING, DataType.STRUCTURE},
    "xDLMS_context_type": {DataType.STRUCTURE},
    "scal_unit_type": {DataType.STRUCTURE},
    "object_definition": {DataType.STRUCTURE},
    "cell_info_type": {DataType.STRUCTURE},
    "clock_status": {DataType.UNSIGNED},
    "script": {DataType.STRUCTURE},
}
# Spellings of the lists that are not the book's.
_SPELLED = {
    "scalar_unit": "scaler_unit",
    "capture_period_in_sec": "capture_period",
    "lls_secret": "secret",
    "transfer_enabled": "image_transfer_enabled",
}
# DSMR 4.2.2 lists for version 0 of the M-Bus client two attributes that version 1 brought.
_BEYOND = {(72, 0): {"13", "14"}}


@pytest.mark.parametrize("row", lines("gxf"), ids=lambda row: f"{row['class_id']}v{row['version']}")
def test_gxf_object_lists_of_dutch_meters_have_these_names_and_types(row: dict[str, Any]) -> None:
    declared = interface_class(row["class_id"], row["version"])
    assert declared.exact
    beyond = _BEYOND.get((row["class_id"], row["version"]), set())
    assert {index for index in row["attributes"] if declared.attribute(int(index)) is None} == beyond
    for index, seen in row["attributes"].items():
        attribute = declared.attribute(int(index))
        if attribute is None:
            continue
        assert {_SPELLED.get(name, name) for name in seen["names"]} == {attribute.name}
        if attribute.form.tags:
            theirs = set().union(*({*_NAMED_TYPES.get(name, ())} or {_tag(name)} for name in seen["types"]))
            assert theirs <= set(attribute.form.tags), attribute.name


def _tag(name: str) -> DataType:
    return DataType.from_label(name)


ZIGBEE_NETWORK_CONTROL = 104


@pytest.mark.parametrize(
    "row",
    [row for row in lines("gb") if row["class_id"] != ZIGBEE_NETWORK_CONTROL],
    ids=lambda row: f"{row['class_id']}-{row['member']}-{row['index']}",
)
def test_gb_reference_commands_have_these_shapes(row: dict[str, Any]) -> None:
    declared = interface_class(row["class_id"], 0)
    member = getattr(declared, row["member"])(row["index"])
    assert member is not None
    value = Data.from_bytes(bytes.fromhex(row["shape"]))
    seen = view(member.form, value, name=member.name)
    # how many bits a bit-string has is not known from them
    assert [misfit for misfit in seen.misfits if not misfit.found.startswith("a bit-string of ")] == []
    assert to_data(member.form, seen.value, like=value) == value


@pytest.mark.parametrize("row", lines("gurux-dlms"), ids=lambda row: f"{row['class_id']}v{row['version']}")
def test_objects_of_gurux_dlms_write_what_is_declared(row: dict[str, Any]) -> None:
    declared = INTERFACE_CLASSES[row["class_id"], row["version"]]
    for index, octets in row["attributes"].items():
        attribute = declared.attribute(int(index))
        assert attribute is not None
        value = Data.from_bytes(bytes.fromhex(octets))
        seen = view(attribute.form, value, name=attribute.name)
        assert seen.misfits == ()
        assert to_data(attribute.form, seen.value, like=value) == value == typical(attribute.form)


TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"


def _reads(name: str) -> list[tuple[int, int, Data]]:
    transcript = Transcript.load(TRANSCRIPTS / f"{name}.jsonl")
    entries = [Octets(0.0, direction, octets.hex()) for direction, octets in transcript.reads]
    found = []
    for seen in operations(entries, lambda _: KeySet(EK, AK)):
        match seen.operation:
            case Get(class_id, _, index) if isinstance(seen.result, Data):
                found.append((class_id, index, seen.result))
            case GetList(gets) if seen.answered:
                pairs = zip(gets, seen.result, strict=True)
                found += [(get.class_id, get.attribute, value) for get, value in pairs if isinstance(value, Data)]
    return found


@pytest.mark.parametrize("name", ["gurux-c-client__pydlms__gmac_wrapper", "gurux-c-client__pydlms__sha256_wrapper"])
def test_dialogues_of_other_stacks_read_what_is_declared(name: str) -> None:
    reads = _reads(name)
    object_list = next(value for class_id, index, value in reads if (class_id, index) == (15, 2))
    versions = {row[0]: row[1] for row in object_list.value}
    for class_id, index, value in reads:
        declared = INTERFACE_CLASSES[class_id, versions[class_id]]
        attribute = declared.attribute(index)
        assert attribute is not None
        assert view(attribute.form, value, name=f"{declared.name}.{attribute.name}").misfits == ()


def _walk(form: Type) -> list[Type]:
    match form:
        case types.Structure(fields):
            return [form, *(each for field in fields for each in _walk(field.type))]
        case types.ArrayOf(item):
            return [form, *_walk(item)]
        case types.Choice(alternatives):
            return [form, *(each for alternative in alternatives for each in _walk(alternative))]
    return [form]


@pytest.mark.parametrize("declared", INTERFACE_CLASSES.values(), ids=lambda item: f"{item.class_id}v{item.version}")
def test_the_ordinary_value_of_every_attribute_fits(declared: Any) -> None:
    for member in (*declared.attributes, *declared.methods):
        value = typical(member.form)
        assert view(member.form, value).misfits == (), member.name
        assert all(str(form) for form in _walk(member.form))
