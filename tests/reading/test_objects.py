"""Rows of an object list."""

from __future__ import annotations

import pytest

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis
from dlmskit.reading.objects import AttributeRights, object_rows

CLOCK = Obis(0, 0, 1, 0, 0)


def element(class_id: int, version: int, mode: int, method: Data, selectors: Data | None = None) -> Data:
    attribute = data.structure(data.integer(2), data.enum(mode), selectors or data.null_data())
    rights = data.structure(data.array(attribute), data.array(data.structure(data.integer(1), method)))
    name = data.octet_string(CLOCK.to_bytes())
    return data.structure(data.long_unsigned(class_id), data.unsigned(version), name, rights)


@pytest.mark.parametrize(
    ("version", "mode", "readable", "writable"),
    [
        (1, 0, False, False),
        (1, 1, True, False),
        (1, 2, False, True),
        (1, 3, True, True),
        (1, 4, True, False),
        (3, 0, False, False),
        (3, 1, True, False),
        (3, 2, False, True),
        (3, 4, False, False),
        (3, 7, True, True),
    ],
)
def test_access_modes_by_version(version: int, mode: int, readable: bool, writable: bool) -> None:
    listed = data.array(element(15, version, 1, data.enum(1)), element(8, 0, mode, data.enum(1)))
    assert object_rows(listed)[1].attributes[2] == AttributeRights(mode, readable, writable)


def test_selectors_and_methods() -> None:
    selectors = data.array(data.integer(1), data.integer(2))
    (row,) = object_rows(data.array(element(7, 1, 1, data.boolean(True), selectors)))
    assert (row.class_id, row.version, row.obis) == (7, 1, CLOCK)
    assert row.attributes[2].selectors == (1, 2)
    assert row.methods == {1: 1}


@pytest.mark.parametrize("wrong", [data.null_data(), data.array(data.unsigned(1)), data.array(data.structure())])
def test_what_is_no_object_list_is_refused(wrong: Data) -> None:
    with pytest.raises(DecodeError, match="object-list"):
        object_rows(wrong)
