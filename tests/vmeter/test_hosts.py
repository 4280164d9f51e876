"""Hosts of virtual meters by real sockets and pseudo-terminals: UDP, rates, mode E, meters that dial, fleets."""

from __future__ import annotations

import asyncio
import socket
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

import dlmskit
from dlmskit import aio
from dlmskit.client import Client
from dlmskit.connecting import parts, plan
from dlmskit.exceptions import DataAccessError, FirmwareModelError, TransportError
from dlmskit.transport import tcp
from dlmskit.vmeter import defaults
from dlmskit.vmeter.faults import Fault
from dlmskit.vmeter.sim import SimFleet, SimMeter
from dlmskit.vmeter.uart import heard

START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)
PASSWORD = defaults.PASSWORD
NAME = "0-0:42.0.0"


def read_name(target: str, **wishes: Any) -> bytes:
    with dlmskit.connect(target, client_sap=17, password=PASSWORD, **{"timeout": 10, **wishes}) as meter:
        return bytes(meter.get(1, NAME).value)


def test_datagrams() -> None:
    with SimMeter("generic", links={"udp": 0}) as meter:
        assert meter.target.startswith("udp://")
        assert read_name(meter.target) == read_name(meter.target)

        async def several() -> set[bytes]:
            async def one() -> bytes:
                async with await aio.connect(meter.target, client_sap=17, password=PASSWORD, timeout=10) as client:
                    return bytes((await client.get(1, NAME)).value)

            return set(await asyncio.gather(*(one() for _ in range(20))))

        assert len(asyncio.run(several())) == 1


def test_a_datagram_of_noise_harms_nobody() -> None:
    with SimMeter("generic", links={"udp": 0}) as meter:
        host, _, port = meter.target.removeprefix("udp://").partition(":")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
            for octets in (b"", b"\x00", b"\x00\x01\x00\x11\x00\x01\xff\xff", bytes(2000)):
                noise.sendto(octets, (host, int(port)))
        assert read_name(meter.target)


def test_a_line_at_the_wrong_rate_carries_nothing_and_at_the_right_one_everything() -> None:
    with SimMeter("generic", on="pty") as meter:
        assert read_name(meter.target)
        for baud in (2400, 19200, 115200):
            with pytest.raises(TransportError):
                read_name(f"{meter.target}?baud={baud}", timeout=0.4)
        assert read_name(f"{meter.target}?baud=9600")


def test_what_a_wrong_rate_shows_is_noise_and_not_silence() -> None:
    with (
        SimMeter("zzc", on="pty") as meter,
        serial.Serial(meter.target.removeprefix("optical://"), 300, timeout=2) as line,
    ):
        line.write(b"/?!\r\n")
        assert line.read_until(b"\n").startswith(b"/ZZC")
        line.write(b"\x06050\r\n")  # and stays at 300 baud, while the meter goes to 9600
        shown = line.read(50)
        assert shown
        assert b"1.8.0" not in shown


