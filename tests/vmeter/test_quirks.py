"""Each quirk by name: a meter that behaves so, and what our client makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from dlmskit.apdu import Aare, Aarq, InitiateRequest, Rlrq, decode
from dlmskit.client import Client, connect
from dlmskit.codec import data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.quantity import Quantity
from dlmskit.cosem.time import from_stamp
from dlmskit.cosem.units import Unit
from dlmskit.enums import ApplicationContext, AssociationResult, Conformance, Mechanism
from dlmskit.exceptions import AssociationError, DlmskitError, NotRepresentable
from dlmskit.model import quirks, registry
from dlmskit.model.device import DeviceModel, Quirk
from dlmskit.reading.profile import ProfileRow
from dlmskit.session.cosem import settings
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.cosem.settings import AssociationSettings
from dlmskit.session.operations import Get, GetList
from dlmskit.stack.build import association_settings
from dlmskit.vmeter import defaults
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.sim import SimMeter

START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)


@pytest.fixture
def one_with(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Makes the generic meter one that has a quirk."""

    def make(*names: str) -> DeviceModel:
        rows = tuple(Quirk(name, "made for this test", "unwitnessed") for name in names)
        model = msgspec.structs.replace(registry.load("generic"), quirks=rows)
        load = registry.load
        monkeypatch.setattr(registry, "load", lambda name: model if name == "generic" else load(name))
        return model

    return make


@contextmanager
def reading(model: str = "generic", association: str = "reader") -> Iterator[tuple[SimMeter, Client]]:
    keys = defaults.keys(password=defaults.PASSWORD)
    with (
        SimMeter(model, start=START, speed=0) as meter,
        connect(meter.target, model=model, association=association, keys=keys, timeout=5) as client,
    ):
        yield meter, client


def test_every_quirk_of_a_model_has_a_meaning() -> None:
    for name in registry.models():
        for row in registry.load(name).quirks:
            assert row.name in quirks.QUIRKS, name
    assert settings.BARE_REFUSAL == quirks.AARE_WITHOUT_USER_INFORMATION
    assert settings.TITLE_NOT_TOLD == quirks.SYSTEM_TITLE_NOT_TOLD
    assert settings.LISTS_REFUSED == quirks.LISTS_REFUSED
    assert settings.ONE_PER_LINK == quirks.ONE_ASSOCIATION_PER_LINK


def aarq(conformance: Conformance = Conformance.GET) -> bytes:
    initiate = InitiateRequest(proposed_conformance=conformance, client_max_receive_pdu_size=0)
    return Aarq(application_context_name=ApplicationContext.LN, user_information=initiate.to_bytes()).to_bytes()


def answer(session: CosemServerSession, request: bytes) -> Aare:
    session.receive(request, 0.0, 16)
    (message,) = session.messages_to_send()
    found = decode(message)
    assert isinstance(found, Aare)
    return found


@pytest.mark.parametrize("bare", [False, True])
def test_a_refusal_without_user_information(one_with, bare: bool) -> None:  # type: ignore[no-untyped-def]
    model = one_with(*([quirks.AARE_WITHOUT_USER_INFORMATION] if bare else []))
    session = CosemServerSession(VirtualMeter(model, start=START), bytes)
    refused = answer(session, aarq(Conformance.ACTION))  # the public client of this meter has no ACTION
    assert refused.result is AssociationResult.REJECTED_PERMANENT
    assert (refused.user_information is None) == bare
    with SimMeter("generic", start=START, speed=0) as meter:
        wishes = AssociationSettings(client_sap=16, conformance=Conformance.ACTION)
        with pytest.raises(AssociationError):
            connect(meter.target, association=wishes, timeout=5).open()


def test_one_association_per_link(one_with) -> None:  # type: ignore[no-untyped-def]
    session = CosemServerSession(VirtualMeter(one_with(quirks.ONE_ASSOCIATION_PER_LINK), start=START), bytes)
    assert answer(session, aarq()).result is AssociationResult.ACCEPTED
    session.receive(Rlrq(reason=0).to_bytes(), 0.0, 16)
    session.messages_to_send()
    assert answer(session, aarq()).result is AssociationResult.REJECTED_PERMANENT
    session.disconnected(0.0)
    assert answer(session, aarq()).result is AssociationResult.ACCEPTED
    with SimMeter("generic", start=START, links={"hdlc": 0}, speed=0) as meter:
        for _ in range(2):  # our client takes the link down with the association
            with connect(meter.target, client_sap=16, timeout=5) as client:
                assert client.clock()


def test_lists_that_were_granted_are_refused(one_with) -> None:  # type: ignore[no-untyped-def]
    one_with(quirks.LISTS_REFUSED)
    wanted = ["energy_import_total", "energy_export_total", "serial_number", "clock"]
    with reading() as (_, client):
        assert "multiple-references" in client.negotiated["conformance"]
        found = client.read_many(wanted)
        assert found == tuple(client.read(each) for each in wanted)
        with pytest.raises(DlmskitError):
            client.run(GetList((Get(8, client.objects()[0].obis, 2), Get(8, client.objects()[0].obis, 2))))


