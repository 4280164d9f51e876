"""Lines that never end, break in the middle or say nothing: both clients give up in time and leave nothing open."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import dlmskit
from dlmskit import aio
from dlmskit.exceptions import LocalProtocolError, TransportClosed, TransportError, TransportTimeout
from dlmskit.link.wrapper import WrapperPdu
from dlmskit.security.keys import KeySet
from dlmskit.session.operations import ReadOut
from dlmskit.vmeter import defaults
from dlmskit.vmeter.sim import SimMeter

Behaviour = Callable[[socket.socket], None]
RESET = struct.pack("ii", 1, 0)
TIMEOUT = 0.3


def says_nothing(line: socket.socket) -> None:
    while line.recv(1000):
        pass


def closes_half(line: socket.socket) -> None:
    line.recv(1000)
    line.shutdown(socket.SHUT_WR)
    says_nothing(line)


def breaks_in_a_frame(line: socket.socket) -> None:
    line.recv(1000)
    line.sendall(bytes.fromhex("0001000100100030c401"))


def breaks_in_an_hdlc_frame(line: socket.socket) -> None:
    line.recv(1000)
    line.sendall(bytes.fromhex("7ea01e030373"))


def resets(line: socket.socket) -> None:
    line.recv(1000)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def pushes_for_ever(line: socket.socket) -> None:
    while True:
        line.sendall(bytes.fromhex("00010001001000080f00000001000200") * 50)


def answers_others_for_ever(line: socket.socket) -> None:
    while True:
        line.sendall(bytes.fromhex("0001000100630007c401c100121234") * 50)


def sends_noise_for_ever(line: socket.socket) -> None:
    while True:
        line.sendall(b"\x7e\xa0noise" * 100)


def drips_a_message(line: socket.socket) -> None:
    line.sendall(bytes.fromhex("00010001001000ff61"))
    while True:
        time.sleep(0.02)
        line.sendall(b"\x00")


def drips_a_frame(line: socket.socket) -> None:
    line.sendall(bytes.fromhex("7ea7ff"))
    while True:
        time.sleep(0.02)
        line.sendall(b"\x03")


@contextmanager
def meter(behaviour: Behaviour) -> Iterator[int]:
    """A port where one client after the other is treated so."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                line, _ = listening.accept()
                with line, suppress(OSError):
                    behaviour(line)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def blocking(target: str) -> None:
    with dlmskit.connect(target, timeout=TIMEOUT):
        raise AssertionError("nobody answered, and yet it is open")


def by_asyncio(target: str) -> None:
    async def connect() -> None:
        async with await aio.connect(target, timeout=TIMEOUT):
            raise AssertionError("nobody answered, and yet it is open")

    asyncio.run(connect())


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("client", [blocking, by_asyncio])
@pytest.mark.parametrize(
    ("scheme", "behaviour", "error"),
    [
        ("tcp", says_nothing, TransportTimeout),
        ("tcp", closes_half, TransportClosed),
        ("tcp", breaks_in_a_frame, TransportClosed),
        ("tcp", resets, TransportClosed),
        ("tcp", pushes_for_ever, TransportTimeout),
        ("tcp", answers_others_for_ever, TransportTimeout),
        ("tcp", drips_a_message, TransportTimeout),
        ("tcp+hdlc", says_nothing, TransportTimeout),
        ("tcp+hdlc", breaks_in_an_hdlc_frame, TransportClosed),
        ("tcp+hdlc", sends_noise_for_ever, TransportTimeout),
        ("tcp+hdlc", drips_a_frame, TransportTimeout),
    ],
)
def test_a_line_that_misbehaves_ends_in_time(
    client: Callable[[str], None], scheme: str, behaviour: Behaviour, error: type[TransportError]
) -> None:
    before = descriptors()
    with meter(behaviour) as port:
        began, worked = time.monotonic(), time.process_time()
        with pytest.raises(error):
            client(f"{scheme}://127.0.0.1:{port}")
        assert time.monotonic() - began < 4 * TIMEOUT + 1
        if not behaviour.__name__.endswith("for_ever"):
            assert time.process_time() - worked < 0.5
    assert descriptors() == before


@pytest.mark.parametrize("moment", ["while it opens", "while it reads"])
def test_ctrl_c_closes_the_port_and_comes_out(moment: str) -> None:
    def interrupted(timeout: float | None) -> bytes:
        line.read = read  # type: ignore[method-assign]
        raise KeyboardInterrupt

    before = descriptors()
    with SimMeter("generic") as simulated:
        client = dlmskit.connect(simulated.target, client_sap=17, password=defaults.PASSWORD, timeout=5)
        line = client._transport
        read = line.read
        if moment == "while it reads":
            client.open()
        line.read = interrupted  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            client.open() if moment == "while it opens" else client.clock()
        if moment == "while it reads":
            client.close()
        with pytest.raises(TransportClosed):
            line.write(b"x")
    assert descriptors() == before


