"""Pushes that come in over TCP and UDP, meters that dial in, and everything that must be refused."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dlmskit.apdu import DataNotification, DataNotificationConfirm, GeneralBlockTransfer, GeneralGloCiphering, decode
from dlmskit.codec.data import octet_string
from dlmskit.exceptions import TransportClosed, TransportError
from dlmskit.limits import DEFAULT_LIMITS
from dlmskit.link.wrapper import WrapperPdu, WrapperReader
from dlmskit.listener import Limits, Listening, Push, PushListener
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import protect, unprotect
from dlmskit.session.cosem.general_block import GeneralBlocks
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import MemoryKeyStore

CAPTURED = bytes.fromhex(  # toreamun/amshan, tests/test_hdlc.py, MIT
    "7EA02A410883130413E6E7000F40000000000101020309060100010700FF060000067D02020F00161B1C057E"
)
TITLE, OWN = b"MTR00001", b"DKT00001"
KEYS = KeySet(bytes(range(16)), bytes(range(0xD0, 0xE0)))
STORE = MemoryKeyStore(by_title={TITLE: KEYS})
CONFIRMED = 0x4000_0000


def push(number: int, *, confirmed: bool = False, size: int = 4) -> bytes:
    return DataNotification(number | confirmed * CONFIRMED, None, octet_string(bytes(size))).to_bytes()


def sealed(plain: bytes, counter: int, title: bytes = TITLE, control: int = 0x30) -> bytes:
    content = protect(plain, keys=KEYS, system_title=title, invocation_counter=counter, security_control=control)
    return GeneralGloCiphering(title, content).to_bytes()


def framed(*apdus: bytes) -> bytes:
    return b"".join(WrapperPdu(1, 0x67, apdu).to_bytes() for apdu in apdus)


def listening(test: Callable[[PushListener, int, int], Awaitable[Any]], **settings: Any) -> Any:
    """Run a test with a listener and its TCP and UDP ports."""

    async def run() -> Any:
        async with PushListener(**{"keys": STORE, **settings}) as listener:
            tcp, udp = await listener.tcp("127.0.0.1", 0), await listener.udp("127.0.0.1", 0)
            return await test(listener, tcp, udp)

    return asyncio.run(asyncio.wait_for(run(), 20))


async def sent(port: int, *octets: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in octets:
        writer.write(part)
        await writer.drain()
    return reader, writer


def numbers(pushes: list[Push]) -> list[int]:
    return [each.notified.apdu.long_invoke_id_and_priority & 0xFFFF for each in pushes]


def test_ciphered_pushes_over_both_transports_are_opened_and_repeated_ones_refused() -> None:
    async def test(listener: PushListener, tcp: int, udp: int) -> None:
        _, writer = await sent(tcp, framed(sealed(push(1), 1), sealed(push(2), 2))[:30])
        writer.write(framed(sealed(push(1), 1), sealed(push(2), 2))[30:])
        first, second = await listener.get(), await listener.get()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.sendto(framed(sealed(push(2), 2)), ("127.0.0.1", udp))  # a replay by another way
            line.sendto(framed(sealed(push(3), 3)), ("127.0.0.1", udp))
            third = await listener.get()
        writer.close()
        assert numbers([first, second, third]) == [1, 2, 3]
        assert {(each.sender, each.notified.system_title, each.notified.authenticated) for each in (first, third)} == {
            ("127.0.0.1", TITLE, True)
        }
        assert listener.refused == 1

    listening(test)


def test_counters_outlive_the_listener() -> None:
    counters = MemoryCounters()

    async def test(listener: PushListener, tcp: int, udp: int) -> int:
        _, writer = await sent(tcp, framed(sealed(push(1), 7), sealed(push(2), 8)))
        found = [await listener.get(), await listener.get()]  # closed before the second, it would not have seen it
        writer.close()
        return numbers(found)[0]

    assert listening(test, counters=counters) == 1

    async def again(listener: PushListener, tcp: int, udp: int) -> int:
        _, writer = await sent(tcp, framed(sealed(push(1), 7), sealed(push(2), 8), sealed(push(3), 9)))
        found = await listener.get()
        writer.close()
        return numbers([found])[0]

    assert listening(again, counters=counters) == 3


def test_a_push_of_hdlc_is_taken_and_one_in_clear_only_where_allowed() -> None:
    async def test(listener: PushListener, tcp: int, udp: int) -> Push:
        _, writer = await sent(tcp, CAPTURED)
        found = await listener.get()
        writer.close()
        return found

    found = listening(test, allow_unauthenticated=True)
    assert found.notified.authenticated is False
    assert found.notified.apdu.notification_body.value[0][1] == 1661

    async def refused(listener: PushListener, tcp: int, udp: int) -> int:
        _, writer = await sent(tcp, CAPTURED, framed(push(1)))
        _, other = await sent(tcp, framed(push(1), b"\xc0\x01\xc1\x00", sealed(push(1), 1, b"STRANGER")))
        _, last = await sent(tcp, framed(sealed(push(5), 5)))
        assert numbers([await listener.get()]) == [5]
        for line in (writer, other, last):
            line.close()
        return listener.refused

    assert listening(refused) >= 4


@pytest.mark.parametrize("ciphered", [False, True])
def test_a_confirmed_push_is_confirmed_in_the_way_it_came(ciphered: bool) -> None:
    async def test(listener: PushListener, tcp: int, udp: int) -> bytes:
        plain = push(9, confirmed=True)
        reader, writer = await sent(tcp, framed(sealed(plain, 1) if ciphered else plain))
        answer = await reader.read(1000)
        assert numbers([await listener.get()]) == [9]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.settimeout(5)
            line.setblocking(False)
            line.sendto(framed(sealed(plain, 2) if ciphered else plain), ("127.0.0.1", udp))
            datagram = await asyncio.get_running_loop().sock_recv(line, 1000)
        assert len(datagram) == len(answer)
        writer.close()
        return answer

    answer = listening(test, allow_unauthenticated=not ciphered, system_title=OWN)
    (pdu,) = WrapperReader().feed(answer)
    assert (pdu.source_wport, pdu.destination_wport) == (0x67, 1)
    plain = pdu.apdu
    if ciphered:
        envelope = decode(pdu.apdu)
        assert isinstance(envelope, GeneralGloCiphering)
        assert envelope.system_title == OWN
        opened = unprotect(envelope.content, keys=KEYS, system_title=OWN)
        assert opened.authenticated
        plain = opened.plain
    assert decode(plain) == DataNotificationConfirm(9 | CONFIRMED)


def test_what_asks_for_no_confirmation_gets_none_and_without_a_title_nothing_is_sealed() -> None:
    async def test(listener: PushListener, tcp: int, udp: int) -> None:
        reader, writer = await sent(tcp, framed(sealed(push(1), 1), sealed(push(2, confirmed=True), 2)))
        assert numbers([await listener.get(), await listener.get()]) == [1, 2]
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()

    listening(test)


def test_blocks_of_a_long_push_are_acknowledged() -> None:
    async def test(listener: PushListener, tcp: int, udp: int) -> int:
        sender = GeneralBlocks("meter", 200, 1, DEFAULT_LIMITS)
        reader, writer = await sent(tcp, framed(*sender.outgoing([sealed(push(4, size=9000), 1)])))
        frames, acknowledgements = WrapperReader(), 0
        taken = asyncio.create_task(listener.get())
        while not taken.done():
            answered = asyncio.create_task(reader.read(1000))
            await asyncio.wait([taken, answered], return_when=asyncio.FIRST_COMPLETED)
            for pdu in frames.feed(answered.result()) if answered.done() else ():
                block = decode(pdu.apdu)
                assert isinstance(block, GeneralBlockTransfer)
                acknowledgements += 1
                writer.write(framed(*sender.receive(block).replies))
            answered.cancel()
        assert numbers([taken.result()]) == [4]
        writer.close()
        return acknowledgements

    assert listening(test) >= 3


def test_pushes_that_nobody_takes_hold_the_sender_up() -> None:
    async def test(listener: PushListener, tcp: int, udp: int) -> None:
        _, writer = await sent(tcp)
        for number in range(200):
            writer.write(framed(sealed(push(number, size=20_000), number)))
        try:
            await asyncio.wait_for(writer.drain(), 1)
            await asyncio.sleep(0.5)
        except TimeoutError:
            pass
        assert listener._pushes.qsize() == 2
        assert numbers([await listener.get() for _ in range(200)]) == list(range(200))
        writer.close()

    listening(test, limits=Limits(waiting=2, rate=10_000))


def test_connections_are_bounded_for_each_host_and_rates_for_each_sender() -> None:
    async def test(listener: PushListener, tcp: int, udp: int) -> float:
        lines = [await sent(tcp) for _ in range(4)]
        await asyncio.sleep(0.1)
        closed = [reader.at_eof() for reader, _ in lines]
        start = time.monotonic()
        lines[0][1].write(framed(*(sealed(push(number), number) for number in range(6))))
        assert numbers([await listener.get() for _ in range(6)]) == list(range(6))
        seconds = time.monotonic() - start
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            for number in range(6, 12):
                line.sendto(framed(sealed(push(number), number)), ("127.0.0.1", udp))
        await asyncio.sleep(0.1)
        for _, writer in lines:
            writer.close()
        assert sum(closed) == 2
        assert listener.refused >= 5
        return seconds

    assert listening(test, limits=Limits(per_host=2, rate=10.0, burst=2)) >= 0.35


def test_a_push_that_never_ends_is_bounded() -> None:
    """Whoever can connect can begin a push; what it costs is said beforehand."""

    async def test(listener: PushListener, tcp: int, udp: int) -> None:
        _, writer = await sent(tcp)
        for number in range(1, 30):
            writer.write(framed(GeneralBlockTransfer(0x50, number, 0, bytes(1000)).to_bytes()))
        await writer.drain()
        while not listener.refused:
            await asyncio.sleep(0.01)
        writer.close()

    listening(test, limits=Limits(octets=20_000))


@pytest.mark.parametrize(
    "octets", [b"\x7e\xa0", b"\x00\x01\xff", os.urandom(64), b"\x00\x02" + bytes(20), b"\xff" * 99]
)
def test_noise_ends_a_line_and_nothing_else(octets: bytes) -> None:
    async def test(listener: PushListener, tcp: int, udp: int) -> None:
        _, noisy = await sent(tcp, octets)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.sendto(octets, ("127.0.0.1", udp))
            line.sendto(framed(sealed(push(1), 1)), ("127.0.0.1", udp))
        _, writer = await sent(tcp, framed(sealed(push(2), 2)))
        assert sorted(numbers([await listener.get(), await listener.get()])) == [1, 2]
        noisy.close()
        writer.close()

    listening(test)


def test_a_port_that_is_taken_is_said() -> None:
    async def test(listener: PushListener, tcp: int, udp: int) -> None:
        with pytest.raises(TransportError, match=rf"127\.0\.0\.1:{tcp}"):
            await listener.tcp("127.0.0.1", tcp)
        with pytest.raises(TransportError, match=rf"127\.0\.0\.1:{udp}"):
            await listener.udp("127.0.0.1", udp)

    listening(test)


@pytest.mark.parametrize("scheme", ["tcp", "udp"])
def test_without_asyncio(scheme: str) -> None:
    with Listening(scheme, "127.0.0.1", 0, lambda: PushListener(keys=STORE)) as pushes:
        kind = socket.SOCK_STREAM if scheme == "tcp" else socket.SOCK_DGRAM
        with socket.socket(socket.AF_INET, kind) as line:
            line.connect(("127.0.0.1", pushes.port))
            line.send(framed(sealed(push(6), 6)))
            found = next(iter(pushes))
        assert numbers([found]) == [6]
        assert pushes.get(0.05) is None
        assert pushes.refused == 0
    pushes.close()


def test_another_transport_is_refused_in_one_line() -> None:
    for scheme in ("tpc", "TCP", "tcp+hdlc", "serial", ""):
        with pytest.raises(TransportError) as told:
            Listening(scheme, "127.0.0.1", 0, PushListener)
        assert str(told.value) == f"pushes are listened for over tcp or udp, not {scheme!r}"


def test_whoever_waits_without_asyncio_is_told_that_it_is_over() -> None:
    pushes = Listening("tcp", "127.0.0.1", 0, PushListener)
    told: list[BaseException] = []

    def wait() -> None:
        try:
            pushes.get()
        except TransportClosed as error:
            told.append(error)

    waiter = threading.Thread(target=wait, daemon=True)
    waiter.start()
    time.sleep(0.1)
    pushes.close()
    waiter.join(5)
    assert [str(error) for error in told] == ["the listener is closed"]
    with pytest.raises(TransportClosed, match="closed"):
        pushes.get(timeout=1)
