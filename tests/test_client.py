"""The blocking client against virtual meters and against lines that misbehave."""

from __future__ import annotations

import io
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

import dlmskit
from dlmskit.client import Client
from dlmskit.codec import data
from dlmskit.connecting import own_title, plan, stated
from dlmskit.cosem.units import Unit
from dlmskit.enums import ApplicationContext, Mechanism
from dlmskit.exceptions import (
    AssociationError,
    DataAccessError,
    DecodeError,
    LocalProtocolError,
    SecurityError,
    TransportClosed,
    TransportError,
    TransportTimeout,
    UnknownObject,
)
from dlmskit.obis import Obis
from dlmskit.reading.reader import Reader
from dlmskit.security.keys import KeySet
from dlmskit.session.operations import ExecuteCommand, Get, ReadOut, ReadRegister
from dlmskit.store.counters import DurableCounters, MemoryCounters
from dlmskit.store.keys import MemoryKeyStore
from dlmskit.transport.loopback import pair
from dlmskit.vmeter import defaults
from dlmskit.vmeter.sim import SimMeter

MODELS = ["generic", "zzh"]


def test_context_and_suite_may_be_wished_for() -> None:
    settings = stated(mechanism=Mechanism.HIGH_ECDSA, suite=1, context=ApplicationContext.SN)
    assert (settings.suite, settings.context) == (1, ApplicationContext.SN)
    settings = stated(keys=KeySet(bytes(16), bytes(16), suite=1))
    assert (settings.suite, settings.context) == (1, ApplicationContext.LN_CIPHERED)


ASSOCIATIONS = ("none", "low", "high", "high_md5", "high_sha1", "high_sha256", "gmac", "none_ciphered")


@pytest.mark.parametrize("association", [None, *ASSOCIATIONS])
def test_a_simulated_meter_needs_no_secrets_and_says_which_it_has_where_others_are_given(
    association: str | None,
) -> None:
    with dlmskit.connect("sim:interop", association=association) as meter:
        assert meter.clock()
    if association in (None, "low", "high", "gmac"):
        wrong = {"password": b"12345678"} if association != "gmac" else {"keys": KeySet(bytes(16), bytes(16))}
        with pytest.raises((AssociationError, SecurityError)) as told:
            dlmskit.connect("sim:interop", association=association, **wrong).open()
        (note,) = told.value.__notes__
        assert "leave password and keys out" in note


@pytest.mark.parametrize("model", MODELS)
def test_objects_clock_register_and_profile(model: str) -> None:
    with dlmskit.connect(f"sim:{model}") as meter:
        objects = meter.objects()
        assert any(row.class_id == 15 and row.attributes[2].readable for row in objects)
        assert abs(meter.clock().to_datetime(reversed_deviation=model == "zzh") - datetime.now(UTC)) < timedelta(
            minutes=1
        )
        energy = meter.register("energy_import_total")
        assert energy.unit == Unit.WATT_HOUR
        assert energy.value > 0
        profile = meter.profile("load_profile")
        assert {column.name for column in profile.columns} >= {"clock", "energy_import_total"}
        record = list(profile.records())[-1]
        assert record["energy_import_total"].unit == Unit.WATT_HOUR
        assert 0 <= energy.value - record["energy_import_total"].value < 10_000


@pytest.mark.parametrize("model", MODELS)
def test_a_range_of_a_profile_has_its_rows_only(model: str) -> None:
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    start = end - timedelta(hours=3)
    with dlmskit.connect(f"sim:{model}") as meter:
        rows = list(meter.profile("load_profile", start, end).records())
    moments = [row["clock"].to_datetime(reversed_deviation=model == "zzh") for row in rows]
    assert moments == sorted(moments)
    assert (moments[0], moments[-1]) == (start, end)
    assert len(rows) == (13 if model == "generic" else 4)


def test_scalers_are_read_once() -> None:
    file = io.StringIO()
    with dlmskit.connect("sim:", record=file) as meter:
        first = meter.register("energy_import_total")
        second = meter.register("1-0:1.8.0")
    assert second.value >= first.value
    assert isinstance(first.value, Decimal)
    assert file.getvalue().count('"attribute":3') == 1


def test_single_operations_and_lists() -> None:
    with dlmskit.connect("sim:") as meter:
        name = Get(1, Obis(0, 0, 42, 0, 0), 2)
        found, missing = meter.get_list(name, Get(1, Obis(9, 9, 9, 9, 9), 2))
        assert found == meter.get(1, "0-0:42.0.0", 2)
        assert isinstance(missing, DataAccessError)
        with pytest.raises(DataAccessError, match=r"1-0:42\.0\.0"):
            meter.set(1, "1-0:42.0.0", 2, data.null_data())
        assert meter.negotiated["mechanism"] == "low"


@pytest.mark.parametrize("secrets", ["public", "reader", "management"])
def test_every_association_of_the_model(secrets: str) -> None:
    with dlmskit.connect("sim:", association=secrets) as meter:
        meter.clock()