def test_a_recording_is_begun_before_the_line_is_opened(tmp_path: Path) -> None:
    calls = []
    with meter(lambda line: calls.append(line.recv(1))) as port:
        target = f"tcp://127.0.0.1:{port}"
        with pytest.raises(TransportError, match=r"no-such-folder.*No such file"):
            dlmskit.connect(target, record=tmp_path / "no-such-folder" / "x")
        with pytest.raises(TransportError, match=r"no-such-folder.*No such file"):
            asyncio.run(aio.connect(target, record=tmp_path / "no-such-folder" / "x"))
    assert calls == []


def test_a_line_that_cannot_be_opened_is_recorded(tmp_path: Path) -> None:
    for number, connect in enumerate((dlmskit.connect, lambda *a, **k: asyncio.run(aio.connect(*a, **k)))):
        path = tmp_path / f"{number}.jsonl"
        with pytest.raises(TransportError):
            connect("tcp://127.0.0.1:1", record=path)
        _, failed = path.read_text().splitlines()
        assert json.loads(failed)["event"] == "failed"


def test_a_session_that_failed_is_recorded_and_closing_twice_is_harmless(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with meter(says_nothing) as port:
        client = dlmskit.connect(f"tcp://127.0.0.1:{port}", record=path, timeout=0.05)
        with pytest.raises(TransportTimeout):
            client.open()
        client.close()
        client.close()
    events = [json.loads(line).get("event") for line in path.read_text().splitlines()]
    assert events[-2:] == ["failed", "closed"]


class Full(io.StringIO):
    """A disk with room for `room` characters."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, text: str) -> int:
        self.room -= len(text)
        if self.room < 0:
            raise OSError(28, "No space left on device")
        return super().write(text)


@pytest.mark.parametrize("room", [10, 300, 1000])
def test_a_full_disk_is_one_clear_error_and_the_line_is_closed(room: int) -> None:
    before = descriptors()
    with (
        pytest.raises(TransportError, match=r"cannot write the recording.*No space left"),
        dlmskit.connect("sim:", record=Full(room)) as client,
    ):
        client.objects()
    assert descriptors() == before


def test_a_cancelled_task_closes_its_line() -> None:
    async def give_up(port: int) -> None:
        async with asyncio.timeout(0.1), await aio.connect(f"tcp://127.0.0.1:{port}", timeout=30):
            pass

    before = descriptors()
    with meter(says_nothing) as port:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            asyncio.run(give_up(port))
        assert time.monotonic() - began < 2
    assert descriptors() == before


def test_a_cancelled_operation_gives_its_answer_to_nobody() -> None:
    async def talk(target: str) -> None:
        async with await aio.connect(target, timeout=5) as client:
            name = await client.get(1, "0-0:42.0.0")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await client.clock()
            with pytest.raises(LocalProtocolError, match="an operation runs"):
                await client.get(1, "0-0:42.0.0")
            assert await client.notification(0.2) is None
            assert await client.get(1, "0-0:42.0.0") == name

    with SimMeter("generic") as simulated:
        asyncio.run(talk(simulated.target))


def test_fifty_clients_on_one_loop() -> None:
    async def one(target: str) -> object:
        async with await aio.connect(target, password=defaults.PASSWORD, timeout=20) as client:
            return await client.get(1, "0-0:42.0.0")

    async def all_of(targets: list[str]) -> list[object]:
        return await asyncio.gather(*map(one, targets))

    before = descriptors()
    with SimMeter("generic") as wrapped, SimMeter("zzh") as framed:
        targets = [f"{wrapped.target}?client=17", f"{framed.target}?lower=17&octets=4&client=32"] * 20
        names = asyncio.run(all_of([*targets, *["sim:?client=17"] * 10]))
    assert len(names) == 50
    assert len(set(names)) == 2
    assert descriptors() == before


def test_a_text_meter_is_waited_for_as_long_as_was_said_and_called_by_its_address() -> None:
    heard = []

    def listens(line: socket.socket) -> None:
        while octets := line.recv(1000):
            heard.append(octets)

    with meter(listens) as port:
        began = time.monotonic()
        with (
            pytest.raises(TransportTimeout, match="sign-on"),
            dlmskit.connect(f"tcp://127.0.0.1:{port}?device=42", model="zzc", timeout=0.1) as client,
        ):
            client.run(ReadOut())
        assert time.monotonic() - began < 2
    assert heard[0].startswith(b"/?42!\r\n")


def test_a_key_that_a_meter_says_aloud_is_not_recorded() -> None:
    key = bytes(range(0x30, 0x40))

    def tells(line: socket.socket) -> None:
        line.recv(1000)
        line.sendall(WrapperPdu(9, 9, b"your key is " + key).to_bytes())
        says_nothing(line)

    file = io.StringIO()
    with (
        meter(tells) as port,
        pytest.raises(TransportTimeout),
        dlmskit.connect(f"tcp://127.0.0.1:{port}", keys=KeySet(key, bytes(16)), record=file, timeout=TIMEOUT),
    ):
        pass
    assert b"your key is ".hex() in file.getvalue()
    assert key.hex() not in file.getvalue()
