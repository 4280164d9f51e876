"""Short names: where attributes and methods lie, and the object list both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.codec.data import (
    Data,
    array,
    double_long_unsigned,
    long,
    long_unsigned,
    null_data,
    octet_string,
    structure,
    unsigned,
)
from dlmskit.cosem import INTERFACE_CLASSES, InterfaceClass
from dlmskit.cosem.short_names import (
    CURRENT,
    REPLY_TO_HLS,
    RESERVED,
    ShortNamed,
    attribute_offset,
    member,
    method_offset,
    object_list,
    short_named,
)
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis

CLOCK = Obis(0, 0, 1, 0, 0, 255)
ROW = structure(long(0x2BC0), long_unsigned(8), unsigned(0), octet_string(CLOCK.to_bytes()))


@pytest.mark.parametrize("declared", INTERFACE_CLASSES.values(), ids=lambda item: f"{item.class_id}-{item.version}")
def test_every_declared_attribute_and_method_has_a_place_of_its_own(declared: InterfaceClass) -> None:
    class_id, version = declared.class_id, declared.version
    if class_id == 15:
        return  # logical names only
    places: dict[int, tuple[str, int]] = {}
    for item in declared.attributes:
        offset = attribute_offset(class_id, version, item.index)
        assert offset is not None
        places[offset] = ("attribute", item.index)
    for method in declared.methods:
        offset = method_offset(class_id, version, method.index)
        if offset is not None:
            assert offset not in places
            places[offset] = ("method", method.index)
    assert all(member(class_id, version, offset) == place for offset, place in places.items())


@given(st.integers(0, 0xFFFF), st.integers(0, 4), st.integers(1, 127))
def test_a_place_leads_back_to_what_lies_there(class_id: int, version: int, number: int) -> None:
    attribute, method = (
        attribute_offset(class_id, version, number),
        method_offset(class_id, version, number),
    )
    assert attribute is None or member(class_id, version, attribute) == ("attribute", number)
    assert method is None or member(class_id, version, method) == ("method", number)


@pytest.mark.parametrize("number", [0, -1, 6])
def test_what_is_no_attribute_of_a_register_has_no_name(number: int) -> None:
    # the sixth would be the method reset
    assert attribute_offset(3, 0, number) is None
    assert ShortNamed(0x1000, 3, 0, CLOCK).attribute(number) is None


def test_the_association_is_where_the_standard_puts_it() -> None:
    assert CURRENT.attribute(2) == 0xFA08
    assert CURRENT.method(8) == REPLY_TO_HLS == 0xFA58
    for version in range(5):
        assert method_offset(12, version, 8) == 0x58
    assert method_offset(12, 2, 1) is None
    assert RESERVED[0xFA00] == (12, CURRENT.obis)


def test_versions_differ() -> None:
    assert (method_offset(64, 0, 1), method_offset(64, 1, 1)) == (0x28, 0x30)
    assert method_offset(64, 2, 1) is None
    assert member(3, 0, 0x2C) is None
    assert member(3, 0, -8) is None


def test_rows_are_typed_and_lead_to_attributes() -> None:
    high = structure(long(-0x600), long_unsigned(12), unsigned(2), octet_string(bytes(6)))
    clock, association = short_named(array(ROW, high))
    assert clock == ShortNamed(0x2BC0, 8, 0, CLOCK)
    assert (clock.attribute(2), clock.method(1)) == (0x2BC8, 0x2C20)
    assert association.attribute(1) == 0xFA00
    assert short_named(object_list((clock, association))) == (clock, association)


NAMED = st.builds(
    ShortNamed, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.integers(0, 0xFF), st.just(Obis(1, 0, 1, 8, 0))
)


@given(st.lists(NAMED))
def test_a_list_comes_back(objects: list[ShortNamed]) -> None:
    assert short_named(object_list(objects)) == tuple(objects)


@pytest.mark.parametrize(
    "listed",
    [
        null_data(),
        array(null_data()),
        array(structure(long(1), long_unsigned(8), unsigned(0), octet_string(b"short"))),
        array(structure(long(1), long_unsigned(8), octet_string(bytes(6)))),
        array(structure(double_long_unsigned(0x1FA00), long_unsigned(12), unsigned(2), octet_string(bytes(6)))),
        array(ROW, structure(long(1), double_long_unsigned(0x10008), unsigned(0), octet_string(bytes(6)))),
    ],
)
def test_another_shape_is_refused(listed: Data) -> None:
    with pytest.raises(DecodeError, match="object-list"):
        short_named(listed)
