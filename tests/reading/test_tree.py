"""The association as a tree, and what is remembered of it from one connection to the next."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

import dlmskit
from dlmskit.exceptions import UnknownObject
from dlmskit.model import registry
from dlmskit.model.device import DeviceModel
from dlmskit.obis import Obis
from dlmskit.reading.memory import FIRMWARE
from dlmskit.session.operations import Get, Operation
from dlmskit.stack.client import ClientStack
from dlmskit.store.objects import ObjectCache, Remembered
from tests.cut_lines import CutMeter

ENERGY = "1-0:1.8.0"


def with_firmware(version: str) -> DeviceModel:
    """The generic meter with another firmware version, or with none that can be read."""
    model = registry.load("generic")
    rows = [replace(row, value=version) if row.obis == FIRMWARE else row for row in model.objects]
    return replace(model, objects=tuple(row for row in rows if version or row.obis != FIRMWARE))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Operation]:
    """Every operation that any client runs."""
    operations: list[Operation] = []
    start = ClientStack.start

    def noting(self: ClientStack, operation: Operation, now: float) -> None:
        operations.append(operation)
        start(self, operation, now)

    monkeypatch.setattr(ClientStack, "start", noting)
    return operations


def test_objects_have_names_rights_and_descriptions() -> None:
    with dlmskit.connect("sim:") as meter:
        tree = meter.tree()
    energy = tree[ENERGY]
    assert energy is tree["energy_import_total"] is tree[Obis(1, 0, 1, 8, 0)]
    assert (energy.class_name, energy.description) == ("Register", "active energy import")
    assert [each.name for each in energy.attributes] == ["logical_name", "value", "scaler_unit"]
    value = energy.attribute("value")
    assert value.rights is not None
    assert (value.number, value.rights.readable, value.rights.writable) == (2, True, False)
    assert [node.name for node in tree.find("ENERGY EXPORT")][:1] == ["energy_export_total"]
    assert [each.name for each in tree["disconnect_control"].methods] == ["remote_disconnect", "remote_reconnect"]
    assert len(tree) == len(list(tree)) == len(tree.objects)
    for missing in ("9-9:9.9.9", Obis(9, 9, 9, 9, 9)):
        with pytest.raises(UnknownObject):
            tree[missing]


def asks_for_the_list(operations: list[Operation]) -> int:
    return sum(isinstance(each, Get) and (each.class_id, each.attribute) == (15, 2) for each in operations)


def asks_for_scalers(operations: list[Operation]) -> int:
    return sum(isinstance(each, Get) and (each.class_id, each.attribute) == (3, 3) for each in operations)


def test_the_same_firmware_is_not_asked_again(tmp_path: Path, asked: list[Operation]) -> None:
    model = with_firmware("1.0")

    def read(model: DeviceModel) -> tuple[object, ...]:
        asked.clear()
        with CutMeter(model).client(cache=ObjectCache(tmp_path)) as meter:
            rows = meter.objects()
            unit = meter.read(ENERGY).unit
        return rows, unit, asks_for_the_list(asked), asks_for_scalers(asked)

    first, again = read(model), read(model)
    assert first[:2] == again[:2]
    assert (first[2:], again[2:]) == ((1, 1), (0, 0))
    assert read(with_firmware("1.1"))[2] == 1
    assert read(with_firmware("1.1"))[2] == 0


def test_without_a_firmware_version_only_scalers_are_remembered(tmp_path: Path, asked: list[Operation]) -> None:
    for scalers in (1, 0):
        asked.clear()
        with CutMeter(with_firmware("")).client(cache=ObjectCache(tmp_path)) as meter:
            meter.objects()
            meter.read(ENERGY)
        assert (asks_for_the_list(asked), asks_for_scalers(asked)) == (1, scalers)


def asks_for_the_firmware(operations: list[Operation]) -> int:
    return sum(isinstance(each, Get) and each.obis == FIRMWARE for each in operations)


def test_who_and_which_firmware_is_asked_once_an_association(tmp_path: Path, asked: list[Operation]) -> None:
    for _ in range(2):
        asked.clear()
        with CutMeter(with_firmware("1.0")).client(cache=ObjectCache(tmp_path)) as meter:
            assert len(meter.tree()) == len(meter.objects()) == len(meter.objects(fresh=True))
        assert asks_for_the_firmware(asked) == 1


def test_views_of_other_associations_are_their_own(tmp_path: Path) -> None:
    rows = []
    for association in ("public", "management", "public", "management"):
        with dlmskit.connect("sim:", association=association, cache=tmp_path) as meter:
            rows.append(meter.objects())
    assert rows[:2] == rows[2:]
    assert rows[0] != rows[1]


@pytest.mark.parametrize("octets", [b"", b"\xc1", b"\x93\xa0\xc4\x01\x00", bytes(5_000_000)], ids=len)
def test_a_broken_file_is_as_good_as_none(tmp_path: Path, octets: bytes) -> None:
    cache = ObjectCache(tmp_path)
    kept = Remembered("1.0", b"\x01\x00", {"3 1-0:1.8.0*255": (0, 30), "3 1-0:2.8.0*255": None})
    cache.save("meter", kept)
    assert cache.load("meter") == kept
    assert cache.load("other") is None
    (file,) = tmp_path.iterdir()
    file.write_bytes(octets)
    assert cache.load("meter") is None
    with dlmskit.connect("sim:", cache=tmp_path / file.name) as meter:  # no folder at all
        assert meter.objects()
