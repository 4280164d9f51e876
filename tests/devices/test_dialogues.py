"""Every model with a connection is a meter that can be talked to: under each of its associations our client reads its
object list, every attribute that the list calls readable, and every profile whole, by range and by entry."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from dlmskit.client import Client
from dlmskit.connecting import plan as connection_plan
from dlmskit.cosem import interface_class
from dlmskit.cosem.typed import view
from dlmskit.enums import Mechanism
from dlmskit.model import registry
from dlmskit.model.device import Association, DeviceModel
from dlmskit.reading.objects import ObjectRow
from dlmskit.security.keys import KeySet
from dlmskit.session.cosem.settings import SHORT_NAMES
from dlmskit.session.operations import ReadIdentifier, ReadOut, ReadRegister
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import meter_of, port_of
from dlmskit.vmeter.sim import SimTransport

START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)
COSEM_LINKS = ("hdlc", "wrapper")
PROFILE_GENERIC, ASSOCIATION_SN, ASSOCIATION_LN = 7, 12, 15


def served() -> list[tuple[str, str]]:
    found = []
    for name in sorted(registry.models()):
        model = registry.load(name)
        if model.connection is not None and model.connection.link in COSEM_LINKS:
            # key pairs have tests of their own
            found += [(name, row.name) for row in model.associations if row.mechanism is not Mechanism.HIGH_ECDSA]
    return found


@pytest.mark.parametrize(("name", "association"), served())
def test_everything_that_an_association_may_read_is_read(name: str, association: str) -> None:
    model = registry.load(name)
    keys = defaults.keys(model.association(association).suite, defaults.password(model))
    plan = connection_plan(f"sim:{name}", model=model, association=association, keys=keys, timeout=30)
    line = SimTransport(port_of(meter_of(model, start=START), os.urandom, speed=0))
    with Client(line, plan.stack, keys=plan.keys, counters=plan.counters, model=model) as client:
        listed = client.objects()
        _check_list(model, model.association(association), listed)
        read, misfits = _read_all(client, listed)
        assert not misfits
        assert read >= len(listed)
        for row in listed:
            rights = row.attributes.get(2)
            if row.class_id == PROFILE_GENERIC and (rights is None or rights.readable):
                _read_profile(client, model, row)


def _check_list(model: DeviceModel, association: Association, listed: tuple[ObjectRow, ...]) -> None:
    """The list is what the model says, no more and no less."""
    short = association.context in SHORT_NAMES
    expected = {
        (row.class_id, row.obis)
        for row in model.objects
        if row.class_id is not None
        and not (short and row.class_id == ASSOCIATION_LN)
        and (
            any(row.rights(association.name, item.name) != "-" for item in _attributes(row.class_id, row.version))
            or any(row.method_rights(association.name, name) == "x" for name in row.methods)
        )
    }
    assert {(row.class_id, row.obis) for row in listed} == expected | _own_association(association, listed)
    assert len({(row.class_id, row.obis) for row in listed}) == len(listed)


def _own_association(association: Association, listed: tuple[ObjectRow, ...]) -> set[tuple[int, object]]:
    """The list of short names has the Association SN itself, which no model names."""
    short = association.context in SHORT_NAMES
    return {(row.class_id, row.obis) for row in listed if short and row.class_id == ASSOCIATION_SN}


def _attributes(class_id: int, version: int) -> tuple[object, ...]:
    return interface_class(class_id, version).attributes


def _read_all(client: Client, listed: tuple[ObjectRow, ...]) -> tuple[int, list[str]]:
    read, misfits = 0, []
    for row in listed:
        for attribute in interface_class(row.class_id, row.version).attributes:
            rights = row.attributes.get(attribute.index)
            if attribute.name == "buffer" or (row.attributes and (rights is None or not rights.readable)):
                continue  # a list of short names has no rights
            value = client.get(row.class_id, row.obis, attribute.index)
            read += 1
            place = f"{row.class_id} {row.obis} {attribute.name}"
            misfits += [f"{place}: {misfit}" for misfit in view(attribute.form, value, name=attribute.name).misfits]
    return read, misfits


def _read_profile(client: Client, model: DeviceModel, row: ObjectRow) -> None:
    known = model.object_at(row.class_id, row.obis)
    assert known is not None
    columns = [column.attribute for column in known.capture]
    last = client.profile(row.obis, last=3)
    assert len(last.columns) == len(columns)
    if not known.capture_period:
        return
    period = timedelta(seconds=known.capture_period)
    assert len(last.rows) == 3
    ranged = client.profile(row.obis, START - 2 * period, START)
    assert len(ranged.rows) == 2
    assert [each.cells for each in ranged.rows] == [each.cells for each in last.rows[1:]]


def spoken(link: str) -> list[str]:
    models = {name: registry.load(name) for name in sorted(registry.models())}
    return [name for name, model in models.items() if model.connection is not None and model.connection.link == link]


def opened(name: str, association: str | None) -> Client:
    model = registry.load(name)
    keys = KeySet(password=defaults.password(model))
    plan = connection_plan(f"sim:{name}", model=model, association=association, keys=keys, timeout=30)
    line = SimTransport(port_of(meter_of(model, start=START), os.urandom, speed=0))
    return Client(line, plan.stack, keys=plan.keys, counters=plan.counters, model=model)


@pytest.mark.parametrize("name", spoken("iec21"))
def test_every_register_of_a_mode_c_meter_is_read(name: str) -> None:
    model = registry.load(name)
    shown = [row.address for row in model.objects if "r" in row.rights("public")]
    with opened(name, "public") as client:
        assert [each.address for each in client.run(ReadOut())] == shown
    with opened(name, "programming") as client:
        for row in model.objects:
            if "r" in row.rights("programming") and row.format is not None and row.format.kind != "profile":
                (found,) = client.run(ReadRegister(row.address or ""))
                assert found.address == row.address
                assert row.format.kind != "decimal" or found.values[0].unit == row.format.suffix


@pytest.mark.parametrize("name", spoken("dlt645"))
def test_every_identifier_of_a_dlt645_meter_is_read(name: str) -> None:
    with opened(name, None) as client:
        for row in registry.load(name).objects:
            octets = client.run(ReadIdentifier(int(row.address or "", 16)))
            digits = row.format.digits if row.format is not None else 0
            assert octets
            assert not digits or len(octets) == (digits + 1) // 2
