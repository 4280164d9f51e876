"""Each dialect end to end: our client against the virtual meter, in process, over TCP and over a pseudo-terminal."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

import pytest

from dlmskit.client import Client, connect
from dlmskit.codec import data
from dlmskit.connecting import open_transport
from dlmskit.connecting import plan as connection_plan
from dlmskit.cosem.quantity import Quantity
from dlmskit.cosem.units import Unit
from dlmskit.exceptions import (
    ActionError,
    AssociationError,
    DataAccessError,
    FirmwareModelError,
    PluginLoadError,
    SecurityError,
    TransportClosed,
    TransportError,
    TransportTimeout,
)
from dlmskit.model import registry
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.session.operations import ExecuteCommand, ReadOut, ReadRegister, WriteRegister
from dlmskit.vmeter import SimMeter, defaults, open_sim
from dlmskit.vmeter.host import MeterHost
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.metrology import WATT_HOUR

START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)
YESTERDAY = START.replace(hour=0, minute=0, second=0) - timedelta(days=1)
PROFILE = {"generic": "1-0:99.1.0", "zzh": "1-0:99.128.0"}
IMPORT = {"generic": "1-0:1.8.0", "zzh": "1-0:1.128.0"}
SWITCH = "0-0:96.3.10"
Line = Literal["tcp", "pty"]


@contextmanager
def dialogue(model: str, on: Line, association: str) -> Iterator[tuple[SimMeter, Client]]:
    """A meter that stands still at START, on TCP or a pty, and a client that has logged in."""
    with (
        SimMeter(model, start=START, on=on, speed=0) as meter,
        connect(meter.target, model=model, association=association, keys=defaults.keys(), timeout=5) as client,
    ):
        yield meter, client


COSEM = [(model, on, association)
    for model in ("generic", "zzh")
    for on in ("tcp", "pty")
    for association in ("reader", "management")
]  # fmt: skip


@pytest.mark.parametrize(("model", "on", "association"), COSEM)
def test_a_cosem_meter_is_read_over_a_real_line(model: str, on: Line, association: str) -> None:
    with dialogue(model, on, association) as (meter, client):
        assert len(client.objects()) > 10
        reversed_sign = registry.load(model).time.reversed_deviation
        assert client.clock().to_datetime(reversed_deviation=reversed_sign) == START
        truth = meter.meter.firmware.present().truth
        scaler = registry.load(model).object("energy_import_total").scaler
        counted = truth.energy_import.total // (WATT_HOUR * 10**scaler)
        assert client.register(IMPORT[model]) == Quantity(Decimal(counted).scaleb(scaler), Unit.WATT_HOUR)
        rows = client.profile(PROFILE[model], YESTERDAY, YESTERDAY + timedelta(days=1)).rows
        assert len(rows) == (97 if model == "generic" else 25)
        whole = client.profile(PROFILE[model])
        assert len(whole.rows) == registry.load(model).object("load_profile").entries


@pytest.mark.parametrize("model", ["generic", "zzh"])
def test_supply_and_clock_are_commanded(model: str) -> None:
    with dialogue(model, "tcp", "management") as (meter, client):
        client.action(70, SWITCH, 1, data.integer(0))
        assert (client.get(70, SWITCH, 2).value, client.get(70, SWITCH, 3).value) == (False, 0)
        assert not meter.meter.firmware.switch.closed
        client.action(70, SWITCH, 2, data.integer(0))
        expected = {"generic": (True, 1), "zzh": (False, 2)}[model]
        assert (client.get(70, SWITCH, 2).value, client.get(70, SWITCH, 3).value) == expected
        clock = meter.meter.firmware.clock
        wanted = clock.cosem(clock.reading + 90_000)
        client.set(8, "0-0:1.0.0", 2, data.octet_string(wanted.to_bytes()))
        assert client.clock() == wanted
        with pytest.raises(DataAccessError, match="object-undefined"):
            client.get(1, "9-9:9.9.9*9")
        with pytest.raises(ActionError, match="read-write-denied"):
            client.action(8, "0-0:1.0.0", 1, data.integer(0))


@pytest.mark.parametrize("on", ["tcp", "pty"])
def test_a_mode_c_meter_is_read_and_commanded_over_a_real_line(on: Line) -> None:
    with dialogue("zzc", on, "programming") as (meter, client):
        (energy,) = client.run(ReadRegister("1.8.0"))
        truth = meter.meter.firmware.present().truth
        assert energy.values[0].number == Decimal(truth.energy_import.total // (100 * WATT_HOUR)).scaleb(-1)
        assert energy.values[0].unit == "kWh"
        rows = client.run(ReadRegister("P.01", "2611200000;2611210000"))
        assert [str(row.values[0]) for row in rows] == [f"261120{hour:02}00" for hour in range(24)]
        client.run(WriteRegister("0.9.1", "120000"))
        assert str(client.run(ReadRegister("0.9.1"))[0].values[0]) == "120000"
        client.run(ExecuteCommand("C.96.4", "0"))
        assert str(client.run(ReadRegister("C.96.3"))[0].values[0]) == "0"
        with pytest.raises((DataAccessError, ActionError)):
            client.run(ReadRegister("9.9.9"))
        assert "1.8.0" in {item.address for item in client.run(ReadOut())}


def test_three_meters_of_one_seed_and_moment_tell_one_truth() -> None:
    with dialogue("generic", "tcp", "reader") as (_, client):
        fine = client.register(IMPORT["generic"]).value
    with dialogue("zzh", "tcp", "reader") as (_, client):
        tens = client.register(IMPORT["zzh"]).value
    with dialogue("zzc", "tcp", "programming") as (_, client):
        hundreds = client.run(ReadRegister("1.8.0"))[0].values[0].number * 1000
    assert tens == fine // 10 * 10
    assert hundreds == fine // 100 * 100


@pytest.mark.parametrize("model", ["generic", "zzh"])
def test_a_meter_in_this_process_needs_no_port(model: str) -> None:
    with connect(f"sim:{model}", association="reader", keys=KeySet(password=defaults.PASSWORD), timeout=5) as client:
        now = client.clock().to_datetime(reversed_deviation=registry.load(model).time.reversed_deviation)
        assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)
        assert client.register(IMPORT[model]).value > 0


def test_clients_are_kept_apart_and_one_by_one() -> None:
    with SimMeter("generic", start=START, speed=0) as meter:
        clients = [connect(meter.target, client_sap=16, timeout=5) for _ in range(5)]
        for client in clients:
            client.open()
        for client in clients:
            assert client.clock().to_datetime() == START
        for client in clients:
            client.close()


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_client_that_hangs_up_is_associated_no_more(framing: Literal["hdlc", "wrapper"]) -> None:
    with SimMeter("generic", start=START, links={framing: 0}, speed=0) as meter:
        assert isinstance(meter.meter, VirtualMeter)
        plan = connection_plan(meter.target, client_sap=16, timeout=5)
        line = open_transport(plan, 5)
        client = Client(line, plan.stack, keys=plan.keys, counters=plan.counters)
        client.open()
        assert meter.meter.presence.associated(16)
        line.close()
        end = time.monotonic() + 5
        while meter.meter.presence.associated(16) and time.monotonic() < end:
            time.sleep(0.01)
        assert not meter.meter.presence.associated(16)


def test_the_invocation_counter_object_tells_the_last_one_accepted() -> None:
    with dialogue("generic", "tcp", "management") as (meter, client):
        client.clock()
        told = client.get(1, "0-0:43.1.0").value
        assert 0 < told <= meter.meter.firmware.last_counter
        assert client.get(64, "0-0:43.0.0", 4).value == meter.meter.presence.title(1) != b""


@pytest.mark.parametrize(
    ("association", "keys", "error"),
    [
        ("reader", KeySet(password=b"87654321"), AssociationError),
        ("management", KeySet(guek=bytes(16), gak=defaults.GAK), (AssociationError, SecurityError)),
        ("management", KeySet(guek=defaults.GUEK, gak=bytes(16)), (AssociationError, SecurityError)),
    ],
)
def test_wrong_secrets_do_not_get_in(association: str, keys: KeySet, error: type[Exception]) -> None:
    with SimMeter("generic", start=START) as meter:
        client = connect(meter.target, model="generic", association=association, keys=keys, timeout=5)
        with pytest.raises(error):
            client.open()
        with connect(meter.target, client_sap=16, timeout=5) as still_there:
            assert still_there.clock()


def test_noise_and_half_open_lines_do_not_stop_the_host() -> None:
    with SimMeter("generic", start=START) as meter:
        port = int(meter.target.rpartition(":")[2])
        for octets in (b"GET / HTTP/1.1\r\n\r\n", b"\x00\x01\x00\x10\x00\x01\xff\xff" + bytes(100), b""):
            with socket.create_connection(("127.0.0.1", port), 5) as line:
                line.sendall(octets)
        with connect(meter.target, client_sap=16, timeout=5) as client:
            assert client.clock()


def test_a_host_bounds_its_connections_and_stops_cleanly() -> None:
    before = threading.active_count()
    meter = SimMeter("generic", start=START)
    meter.host._connections = 2
    with meter:
        port = int(meter.target.rpartition(":")[2])
        lines = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(2)]
        time.sleep(0.05)
        with socket.create_connection(("127.0.0.1", port), 5) as refused:
            refused.settimeout(5)
            assert refused.recv(1) == b""
    for line in lines:
        line.settimeout(5)
        assert line.recv(1) == b""
        line.close()
    assert threading.active_count() == before
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 1)


def test_connections_that_say_nothing_do_not_keep_others_out() -> None:
    meter = SimMeter("generic", start=START)
    meter.host._connections, meter.host._idle = 2, 0.3
    with meter:
        port = int(meter.target.rpartition(":")[2])
        silent = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(2)]
        for line in silent:
            assert line.recv(1) == b""
            line.close()
        meter.host._idle = 5
        with connect(meter.target, client_sap=16, timeout=5) as client:
            assert client.clock()


def test_a_taken_port_is_one_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        host = MeterHost(lambda: pytest.fail("nobody connects"))
        with pytest.raises(TransportError, match=str(number)):
            host.listen(number)
        host.stop()


def test_a_sim_line_is_silent_in_time_and_closed_when_closed() -> None:
    line = open_sim("generic", start=START)
    with pytest.raises(TransportTimeout):
        line.read(0.01)
    line.close()
    with pytest.raises(TransportClosed):
        line.write(b"\x00")


def test_what_cannot_be_simulated_is_said() -> None:
    with pytest.raises(PluginLoadError, match="nobody"):
        open_sim("nobody")
    pushing = next(model for name in registry.models() if (model := registry.load(name)).connection is None)
    with pytest.raises(FirmwareModelError, match="pushes"):
        open_sim(pushing.id)


def test_simulated_time_can_run_faster_than_ours() -> None:
    with (
        SimMeter("generic", start=START, speed=3600) as meter,
        connect(meter.target, client_sap=16, timeout=5) as client,
    ):
        first = client.clock().to_datetime()
        time.sleep(0.1)
        assert timedelta(minutes=5) < client.clock().to_datetime() - first < timedelta(hours=2)


@pytest.mark.parametrize("speed", [-1.0, 1e7, float("inf"), float("nan")])
def test_an_absurd_speed_is_refused(speed: float) -> None:
    with pytest.raises(FirmwareModelError, match="times as fast"):
        open_sim("generic", speed=speed)
    with pytest.raises(FirmwareModelError, match="times as fast"):
        SimMeter("generic", speed=speed)


def test_a_cosem_meter_can_be_served_over_the_other_link_and_a_mode_c_meter_cannot() -> None:
    with (
        SimMeter("generic", start=START, links={"hdlc": 0}, speed=0) as meter,
        connect(meter.target, client_sap=16, timeout=5) as client,
    ):
        assert meter.target.startswith("tcp+hdlc://")
        assert client.clock().to_datetime() == START
    with pytest.raises(FirmwareModelError, match="62056-21"):
        SimMeter("zzc", links={"hdlc": 0})


def test_every_built_in_model_with_a_connection_can_be_simulated() -> None:
    for name in registry.models():
        model = registry.load(name)
        if model.connection is not None:
            open_sim(name, start=START).close()
    assert Obis.parse(IMPORT["zzh"]) == registry.load("zzh").object("energy_import_total").obis
