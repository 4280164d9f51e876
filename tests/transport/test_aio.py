import asyncio
import contextlib
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


def over_tcp(talk, **kwargs):
    """Run `talk(near, far)` over one connection, with a blocking far end."""

    async def run():
        listener = tcp.listen()
        near = await aio_tcp.connect("127.0.0.1", listener.port, 2.0, **kwargs)
        far = listener.accept(5.0)
        try:
            await talk(near, far)
            assert asyncio.all_tasks() == {asyncio.current_task()}
        finally:
            await near.close()
            far.close()
            listener.close()

    asyncio.run(run())


def test_a_read_over_tcp_that_is_cancelled_loses_nothing():
    async def talk(near, far):
        for moment in (0.0, 0.02):  # before octets come, and in the round of the loop in which they come
            task = asyncio.create_task(near.read(10.0))
            await asyncio.sleep(0)
            if not moment:
                task.cancel()
            far.write(b"kept")
            await asyncio.sleep(moment)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                assert await task == b"kept"
                continue
            assert await near.read(5.0) == b"kept"

    over_tcp(talk)


def test_octets_and_cancellation_in_one_round_of_the_loop():
    async def talk(near, far):
        task = asyncio.create_task(near.read(10.0))
        await asyncio.sleep(0)
        near.data_received(b"kept")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await near.read(5.0) == b"kept"

    over_tcp(talk)


def test_each_wait_has_its_own_end():
    async def talk(near, far):
        far.write(b"first")
        assert await near.read(30.0) == b"first"
        for seconds in (0.3, 0.05, 0.2, 0.0):
            begin = time.monotonic()
            with pytest.raises(TransportTimeout, match=f"{seconds:g} s"):
                await near.read(seconds)
            assert seconds - 0.01 <= time.monotonic() - begin < seconds + 2.0
        threading.Timer(0.1, far.write, (b"last",)).start()
        assert await near.read(None) == b"last"

    over_tcp(talk)


def test_a_reader_that_does_not_come_makes_the_peer_wait():
    async def talk(near, far):
        octets = bytes(range(256)) * 400_000
        sender = threading.Thread(target=far.write, args=(octets,))
        sender.start()
        await asyncio.sleep(0.3)
        assert sender.is_alive()
        parts = []
        while sum(map(len, parts)) < len(octets):
            parts.append(await near.read(5.0))
            assert len(parts[-1]) < 1_000_000
        sender.join()
        assert b"".join(parts) == octets

    over_tcp(talk)


def test_what_was_received_before_the_end_is_read_first():
    async def talk(near, far):
        far.write(b"last words")
        far.close()
        await asyncio.sleep(0.05)
        assert await near.read(5.0) == b"last words"
        for _ in range(2):
            with pytest.raises(TransportClosed):
                await near.read(5.0)

    over_tcp(talk)


def test_writing_to_a_connection_that_is_gone():
    async def talk(near, far):
        far.close()
        await near.write(b"anybody there")
        with pytest.raises(TransportClosed):
            await near.read(5.0)
        await asyncio.sleep(0.05)
        await near.write(b"anybody there")
        await asyncio.sleep(0.05)
        with pytest.raises(TransportClosed):
            await near.write(b"anybody there")

    over_tcp(talk)
