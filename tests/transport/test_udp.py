"""UDP against real sockets of this machine: whole sessions are in `test_client_over_udp`."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from dlmskit.exceptions import TransportClosed, TransportError, TransportTimeout
from dlmskit.transport import aio_udp, udp
from dlmskit.transport.target import Target, TargetError


@pytest.fixture
def listener() -> Iterator[udp.UdpListener]:
    opened = udp.listen()
    yield opened
    opened.close()


def test_one_write_is_one_datagram_and_one_read(listener: udp.UdpListener) -> None:
    line = udp.connect("127.0.0.1", listener.port)
    line.write(b"one")
    line.write(b"")
    line.write(b"two")
    data, sender = listener.receive(1)
    assert data == b"one"
    assert listener.receive(1)[0] == b"two"
    listener.send(b"", sender)
    listener.send(b"answer", sender)
    assert line.read(1) == b"answer"
    line.close()


def test_others_are_not_heard(listener: udp.UdpListener) -> None:
    line = udp.connect("127.0.0.1", listener.port)
    line.write(b"hello")
    _, sender = listener.receive(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"forged", sender)
    with pytest.raises(TransportTimeout):
        line.read(0.05)
    line.close()


def test_a_largest_datagram_and_one_more(listener: udp.UdpListener) -> None:
    line = udp.connect("127.0.0.1", listener.port)
    line.write(bytes(udp.MAX_DATAGRAM))
    assert len(listener.receive(1)[0]) == udp.MAX_DATAGRAM
    with pytest.raises(TransportError):
        line.write(bytes(udp.MAX_DATAGRAM + 1))
    with pytest.raises(TransportError):
        listener.send(bytes(udp.MAX_DATAGRAM + 1), ("127.0.0.1", 9))
    line.close()


def test_nobody_there() -> None:
    gone = udp.listen()
    gone.close()
    with pytest.raises(TransportClosed):
        gone.receive(0)
    line = udp.connect("127.0.0.1", gone.port)
    line.write(b"hello")
    with pytest.raises(TransportClosed, match="nobody listens"):
        line.read(1)
    line.close()
    with pytest.raises(TransportClosed):
        line.write(b"hello")
    with pytest.raises(TransportError):
        udp.connect("no such host.invalid", 4059)


def test_closing_wakes_a_reader(listener: udp.UdpListener) -> None:
    line = udp.connect("127.0.0.1", listener.port)
    timer = threading.Timer(0.05, line.close)
    timer.start()
    with pytest.raises(TransportClosed):
        line.read(5)
    timer.join()


def test_a_taken_port(listener: udp.UdpListener) -> None:
    with pytest.raises(TransportError):
        udp.listen(listener.port)


def test_asyncio(listener: udp.UdpListener) -> None:
    async def talk() -> None:
        line = await aio_udp.connect("127.0.0.1", listener.port)
        await line.write(b"question")
        data, sender = listener.receive(1)
        assert data == b"question"
        listener.send(b"answer", sender)
        assert await line.read(1) == b"answer"
        with pytest.raises(TransportTimeout):
            await line.read(0.02)
        with pytest.raises(TransportError):
            await line.write(bytes(udp.MAX_DATAGRAM + 1))
        await line.set_line(9600, "8N1")
        await line.drain()
        await line.close()
        with pytest.raises(TransportClosed):
            await line.write(b"more")
        with pytest.raises(TransportClosed):
            await line.read(1)
        with pytest.raises(TransportError):
            await aio_udp.connect("no such host.invalid", 4059)

    asyncio.run(talk())


def test_asyncio_when_nobody_is_there() -> None:
    async def talk() -> None:
        gone = udp.listen()
        gone.close()
        line = await aio_udp.connect("127.0.0.1", gone.port)
        await line.write(b"question")
        with pytest.raises(TransportClosed):
            await line.read(1)
        await line.close()

    asyncio.run(talk())


def test_targets() -> None:
    assert str(Target.parse("udp://meter")) == "udp://meter:4059"
    assert str(Target.parse("udp://[::1]:40?client=1")) == "udp://[::1]:40"
    with pytest.raises(TargetError, match="udp://host:port"):
        Target.parse("udp://meter/path")
    line = Target.parse("udp://127.0.0.1:9").open()
    assert isinstance(line, udp.UdpTransport)
    line.close()
