"""Interface classes as declared, against the object lists of a public device profile."""

from __future__ import annotations

import pytest

from dlmskit.cosem import INTERFACE_CLASSES, InterfaceClass, interface_class
from dlmskit.enums import DataType

# Attribute types of objects in the DLMS profiles DSMR 4.2.2 and SMR 5 of OSGP/open-smart-grid-platform (Apache-2.0).
PUBLISHED = [
    (3, 0, {2: None, 3: DataType.STRUCTURE}),
    (4, 0, {3: DataType.STRUCTURE, 5: DataType.OCTET_STRING}),
    (7, 1, {2: DataType.ARRAY, 3: DataType.ARRAY, 4: DataType.DOUBLE_LONG_UNSIGNED, 5: DataType.ENUM}),
    (7, 1, {7: DataType.DOUBLE_LONG_UNSIGNED, 8: DataType.DOUBLE_LONG_UNSIGNED}),
    (8, 0, {2: DataType.OCTET_STRING, 3: DataType.LONG, 5: DataType.OCTET_STRING, 7: DataType.INTEGER}),
    (8, 0, {6: DataType.OCTET_STRING, 8: DataType.BOOLEAN, 9: DataType.ENUM}),
    (15, 1, {7: DataType.OCTET_STRING, 8: DataType.ENUM, 9: DataType.OCTET_STRING}),
    (40, 0, {2: DataType.ARRAY, 3: DataType.STRUCTURE, 4: DataType.ARRAY, 5: DataType.LONG_UNSIGNED}),
    (40, 0, {6: DataType.UNSIGNED, 7: DataType.LONG_UNSIGNED}),
]


@pytest.mark.parametrize(("class_id", "version", "types"), PUBLISHED)
def test_attribute_types_agree_with_a_published_profile(
    class_id: int, version: int, types: dict[int, DataType | None]
) -> None:
    declared = interface_class(class_id, version)
    for index, kind in types.items():
        attribute = declared.attribute(index)
        assert attribute is not None
        assert attribute.type == kind


@pytest.mark.parametrize("declared", INTERFACE_CLASSES.values(), ids=lambda item: f"{item.class_id}v{item.version}")
def test_declarations_are_sound(declared: InterfaceClass) -> None:
    for members in (declared.attributes, declared.methods):
        indexes = [item.index for item in members]
        assert indexes == sorted(set(indexes))
        assert len({item.name for item in members}) == len(members)
        assert all(item.name == item.name.lower() for item in members)
    assert [item.index for item in declared.attributes] == list(range(1, len(declared.attributes) + 1))
    assert declared.attributes[0].name == "logical_name"
    assert declared.known


def test_lookup_by_name_and_index() -> None:
    control = interface_class(70, 0)
    assert control.attribute("control_mode") is control.attribute(4)
    assert control.method("remote_reconnect") is control.method(2)
    assert control.attribute(9) is None
    assert control.method("reset") is None


def test_undeclared_class_works_by_number() -> None:
    unknown = interface_class(9001, 0)
    assert (unknown.class_id, unknown.name, unknown.known) == (9001, "class 9001", False)
    assert unknown.attribute(2) is None
