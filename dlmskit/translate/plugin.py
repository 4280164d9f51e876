"""What the plug-in of a model adds in code: converters of its own.

A device package may hold a module ``translator.py`` with ``CONVERTERS``, a mapping of names to `Converter`. It states
deviations only; a model also gets the converters of its ancestors. Most models have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec

from dlmskit.exceptions import PluginLoadError
from dlmskit.model.registry import BUILT_IN, GROUP
from dlmskit.translate.program import Converter


@cache
def converters_of(lineage: tuple[str, ...]) -> Mapping[str, Converter]:
    """The converters that the plug-ins of a model and its ancestors add; `lineage` names the model first.

    Raises `PluginLoadError` for a translator that is there and cannot be used.
    """
    found: dict[str, Converter] = {}
    for model_id in reversed(lineage):
        for package in _packages(model_id.partition("-")[0]):
            found.update(_own(f"{package}.translator"))
    return found


def _packages(name: str) -> Iterator[str]:
    """Where a plug-in of this name may be: among ours, or where its entry point says."""
    installed = [entry.value for entry in entry_points(group=GROUP, name=name)]
    for package in dict.fromkeys([f"{BUILT_IN}.{name}", f"{BUILT_IN}.companions.{name}", *installed]):
        try:
            if find_spec(package) is not None and find_spec(f"{package}.translator") is not None:
                yield package
        except (ModuleNotFoundError, ValueError):
            continue
        except Exception as error:  # noqa: BLE001
            raise _broken(package, error) from None


def _own(module: str) -> Mapping[str, Converter]:
    try:
        return {str(name): Converter(*pair) for name, pair in import_module(module).CONVERTERS.items()}
    except Exception as error:  # noqa: BLE001
        raise _broken(module, error) from None


def _broken(module: str, error: Exception) -> PluginLoadError:
    """What a foreign module does when it is imported is not ours to know: any exception means that it is broken."""
    return PluginLoadError(f"translator cannot be used: {type(error).__name__}: {error}", file=module)
