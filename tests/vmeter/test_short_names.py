"""Short names of virtual meters: every object reachable by a name of its own, with the answers of logical names."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

import dlmskit
from dlmskit.codec import data
from dlmskit.cosem.short_names import CURRENT
from dlmskit.enums import ApplicationContext
from dlmskit.exceptions import AssociationError, DataAccessError, FirmwareModelError, LocalProtocolError
from dlmskit.model import registry
from dlmskit.model.device import DeviceModel
from dlmskit.obis import Obis
from dlmskit.reading.short_names import objects
from dlmskit.session.base import Failed
from dlmskit.session.cosem.client import CosemClientSession
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.cosem.settings import AssociationSettings
from dlmskit.session.operations import Get
from dlmskit.vmeter.classes.association import visible
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.short_names import ShortNameSpace
from dlmskit.vmeter.stated import declaration

MODELS = [model for model in registry.models().values() if any(row.class_id for row in model.objects)]
GENERIC = registry.load("generic")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_no_two_objects_share_a_name(model: DeviceModel) -> None:
    for association in model.associations:
        taken: dict[int, str] = {}
        for item in ShortNameSpace(model).seen_by(association):
            row = model.object_at(item.class_id, item.obis)
            assert row is not None
            assert visible(row, association)
            known = declaration(row)
            names = [item.attribute(found.index) for found in known.attributes]
            names += [item.method(found.index) for found in known.methods]
            for name in (name for name in names if name is not None):
                assert name % 8 == 0
                assert name not in taken, (row.name, taken[name])
                taken[name] = row.name
        assert not taken.keys() & set(range(0xFA00, 0xFB00))


def test_names_are_the_same_in_every_association_and_meter() -> None:
    space, again = ShortNameSpace(GENERIC), ShortNameSpace(GENERIC)
    seen = {item for association in GENERIC.associations for item in space.seen_by(association)}
    assert len({(item.class_id, item.obis) for item in seen}) == len(seen)
    assert seen == {item for association in GENERIC.associations for item in again.seen_by(association)}
    bases = {item.obis: item.base for item in seen}
    assert (bases[Obis(0, 0, 41, 0, 0)], bases[Obis(0, 0, 42, 0, 0)]) == (0xFC00, 0xFD00)
    assert Obis(0, 0, 40, 0, 0) not in bases


def test_a_model_with_too_many_objects_is_refused() -> None:
    row = next(row for row in GENERIC.objects if row.name == "energy_import_total")
    many = [msgspec.structs.replace(row, name=f"r{n}", obis=Obis(1, n >> 8, 1, 8, n & 0xFF)) for n in range(1400)]
    with pytest.raises(FirmwareModelError, match="short names"):
        ShortNameSpace(msgspec.structs.replace(GENERIC, objects=tuple(many)))


@pytest.mark.parametrize("login", ["reader", "management"])
def test_what_is_read_is_what_logical_names_give(login: str) -> None:
    fixed = [Get(3, Obis(1, 0, 1, 8, 0), 3), Get(1, Obis(0, 0, 42, 0, 0), 2), Get(7, Obis(1, 0, 99, 1, 0), 3)]
    with dlmskit.connect("sim:", association=login) as meter:
        logical = meter.get_list(*fixed)
        listed = {(row.class_id, row.obis) for row in meter.objects() if row.class_id != 15}
    with dlmskit.connect("sim:", association=login, short_names=True) as meter:
        assert meter.negotiated["context"] in ("sn", "sn-ciphered")
        assert meter.get_list(*fixed) == logical
        assert {(row.class_id, row.obis) for row in meter.objects()} == listed | {(12, CURRENT.obis)}
        assert CURRENT in meter.follow(objects())
        assert meter.register("1-0:1.8.0").unit is not None
        assert meter.clock()
        meter.set(8, "0-0:1.0.0", 3, data.long(-120))
        assert meter.get(8, "0-0:1.0.0", 3) == data.long(-120)
        start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=UTC)
        assert len(meter.profile("1-0:99.1.0", start, end).rows) <= 5
        with pytest.raises(DataAccessError, match="object-undefined"):
            meter.get(1, "9-9:9.9.9")
        with pytest.raises(LocalProtocolError, match="no short name"):
            meter.get(8, "0-0:1.0.0", 13)


def test_methods_work_by_short_name() -> None:
    with dlmskit.connect("sim:", association="management", short_names=True) as meter:
        before = meter.get(70, "0-0:96.3.10", 2)
        meter.action(70, "0-0:96.3.10", 1, data.integer(0))
        assert (before, meter.get(70, "0-0:96.3.10", 2)) == (data.boolean(True), data.boolean(False))


def test_a_client_without_short_names_is_refused_them() -> None:
    with (
        pytest.raises(AssociationError, match="application-context"),
        dlmskit.connect("sim:", association="public", short_names=True),
    ):
        pass


def test_a_context_of_short_names_is_the_only_one() -> None:
    row = msgspec.structs.replace(GENERIC.association("reader"), context=ApplicationContext.SN)
    rows = tuple(row if item.name == "reader" else item for item in GENERIC.associations)
    found = VirtualMeter(msgspec.structs.replace(GENERIC, associations=rows), start=datetime(2026, 1, 1, tzinfo=UTC))
    rules = found.association(17)
    assert rules is not None
    assert len(rules.short_names) > 10
    client = CosemClientSession(AssociationSettings(client_sap=17), bytes)
    server = CosemServerSession(found, bytes, client_sap=17)
    client.open(0.0)
    server.receive(client.messages_to_send()[0], 0.0)
    client.receive(server.messages_to_send()[0], 0.0)
    event = client.next_event()
    assert isinstance(event, Failed)
    assert "application-context" in str(event.error)
