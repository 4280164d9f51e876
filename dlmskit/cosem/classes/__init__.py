"""The interface classes that are known: those with attributes in one file each, the others by name and version.

A class's file is imported when the class is asked for. Names and versions: Blue Book; those that only one source names
are marked in `NAMES`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import import_module

import msgspec

from dlmskit.cosem.classes.names import ALIASES, NAMES
from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass


@lru_cache(maxsize=512)
def interface_class(class_id: int, version: int) -> InterfaceClass:
    """The declaration of a class.

    Of a version that is not declared, the nearest lower one with `declared_version` saying so; of a class that is not
    declared, its name, if it has one, and attribute 1. Class 2 is taken as another number of class 46.
    """
    versions = _versions(class_id)
    if version in versions:
        return versions[version]
    lower = max((each for each in versions if each < version), default=None)
    if lower is not None:
        return msgspec.structs.replace(versions[lower], version=version, declared_version=lower)
    named = NAMES.get(ALIASES.get(class_id, class_id))
    name = named.name if named is not None else f"class {class_id}"
    return InterfaceClass(class_id, version, name, (LOGICAL_NAME,), confidence="name")


@lru_cache(maxsize=512)
def _versions(class_id: int) -> dict[int, InterfaceClass]:
    named = NAMES.get(ALIASES.get(class_id, class_id))
    if named is None or named.module is None:
        return {}
    module = import_module(f"dlmskit.cosem.classes.{named.module}")
    return {item.version: item for item in module.VERSIONS}


class _Declared(Mapping[tuple[int, int], InterfaceClass]):
    """Looks like a dictionary, and imports a class's file when the class is asked for."""

    def __getitem__(self, key: tuple[int, int]) -> InterfaceClass:
        class_id, version = key
        found = _versions(class_id).get(version) if class_id in NAMES else None
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((class_id, version) for class_id in NAMES for version in _versions(class_id))

    def __len__(self) -> int:
        return sum(1 for _ in self)


INTERFACE_CLASSES: Mapping[tuple[int, int], InterfaceClass] = _Declared()
"""Every class whose attributes are declared, by class_id and version."""
