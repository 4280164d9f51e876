"""The interface classes that are declared, one file each."""

from __future__ import annotations

from dlmskit.cosem.classes import (
    association_ln,
    clock,
    data,
    demand_register,
    disconnect_control,
    extended_register,
    image_transfer,
    profile_generic,
    push_setup,
    register,
    sap_assignment,
    security_setup,
)
from dlmskit.cosem.interface import InterfaceClass

_MODULES = (
    data,
    register,
    extended_register,
    demand_register,
    profile_generic,
    clock,
    association_ln,
    sap_assignment,
    push_setup,
    security_setup,
    disconnect_control,
    image_transfer,
)

INTERFACE_CLASSES: dict[tuple[int, int], InterfaceClass] = {
    (item.class_id, item.version): item for module in _MODULES for item in module.VERSIONS
}
"""Every declared class by class_id and version."""


def interface_class(class_id: int, version: int) -> InterfaceClass:
    """The declaration of a class, or one without attributes and methods when it is not declared here."""
    found = INTERFACE_CLASSES.get((class_id, version))
    return found if found is not None else InterfaceClass(class_id, version, f"class {class_id}")
