"""Finding models: built in, in plug-ins, and in plug-ins that are broken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from dlmskit.exceptions import PluginLoadError
from dlmskit.model import registry

MODEL = '[device]\nid = "{}"\nname = "From a plug-in"\ninherit = "generic"\n'


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed plug-in folder with a good package, one that fails on import, and one with a broken file."""
    for name, source in (("good_plugin", ""), ("bad_plugin", "raise RuntimeError('no')"), ("odd_plugin", "")):
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").write_text(source)
    (tmp_path / "good_plugin" / "model.toml").write_text(MODEL.format("good"))
    (tmp_path / "good_plugin" / "mk2.toml").write_text(MODEL.format("good-mk2"))
    (tmp_path / "odd_plugin" / "model.toml").write_text(MODEL.format("other-id"))
    (tmp_path / "good_plugin" / "generic").mkdir()
    (tmp_path / "good_plugin" / "generic" / "model.toml").write_text(MODEL.format("generic"))
    rows = [("good", "good_plugin"), ("bad", "bad_plugin"), ("absent", "no_such_plugin"), ("odd", "odd_plugin")]
    found = EntryPoints(
        EntryPoint(name, value, registry.GROUP) for name, value in [*rows, ("dlmskit", registry.BUILT_IN)]
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "entry_points", lambda group: found)
    _forget()
    yield tmp_path
    for _, value in rows:
        sys.modules.pop(value, None)
    _forget()


def _forget() -> None:
    for cached in (registry._sources, registry.load, registry.push_templates):
        cached.cache_clear()


def test_built_in_models_are_found() -> None:
    assert {"generic", "zzh", "zzc", "kam", "kfm", "lgz", "isk"} <= set(registry.models())
    assert "_template" not in registry.models()


def test_models_are_loaded_once() -> None:
    assert registry.load("generic") is registry.models()["generic"]


def test_unknown_model_names_those_that_there_are() -> None:
    with pytest.raises(PluginLoadError, match=r"no model named nothing is installed .*generic"):
        registry.load("nothing")
    with pytest.raises(KeyError):
        registry.models()["nothing"]


@pytest.mark.usefixtures("plugins")
def test_plugin_models_are_found_and_inherit() -> None:
    model = registry.load("good")
    assert model.lineage == ("good", "generic")
    assert registry.models()["good-mk2"].id == "good-mk2"
    assert registry.load("generic").name == "Generic DLMS meter"  # no plug-in takes a built-in model's place


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    ("model_id", "reason"),
    [
        ("bad", "plug-in bad cannot be imported: RuntimeError: no"),
        ("absent", "plug-in absent cannot be imported: ModuleNotFoundError"),
        ("odd", "id is other-id, its place says odd"),
    ],
)
def test_a_broken_plugin_is_named_and_harms_no_other(model_id: str, reason: str) -> None:
    assert model_id in registry.models()
    with pytest.raises(PluginLoadError, match=reason):
        registry.load(model_id)
    assert registry.load("good").id == "good"
    assert registry.load("zzh").id == "zzh"
    assert registry.push_templates()


def test_a_file_of_the_user_inherits_from_installed_models(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[device]\nid = "mine"\nname = "Mine"\ninherit = "zzh"\n')
    assert registry.load_file(str(file)).lineage == ("mine", "zzh", "generic")
