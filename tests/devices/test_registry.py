"""Every installed model keeps the same rules; a new one is tested as soon as it is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dlmskit.cosem import Unit, interface_class
from dlmskit.model import registry
from dlmskit.model.device import DeviceModel
from dlmskit.model.push import PushTemplate
from dlmskit.model.service import Service

MODELS = sorted(registry.models())
VECTORS = Path(__file__).parents[1] / "vectors"
BESIDE = Path(__file__).parents[3] / "shared" / "vectors"


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> DeviceModel:
    return registry.load(request.param)


def link(model: DeviceModel) -> str | None:
    return model.connection.link if model.connection is not None else None


def rows(model: DeviceModel) -> Iterator[tuple[str, str, str]]:
    """Name, source and confidence of every row."""
    for row in (*model.associations, *model.objects, *model.quirks, *model.pushes, *model.event_tables):
        yield row.name, row.source, row.confidence
    for service in model.services:
        yield service.id, service.source, service.confidence


def test_models_load(model: DeviceModel) -> None:
    assert model.name
    assert model.lineage[0] == model.id
    assert any(rows(model))


def test_every_row_says_where_it_comes_from(model: DeviceModel) -> None:
    for name, source, _ in rows(model):
        assert len(source) >= 5, name


def test_invented_makers_are_labelled(model: DeviceModel) -> None:
    invented = [name for name, _, confidence in rows(model) if confidence == "fictional"]
    assert bool(invented) == model.fictional
    assert ("fictional" in model.name.lower()) == model.fictional
    if model.fictional:
        assert model.maker.startswith("ZZ")


def test_flag_ids(model: DeviceModel) -> None:
    assert all(re.fullmatch("[A-Z]{3}", flag_id) for flag_id in model.flag_ids)
    if model.maker:
        assert model.maker == model.flag_ids[0] == model.id[:3].upper()


def test_named_vectors_exist(model: DeviceModel) -> None:
    """A row that calls a vector as its witness names one that is there; some may not be copied into the project."""
    copied = set(_ids(VECTORS))
    beside = set(_ids(BESIDE))
    for name, source, _ in rows(model):
        for id_ in re.findall(r"\b(?:apdu|hdlc-frame|mbus-frame|wrapper|p1)-[0-9a-f]{12}\b", source):
            assert id_ in copied | beside or not beside, name


def _ids(folder: Path) -> Iterator[str]:
    for file in folder.glob("*.jsonl"):
        for line in file.read_bytes().splitlines():
            yield msgspec.json.decode(line)["id"]


def test_registers_have_a_unit_and_a_type(model: DeviceModel) -> None:
    for row in model.objects:
        if row.class_id in (3, 4, 5):
            assert row.unit is not None, row.name
            assert row.type is not None, row.name
        if row.format is not None and row.format.kind == "decimal":
            assert row.unit is not None, row.name
            assert 0 <= row.format.decimals < row.format.digits, row.name
            assert row.format.suffix or link(model) == "dlt645", row.name


def test_profiles_have_columns(model: DeviceModel) -> None:
    for row in model.objects:
        profile = row.class_id == 7 or (row.format is not None and row.format.kind == "profile")
        block = row.format is not None and row.format.kind == "block"
        assert (profile or block) == bool(row.capture), row.name
        if profile:
            assert row.capture_period > 0 or row.class_id == 7, row.name
            assert row.entries > 0, row.name
            if row.class_id == 7 and (row.capture_period or row.entries > 1):
                clocks = {each.name for each in model.objects if each.class_id == 8 or each.obis == model.time.seconds}
                assert any(column.object in clocks for column in row.capture), row.name


def test_classes_are_declared(model: DeviceModel) -> None:
    for row in model.objects:
        if row.class_id is not None:
            assert interface_class(row.class_id, row.version).known, row.name


def test_associations_can_be_told_apart(model: DeviceModel) -> None:
    if link(model) in ("hdlc", "wrapper"):
        saps = [row.client_sap for row in model.associations]
        assert len(set(saps)) == len(saps)


def test_services_speak_of_objects_that_there_are(model: DeviceModel) -> None:
    for service in model.services:
        assert isinstance(service, Service)
        for role in service.roles:
            assert model.has_object(role), f"{service.id}: {role}"


def test_push_templates_are_complete(model: DeviceModel) -> None:
    for template in model.pushes:
        assert template.field, template.name
        if template.grammar == "positions":
            assert all(field.type is not None for field in template.field), template.name
        for field in template.field:
            assert field.obis is not None or field.name, template.name
            assert field.unit is not None or field.scaler in (0, "unknown"), template.name


def test_push_template_names_are_unique() -> None:
    names = [template.name for template in registry.push_templates()]
    assert len(set(names)) == len(names)


def _shape(template: PushTemplate) -> tuple[object, ...]:
    return tuple((field.type, field.octets, field.text, field.time) for field in template.field)


def test_no_two_position_templates_have_one_shape() -> None:
    shapes = [_shape(template) for template in registry.push_templates() if template.grammar == "positions"]
    assert len(set(shapes)) == len(shapes)


def test_the_fictional_makers_differ_from_the_generic_meter() -> None:
    """They are there to show that a difference is absorbed, so there must be one in each place."""
    generic, other = registry.load("generic"), registry.load("zzh")
    for role in ("energy_import_total", "energy_export_total"):
        one, two = generic.object(role), other.object(role)
        assert one.obis != two.obis
        assert (one.scaler, one.unit) != (two.scaler, two.unit)
        assert two.unit is Unit.WATT_HOUR
    assert generic.time.reversed_deviation != other.time.reversed_deviation
    one, two = generic.object("load_profile"), other.object("load_profile")
    assert one.capture_period != two.capture_period
    assert [column.object for column in one.capture] != [column.object for column in two.capture]
    modes = [model.object("disconnect_control").attributes["control_mode"].value for model in (generic, other)]
    assert modes == [4, 1]
    foreign = registry.load("zzc")
    assert all(row.address is not None and row.class_id is None for row in foreign.objects)