@given(octets=st.binary(max_size=60), sent=st.sampled_from([300, 2400, 9600]), read=st.sampled_from([300, 1200, 9600]))
def test_a_receiver_takes_what_the_levels_give(octets: bytes, sent: int, read: int) -> None:
    taken = heard(octets, sent, read)
    if sent == read:
        assert taken == octets
    assert len(taken) <= len(octets) * max(1, -(-read // sent))
    assert bool(taken) == bool(octets)


def test_a_slow_character_seen_fast_is_its_bits() -> None:
    # 0x55 at 300 baud: the start bit low for 32 bits of 9600 baud is taken as a character of zeros
    assert heard(b"\x55", 300, 9600)[0] == 0x00
    assert heard(b"\xff", 9600, 300) == b"\xff"


def test_mode_e_from_sign_on_to_register() -> None:
    with SimMeter("generic", on="optical") as meter:
        assert meter.target.startswith("optical://")
        for _ in range(2):
            assert read_name(meter.target)


def test_a_serial_meter_that_was_cut_off_listens_again() -> None:
    with SimMeter("generic", on="pty") as meter:
        meter.control.faults(Fault("cut", 1.0, 3))
        with pytest.raises(TransportError):
            read_name(meter.target, timeout=0.3)
        meter.control.faults()
        assert read_name(meter.target)


def test_a_meter_dials_the_head_end_and_dials_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        port = listening.getsockname()[1]
        meter = SimMeter("generic", dial=f"127.0.0.1:{port}")
        with meter:
            for _ in range(2):
                line = tcp.TcpTransport(listening.accept()[0])
                wishes: Any = {"client_sap": 17, "password": PASSWORD, "timeout": 10}
                wanted = plan(f"tcp://127.0.0.1:{port}", **wishes)
                with Client(line, wanted.stack, **parts(wanted, None, **wishes)) as client:
                    assert client.get(1, NAME).value


def test_a_head_end_that_is_not_there_is_dialled_later() -> None:
    with SimMeter("generic", dial="127.0.0.1:1"), SimMeter("generic") as other:
        assert read_name(other.target)
    with pytest.raises(TransportError, match="host:port"):
        SimMeter("generic", dial="nowhere")


def test_each_of_a_fleet_is_itself_and_made_when_asked() -> None:
    with SimFleet("generic", 200, start=START) as fleet:
        assert len(set(fleet.targets)) == 200
        names = [read_name(fleet.targets[number]) for number in (3, 150, 3)]
        assert names[0] == names[2] != names[1]
        assert fleet.fleet.made == 3  # and number 0, which showed that the model can be built
    with SimMeter("generic", seed=4, start=START) as alone:
        assert read_name(alone.target) == names[0]


@pytest.mark.parametrize("link", ["wrapper", "hdlc"])
def test_many_meters_behind_one_address(link: Any) -> None:
    with SimFleet("generic", 300, start=START, link=link, shared=True) as fleet:
        assert len({target.partition("?")[0] for target in fleet.targets}) == 1
        found = [read_name(fleet.targets[number]) for number in (0, 1, 255, 299)]
        assert len(set(found)) == 4
        with pytest.raises(TransportError):
            read_name(fleet.targets[0].replace("=1", "=301"), timeout=0.2)


def test_a_fleet_is_read_at_once() -> None:
    async def one(target: str) -> bytes:
        async with await aio.connect(target, client_sap=17, password=PASSWORD, timeout=60) as client:
            return bytes((await client.get(1, NAME)).value)

    async def all_of(targets: list[str]) -> list[bytes]:
        return await asyncio.gather(*map(one, targets))

    with SimFleet("generic", 60, start=START) as fleet:
        assert len(set(asyncio.run(all_of(fleet.targets)))) == 60


def test_only_cosem_meters_share_an_address() -> None:
    with pytest.raises(FirmwareModelError, match="share an address"):
        SimFleet("zzc", 5, shared=True)


def test_a_running_meter_is_controlled_from_any_thread() -> None:
    with (
        SimMeter("generic", start=START) as meter,
        dlmskit.connect(meter.target, client_sap=17, password=PASSWORD, timeout=10) as client,
    ):
        meter.control.set_clock(datetime(2027, 1, 1, tzinfo=UTC))
        assert str(client.clock()).startswith("2027-01-01")
        meter.control.set("serial_number", b"77")
        assert client.get(1, "0-0:96.1.0").value == b"77"
        assert meter.control.get("serial_number").value == b"77"
        with pytest.raises(DataAccessError):
            meter.control.get("serial_number", "nothing")
        asking = [threading.Thread(target=meter.control.get, args=("clock", "time")) for _ in range(8)]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
        meter.control.faults(Fault("busy"))
        with pytest.raises(DataAccessError, match="temporary-failure"):
            client.get(1, NAME)
        meter.control.faults()
        assert client.get(1, NAME)
    assert meter.control.get("serial_number").value == b"77"


def test_a_text_meter_has_no_objects_to_control() -> None:
    with SimMeter("zzc") as meter, pytest.raises(FirmwareModelError, match="no COSEM objects"):
        meter.control.get("clock")