def test_gmac_by_single_wishes() -> None:
    with (
        SimMeter("generic") as simulated,
        dlmskit.connect(simulated.target, client_sap=1, keys=defaults.keys()) as meter,
    ):
        assert meter.negotiated["mechanism"] == "high-gmac"
        assert meter.register("1-0:1.8.0", 3).unit == Unit.WATT_HOUR


def test_a_wrong_password_is_refused_in_one_line() -> None:
    with pytest.raises(AssociationError, match="authentication-failure"), dlmskit.connect("sim:", password=b"wrong"):
        pass


def test_a_wrong_key_is_refused() -> None:
    wrong = KeySet(bytes(16), bytes(16))
    with (
        pytest.raises((AssociationError, SecurityError)),
        dlmskit.connect("sim:", keys=wrong, association="management"),
    ):
        pass


def test_a_text_meter_is_read_out_and_read() -> None:
    with dlmskit.connect("sim:zzc", association="public") as meter:
        assert any(data_set.address == "1.8.0" for data_set in meter.run(ReadOut()))
    with dlmskit.connect("sim:zzc", association="programming") as meter:
        (energy,) = meter.run(ReadRegister("1.8.0"))
        assert energy.values[0].unit == "kWh"
        with pytest.raises(dlmskit.DlmskitError):
            meter.run(ExecuteCommand("no.such", "0"))


def test_hdlc_over_tcp() -> None:
    with SimMeter("zzh") as simulated:
        target = f"{simulated.target}?lower=17&octets=4&client=32"
        with dlmskit.connect(target, password=defaults.PASSWORD) as meter:
            assert meter.clock().deviation == 60


def test_a_port_where_nobody_is() -> None:
    with pytest.raises(TransportError, match=r"127\.0\.0\.1:1"):
        dlmskit.connect("tcp://127.0.0.1:1")


def test_a_recording_that_cannot_be_written() -> None:
    with pytest.raises(TransportError, match="no-such-folder"):
        dlmskit.connect("sim:", record="/no-such-folder/x.jsonl")


def scripted(*, patience: float = 0.2) -> tuple[Client, object]:
    here, there = pair()
    wanted = plan("tcp://127.0.0.1:4059", timeout=0.1)
    client = Client(here, wanted.stack, keys=MemoryKeyStore(), counters=MemoryCounters(), patience=patience)
    return client, there


def test_a_silent_meter_is_a_time_out_and_the_port_is_closed() -> None:
    client, there = scripted()
    with pytest.raises(TransportTimeout):
        client.open()
    there.read(0)  # type: ignore[attr-defined]
    with pytest.raises(TransportClosed):
        there.read(0)  # type: ignore[attr-defined]


def test_a_meter_that_hangs_up_is_said_so() -> None:
    client, there = scripted()
    threading.Timer(0.02, there.close).start()  # type: ignore[attr-defined]
    with pytest.raises(TransportClosed, match="closed"):
        client.open()
    client.close()


def test_octets_that_cannot_be_used_are_mentioned() -> None:
    client, there = scripted()
    there.write(bytes.fromhex("00010007000900021122"))  # type: ignore[attr-defined]
    with pytest.raises(TransportTimeout, match="10 octets came that could not be used"):
        client.open()


def test_nothing_runs_on_a_closed_client() -> None:
    meter = dlmskit.connect("sim:")
    with meter:
        pass
    with pytest.raises(LocalProtocolError):
        meter.clock()
    meter.close()


def test_listening_on_a_line_that_is_gone_says_so_at_once() -> None:
    with dlmskit.connect("sim:") as meter:
        assert meter.notification(0.01) is None
        meter._transport.close()
        begun = time.monotonic()
        for _ in range(2):
            with pytest.raises(TransportClosed):
                meter.notification(30)
        assert time.monotonic() - begun < 20


def test_a_title_needs_counters_that_last(tmp_path: object) -> None:
    with pytest.raises(SecurityError, match="counters"):
        own_title(b"DKT00001", None)
    first, second = own_title(b"", None)[0], own_title(b"", None)[0]
    assert first != second
    assert len(first) == 8
    durable = DurableCounters(f"{tmp_path}/counters.json")
    assert own_title(b"", durable) == own_title(b"", durable)


def test_wishes_that_do_not_go_together() -> None:
    with pytest.raises(UnknownObject, match="client 77"):
        plan("sim:", client_sap=77)
    with pytest.raises(UnknownObject, match="nobody"):
        plan("sim:", association="nobody")
    with pytest.raises(DecodeError, match="scheme"):
        plan("ftp://x")
    assert plan("tcp://h", mechanism=Mechanism.NONE).model is None


def test_a_name_needs_a_model_and_an_obis_does_not() -> None:
    assert Reader().obis("1-0:1.8.0*255") == Obis(1, 0, 1, 8, 0)
    with pytest.raises(DecodeError):
        Reader().obis("energy_import_total")


def test_a_wait_that_nothing_else_bounds_ends_too() -> None:
    client, _ = scripted(patience=0.1)
    stack = client._dialogue._stack
    stack.next_deadline = lambda: None  # type: ignore[method-assign]
    with pytest.raises(TransportTimeout, match=r"nothing came in 0\.1 s"):
        client.open()