def test_a_selection_that_is_ignored_is_made_by_the_client(one_with) -> None:  # type: ignore[no-untyped-def]
    begin = START.replace(minute=0, second=0) - timedelta(hours=2)
    with reading() as (_, client):
        expected = client.profile("load_profile", begin, begin + timedelta(hours=1))
    one_with(quirks.SELECTION_IGNORED)
    with reading() as (_, client):
        found = client.profile("load_profile", begin, begin + timedelta(hours=1))
        assert len(client.get(7, "1-0:99.1.0").value) == 2880
        assert found == expected
        assert len(found.rows) == 5


def test_null_timestamps_are_counted_on_by_the_capture_period(one_with) -> None:  # type: ignore[no-untyped-def]
    with reading() as (_, client):
        expected = client.profile("load_profile", last=20)
    one_with(quirks.NULL_TIMESTAMPS)
    with reading() as (_, client):
        found = client.profile("load_profile", last=20)
        sent = client.get(7, "1-0:99.1.0").value
    assert [row[0] is None for row in sent[:3]] == [False, True, True]
    assert [row.derived for row in found.rows] == [()] + [(0,)] * 19
    assert [_seconds(row) for row in found.rows] == [_seconds(row) for row in expected.rows]
    assert [row.cells[1:] for row in found.rows] == [row.cells[1:] for row in expected.rows]


def _seconds(row: ProfileRow) -> datetime:
    stamp = row.cells[0]
    assert isinstance(stamp, CosemDateTime)
    return stamp.to_datetime()


@pytest.mark.parametrize("name", ["kam-omnipower", "adn"])
def test_a_clock_without_deviation_is_read_by_the_models_policy(name: str) -> None:
    rules = registry.load(name).time
    with reading(name) as (_, client):
        assert client.clock("clock").deviation is None
        assert from_stamp(client.clock("clock"), rules) == START
        later = START + timedelta(seconds=40)
        client.set_clock(later, "clock")
        assert from_stamp(client.clock("clock"), rules) == later
        assert len(client.profile("load_profile", START - timedelta(hours=1), START).rows) == 4
    with pytest.raises(NotRepresentable, match="deviation"):  # without a model nobody knows
        from_stamp(client_stamp(name), registry.load("generic").time)


def client_stamp(name: str) -> CosemDateTime:
    with reading(name) as (_, client):
        return client.clock("clock")


def test_a_scaler_that_lies_is_put_right_by_the_model_only() -> None:
    with reading("kfm-ma105", "management") as (meter, client):
        truth = meter.meter.firmware.present().truth.voltage // 100  # tenths of a volt
        assert client.get(3, "1-0:32.7.0", 2) == data.long_unsigned(truth)
        assert client.get(3, "1-0:32.7.0", 3).value == [0, int(Unit.VOLT)]
        right = Quantity(Decimal(truth).scaleb(-1), Unit.VOLT)
        assert client.register("voltage_l1") == client.read_many(["voltage_l1"])[0] == right
        other = connect(meter.target, model="dsmr4", association="management", keys=defaults.keys(), timeout=5)
        with other as believing:
            assert believing.register("1-0:32.7.0") == Quantity(Decimal(truth), Unit.VOLT)


def test_limits_that_are_taken_for_local_time_want_a_model_that_says_so() -> None:
    begin = START.replace(minute=0, second=0) - timedelta(hours=3)
    end = begin + timedelta(hours=2)
    keys = defaults.keys()
    with reading("kfm-ma105", "management") as (meter, client):
        expected = client.profile("load_profile", begin, end)
        assert len(expected.rows) == 9
        wishes = AssociationSettings(
            client_sap=1,
            mechanism=Mechanism.HIGH_GMAC,
            context=ApplicationContext.LN_CIPHERED,
            system_title=b"DKT00001",
        )
        with connect(meter.target, association=wishes, keys=keys, timeout=5) as stranger:
            found = stranger.profile("1-0:99.1.0", begin, end)  # asks in UTC, and is answered an hour off
    assert [row.cells for row in found.rows] == [row.cells for row in expected.rows[:5]]


def test_a_title_that_the_meter_does_not_say_must_be_known(one_with) -> None:  # type: ignore[no-untyped-def]
    one_with(quirks.SYSTEM_TITLE_NOT_TOLD)
    model = registry.load("generic")
    with SimMeter("generic", start=START, speed=0) as meter:
        assert isinstance(meter.meter, VirtualMeter)
        title = meter.meter.firmware.identity.system_title
        wishes = association_settings(model.association("management"), b"DKT00001")
        with pytest.raises(DlmskitError, match="AP-title"):
            connect(meter.target, association=wishes, keys=defaults.keys(), timeout=5).open()
        known = msgspec.structs.replace(wishes, peer_system_title=title, system_title=b"DKT00002")
        with connect(meter.target, association=known, keys=defaults.keys(), timeout=5) as client:
            assert client.clock()


def test_addresses_of_different_lengths_in_one_frame() -> None:
    with reading("kfm-ma304") as (meter, client):
        hdlc = registry.load("kfm-ma304").connection.hdlc  # type: ignore[union-attr]
        assert (hdlc.address_octets, hdlc.server_lower) == (2, 17)  # and one octet for the client
        assert client.register("voltage_l1").unit is Unit.VOLT
        assert meter.target.startswith("tcp+hdlc://")
