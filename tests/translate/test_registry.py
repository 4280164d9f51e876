"""Every installed model's service rows, and what is refused where a row cannot be used."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from dlmskit.exceptions import PluginLoadError, UnknownObject, UnsupportedService
from dlmskit.market.services import (
    SERVICES,
    DisableSupply,
    ReadActiveImportProfile,
    ReadImportRegisters,
    SynchroniseClock,
)
from dlmskit.model.device import DeviceModel
from dlmskit.model.registry import load, models
from dlmskit.model.service import Conversion
from dlmskit.session.operations import ReadRegister
from dlmskit.translate.convert import CONVERTERS, converter
from dlmskit.translate.plugin import converters_of
from dlmskit.translate.program import Converter
from dlmskit.translate.registry import associations, bound_steps, bound_value, plan_for, supported

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
WITH_SERVICES = [model_id for model_id in models() if load(model_id).services]


def changed(model: DeviceModel, service: str, **changes: object) -> DeviceModel:
    rows = tuple(msgspec.structs.replace(row, **changes) if row.id == service else row for row in model.services)
    return msgspec.structs.replace(model, services=rows)


def test_the_three_dialects_realise_every_service() -> None:
    for dialect in ("generic", "zzh", "zzc"):
        assert set(supported(load(dialect))) == set(SERVICES)


@pytest.mark.parametrize("model_id", WITH_SERVICES)
def test_every_row_of_every_model_can_be_used(model_id: str) -> None:
    """Names of services, objects, converters and sources are checked for models that are not even written yet."""
    model = load(model_id)
    for row in model.services:
        request = SERVICES[row.id]
        steps = bound_steps(row, model)
        assert len({step.name for step in steps}) == len(steps)
        assert any(step.essential for step in steps)
        names = {step.name for step in steps}
        fields = set(request.__struct_fields__) | {"now"}
        for step in steps:
            if step.value is not None:
                assert set(step.value.of) <= fields
                both = converter(model.lineage, step.value.convert)
                assert both.to_meter is not None
                assert both.from_meter is not None or not step.value.of
        for conversion in row.values.values():
            value = bound_value(conversion, model)
            assert {source.removesuffix(".at") for source in value.of} <= names | fields
            assert converter(model.lineage, value.convert).from_meter is not None
        for rule in row.rules:
            assert set(rule.when) <= set(row.values)


def test_fictional_models_have_only_fictional_rows_of_their_own() -> None:
    assert {row.confidence for row in load("zzc").services} == {"fictional"}
    assert {row.confidence for row in load("generic").services} == {"seen"}


def test_which_association_can_do_it() -> None:
    generic, zzc = load("generic"), load("zzc")
    assert associations(plan_for(ReadImportRegisters(), generic), generic) == ("reader", "management")
    assert associations(plan_for(SynchroniseClock(NOON), generic), generic) == ("reader", "management")
    assert associations(plan_for(DisableSupply(), generic), generic) == ("management",)
    assert associations(plan_for(ReadImportRegisters(), zzc), zzc) == ("public", "programming")
    assert associations(plan_for(DisableSupply(), zzc), zzc) == ("programming",)


def test_a_model_without_the_service_or_the_object() -> None:
    bare = msgspec.structs.replace(load("generic"), services=())
    with pytest.raises(UnsupportedService, match="generic does not realise disable-supply"):
        plan_for(DisableSupply(), bare)
    objects = tuple(row for row in load("generic").objects if row.name != "disconnect_control")
    with pytest.raises(UnknownObject, match="disconnect_control"):
        plan_for(DisableSupply(), msgspec.structs.replace(load("generic"), objects=objects))


def test_a_verb_of_the_wrong_dialect_is_refused() -> None:
    (row,) = (row for row in load("generic").services if row.id == "read-import-registers")
    steps = tuple(msgspec.structs.replace(step, do="read") for step in row.steps)
    with pytest.raises(UnsupportedService):
        plan_for(ReadImportRegisters(), changed(load("generic"), row.id, steps=steps))


def test_the_read_command_is_the_connections() -> None:
    zzc = load("zzc")
    assert zzc.connection is not None
    connection = msgspec.structs.replace(
        zzc.connection, iec21=msgspec.structs.replace(zzc.connection.iec21, read_command="R1")
    )
    plan = plan_for(ReadActiveImportProfile(NOON, NOON), msgspec.structs.replace(zzc, connection=connection))
    assert isinstance(plan.steps[0].operation, ReadRegister)
    assert plan.steps[0].operation.command == "R1"


def test_an_unknown_converter_is_a_fault_of_the_plug_in() -> None:
    (row,) = (row for row in load("generic").services if row.id == "disable-supply")
    steps = tuple(
        msgspec.structs.replace(step, value=Conversion("no-such")) if step.value is not None else step
        for step in row.steps
    )
    with pytest.raises(PluginLoadError, match="no converter named no-such"):
        plan_for(DisableSupply(), changed(load("generic"), row.id, steps=steps))


@pytest.fixture
def translator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A device package ``xqz`` among the built-in ones, with a translator to be written."""
    import dlmskit_devices

    package = tmp_path / "xqz"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.setattr(dlmskit_devices, "__path__", [*dlmskit_devices.__path__, str(tmp_path)])
    converters_of.cache_clear()
    yield package / "translator.py"  # type: ignore[misc]
    converters_of.cache_clear()
    for name in [name for name in sys.modules if name.startswith("dlmskit_devices.xqz")]:
        del sys.modules[name]


