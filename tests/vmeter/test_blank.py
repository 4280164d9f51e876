"""Attributes that nobody fills hold the empty value of their declared type."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dlmskit.apdu.descriptors import AttributeDescriptor
from dlmskit.codec import data
from dlmskit.cosem import INTERFACE_CLASSES
from dlmskit.cosem.typed import view
from dlmskit.enums import DataType
from dlmskit.exceptions import DataAccessError, FirmwareModelError
from dlmskit.model.device import Association, AttributeRow, DeviceModel, ModelObject
from dlmskit.obis import Obis
from dlmskit.vmeter.blank import blank, zero
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.stated import constant

CALENDAR, OPEN = Obis.parse("0-0:13.0.0"), Obis.parse("0-0:94.31.1")
DAYS = data.array(data.structure(data.unsigned(1), data.array()))


@pytest.mark.parametrize("key", list(INTERFACE_CLASSES))
def test_a_blank_is_what_its_class_declares(key: tuple[int, int]) -> None:
    for attribute in INTERFACE_CLASSES[key].attributes:
        assert not view(attribute.form, blank(attribute.form), name=attribute.name).misfits


@pytest.mark.parametrize("tag", [tag for tag in DataType if tag not in (DataType.COMPACT_ARRAY, DataType.DONT_CARE)])
def test_every_type_has_an_empty_value(tag: DataType) -> None:
    assert zero(tag).tag is tag


def meter() -> VirtualMeter:
    provenance = {"source": "made for this test", "confidence": "unwitnessed"}
    calendar = ModelObject(
        name="calendar",
        class_id=20,
        obis=CALENDAR,
        access="rw",
        attributes={"day_profile_table_active": AttributeRow(value=f"0x{DAYS.to_bytes().hex()}", type=DataType.ARRAY)},
        **provenance,
    )
    undecided = ModelObject(name="undecided", class_id=1, obis=OPEN, access="rw", **provenance)
    model = DeviceModel(
        "made", "Made", "", associations=(Association(name="public", **provenance),), objects=(calendar, undecided)
    )
    return VirtualMeter(model, start=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_meter_shows_what_is_stated_and_blanks_beside() -> None:
    found = meter()

    def get(obis: Obis, class_id: int, attribute: int) -> data.Data:
        return found.get(16, AttributeDescriptor(class_id, obis, attribute), None)

    assert get(CALENDAR, 20, 5) == DAYS
    assert get(CALENDAR, 20, 9) == data.array()
    assert get(CALENDAR, 20, 10).value == bytes.fromhex("FFFFFFFFFFFFFFFFFF8000FF")
    assert get(OPEN, 1, 2) == data.null_data()
    with pytest.raises(DataAccessError, match="object-undefined"):
        get(CALENDAR, 20, 11)


def test_blanks_are_written_in_their_type_and_open_ones_in_any() -> None:
    found = meter()
    passive = AttributeDescriptor(20, CALENDAR, 9)
    found.set(16, passive, DAYS)
    assert found.get(16, passive, None) == DAYS
    with pytest.raises(DataAccessError, match="type-unmatched"):
        found.set(16, passive, data.unsigned(1))
    found.set(16, AttributeDescriptor(1, OPEN, 2), data.unsigned(7))
    assert found.get(16, AttributeDescriptor(1, OPEN, 2), None) == data.unsigned(7)


def test_a_value_with_elements_is_its_whole_encoding() -> None:
    assert constant(DataType.BIT_STRING, "0110") == data.bit_string("0110")
    with pytest.raises(FirmwareModelError, match="no structure"):
        constant(DataType.STRUCTURE, f"0x{DAYS.to_bytes().hex()}")
    with pytest.raises(FirmwareModelError, match="fit"):
        constant(DataType.ARRAY, "0x0105")
