import asyncio
import os
import pty
import threading
import time
import tty

import pytest

from dlmskit.exceptions import TransportClosed, TransportError, TransportTimeout
from dlmskit.transport import aio_tcp, loopback, tcp, threaded
from dlmskit.transport.target import Target


def test_tcp():
    async def talk():
        listener = tcp.listen()
        near = await Target.parse(f"tcp://127.0.0.1:{listener.port}").open_async(5.0)
        far = listener.accept(5.0)
        await near.write(b"question")
        assert far.read(5.0) == b"question"
        far.write(b"answer")
        assert await near.read(5.0) == b"answer"
        await near.set_line(300, "7E1")
        await near.drain()
        with pytest.raises(TransportTimeout):
            await near.read(0.02)
        far.close()
        with pytest.raises(TransportClosed):
            await near.read(5.0)
        await near.close()
        listener.close()
        with pytest.raises(TransportError, match=str(listener.port)):
            await aio_tcp.connect("127.0.0.1", listener.port, 2.0)

    asyncio.run(talk())


def test_serial_on_a_pseudo_terminal():
    master, slave = pty.openpty()
    tty.setraw(master)
    tty.setraw(slave)

    async def talk():
        port = await Target.parse(f"serial://{os.ttyname(slave)}").open_async()
        await port.write(b"question")
        assert os.read(master, 100) == b"question"
        with pytest.raises(TransportTimeout):
            await port.read(0.02)
        threading.Timer(0.15, os.write, (master, b"answer")).start()
        assert await port.read(5.0) == b"answer"
        await port.set_line(9600, "7E1")
        await port.drain()
        await port.close()
        await port.close()
        with pytest.raises(TransportClosed):
            await port.read(1.0)

    asyncio.run(talk())
    os.close(master)
    os.close(slave)


def test_a_cancelled_read_loses_nothing():
    near, far = loopback.pair()

    async def talk():
        end = threaded.ThreadedTransport(near)
        task = asyncio.create_task(end.read(10.0))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        far.write(b"kept")
        assert await end.read(5.0) == b"kept"
        await end.close()

    asyncio.run(talk())


def test_closing_does_not_wait_for_a_peer_that_takes_nothing():
    async def talk():
        listener = tcp.listen()
        near = await aio_tcp.connect("127.0.0.1", listener.port, 2.0, write_timeout=0.1)
        far = listener.accept(5.0)
        with pytest.raises(TransportTimeout):
            await near.write(bytes(50_000_000))
        async with asyncio.timeout(3):
            await near.close()
        far.close()
        listener.close()

    asyncio.run(talk())


class Slow:
    """A blocking transport whose opening and reading take a while."""

    def __init__(self):
        self.closed = threading.Event()
        time.sleep(0.1)

    def read(self, timeout):
        time.sleep(0.1)
        raise TransportTimeout("nothing")

    def close(self):
        self.closed.set()


def test_what_is_opened_after_a_cancellation_is_closed_again():
    lines = []

    def opening():
        lines.append(Slow())
        return lines[0]

    async def give_up():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await threaded.opened(opening)
        await asyncio.sleep(0.15)

    asyncio.run(give_up())
    assert lines[0].closed.is_set()


def test_a_cancelled_close_closes_all_the_same():
    line = Slow()

    async def give_up():
        end = threaded.ThreadedTransport(line)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await end.read(10)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await end.close()

    asyncio.run(give_up())
    assert line.closed.wait(1)