def test_a_plug_in_adds_and_replaces_converters_for_its_own_models_only(translator: Path) -> None:
    translator.write_text(
        "from dlmskit.translate.program import Converter\n"
        "CONVERTERS = {'energy': Converter(None, lambda arguments, terms: 42), 'odd': Converter(None, None)}\n"
    )
    assert isinstance(sys.modules[__name__], ModuleType)
    own = converter(("xqz-model", "generic"), "energy")
    assert isinstance(own, Converter)
    assert own.from_meter is not None
    assert own.from_meter((), None) == 42  # type: ignore[arg-type]
    assert converter(("generic",), "energy") is CONVERTERS["energy"]
    assert converter(("xqz", "generic"), "clock") is CONVERTERS["clock"]


def test_a_broken_translator_is_named(translator: Path) -> None:
    translator.write_text("raise RuntimeError('no')\n")
    with pytest.raises(PluginLoadError, match="RuntimeError: no"):
        converter(("xqz",), "energy")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no attribute 'CONVERTERS'"),
        ("CONVERTERS = 5", "no attribute 'items'"),
        ("CONVERTERS = {'energy': 5}", "TypeError"),
        ("CONVERTERS = {'energy': (1, 2, 3)}", "TypeError"),
        ("def", "SyntaxError"),
    ],
)
def test_a_translator_without_converters_is_named(translator: Path, text: str, told: str) -> None:
    translator.write_text(text)
    with pytest.raises(PluginLoadError, match=told) as caught:
        converter(("xqz",), "energy")
    assert caught.value.file == "dlmskit_devices.xqz.translator"


def test_a_package_that_cannot_be_imported_is_named(translator: Path) -> None:
    (translator.parent / "__init__.py").write_text("1 / 0")
    with pytest.raises(PluginLoadError, match="ZeroDivisionError") as caught:
        converter(("xqz",), "energy")
    assert caught.value.file == "dlmskit_devices.xqz"


def test_a_converter_that_fails_is_a_fault_of_the_plug_in(translator: Path) -> None:
    translator.write_text("CONVERTERS = {'integer': (lambda arguments, terms: 1 / 0, None)}")
    model = msgspec.structs.replace(load("generic"), id="xqz", lineage=("xqz", "generic"))
    with pytest.raises(PluginLoadError, match=r"model xqz: converter integer .* ZeroDivisionError"):
        plan_for(DisableSupply(), model)
