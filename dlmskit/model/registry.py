"""Every model that is installed, found but not loaded until asked for.

Plug-ins are the packages named in the entry-point group ``dlmskit.devices``, the built-in `dlmskit_devices` first of
them. In a package or folder called ``xyz``, ``model.toml`` is the model ``xyz`` and ``abc.toml`` is ``xyz-abc``.
A plug-in that is broken raises `PluginLoadError` when it is asked for, and harms no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable

from dlmskit.exceptions import PluginLoadError
from dlmskit.model import loader
from dlmskit.model.device import DeviceModel
from dlmskit.model.push import PushTemplate

GROUP = "dlmskit.devices"
BUILT_IN = "dlmskit_devices"


class _Models(Mapping[str, DeviceModel]):
    """Models by id; reading an item loads it."""

    def __getitem__(self, model_id: str) -> DeviceModel:
        if model_id not in _sources():
            raise KeyError(model_id)
        return load(model_id)

    def __contains__(self, model_id: object) -> bool:
        return model_id in _sources()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(_sources()))

    def __len__(self) -> int:
        return len(_sources())


def models() -> Mapping[str, DeviceModel]:
    """Every installed model by id. Raises `PluginLoadError` for a broken one when it is taken out, not before."""
    return _Models()


@cache
def load(model_id: str) -> DeviceModel:
    """The model with this id. Raises `PluginLoadError` when there is none or its file is broken."""
    text, file = _find(model_id)
    model = loader.load_text(text, file, _find)
    if model.id != model_id:
        raise PluginLoadError(f"[device] id is {model.id}, its place says {model_id}", file=file)
    return model


def load_file(path: str) -> DeviceModel:
    """The model in a file of the user; it may inherit from installed ones. Raises `PluginLoadError`."""
    return loader.load_path(path, _find)


@cache
def push_templates() -> tuple[PushTemplate, ...]:
    """The push templates of all models that load, each once; a broken model is left out.

    A model whose file does not speak of pushes has those of its ancestors only, so it need not be loaded.
    """
    found: dict[tuple[str, str], PushTemplate] = {}
    for model_id in models():
        try:
            if "push" not in _find(model_id)[0]:
                continue
            model = load(model_id)
        except PluginLoadError:
            continue
        for template in model.pushes:
            found.setdefault((template.name, template.source), template)
    return tuple(found.values())


def _find(model_id: str) -> tuple[str, str]:
    """Text and file name of a model."""
    source = _sources().get(model_id)
    if source is None:
        known = ", ".join(sorted(_sources())) or "none"
        raise PluginLoadError(f"no model named {model_id} is installed (there are: {known})")
    if isinstance(source, PluginLoadError):
        raise source
    try:
        return source.read_text(encoding="utf-8"), str(source)
    except (OSError, UnicodeDecodeError) as error:
        raise PluginLoadError(f"cannot read the model file: {error}", file=str(source)) from None


@cache
def _sources() -> dict[str, Traversable | PluginLoadError]:
    """Where each model is, or why its package cannot be used. What is built in comes first and cannot be replaced."""
    found: dict[str, Traversable | PluginLoadError] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.value != BUILT_IN):
        package = _package(entry.value, f"plug-in {entry.name}")
        if isinstance(package, PluginLoadError):
            found.setdefault(entry.name, package)
            continue
        for model_id, source in _models_below(package, entry.name):
            found.setdefault(model_id, source)
    return found


def _models_below(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    """The models of a package and of the folders in it, each folder's under its own name."""
    yield from _models_in(folder, name).items()
    for inner in folder.iterdir():
        if inner.is_dir() and not inner.name.startswith(("_", ".")):
            yield from _models_below(inner, inner.name)


def _models_in(folder: Traversable, name: str) -> dict[str, Traversable]:
    found = {}
    for item in folder.iterdir():
        stem, dot, ending = item.name.rpartition(".")
        if dot and ending == "toml":
            found[name if stem == "model" else f"{name}-{stem}"] = item
    return found


def _package(module: str, what: str) -> Traversable | PluginLoadError:
    """The folder of a package. What a foreign plug-in does when it is imported is not ours to know, so any exception
    is taken for what it is: a plug-in that cannot be used."""
    try:
        import_module(module)
        return files(module)
    except Exception as error:  # noqa: BLE001
        return PluginLoadError(f"{what} cannot be imported: {type(error).__name__}: {error}", file=module)
