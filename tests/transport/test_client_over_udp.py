"""A whole association over real datagrams: the client over `udp://`, a virtual meter behind a UDP socket."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from dlmskit.aio import connect as connect_async
from dlmskit.client import connect
from dlmskit.exceptions import TransportClosed
from dlmskit.link.hdlc import HdlcAddress, HdlcServerLink
from dlmskit.link.wrapper import WrapperLink
from dlmskit.model import registry
from dlmskit.obis import Obis
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.stack.meter import MeterStack
from dlmskit.transport import udp
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.port import MeterPort

CLOCK = Obis(0, 0, 1, 0, 0)


def serve(listener: udp.UdpListener, framing: str) -> None:
    """Answer each sender as a meter of its own."""
    ports: dict[udp.Address, MeterPort] = {}
    while True:
        try:
            data, sender = listener.receive()
        except TransportClosed:
            return
        if sender not in ports:
            meter = VirtualMeter(registry.load("generic"), start=datetime(2026, 11, 22, tzinfo=UTC))
            session = CosemServerSession(meter, os.urandom, guard=meter.guard)
            hdlc = HdlcServerLink(HdlcAddress(1))
            link = hdlc if framing == "udp+hdlc" else WrapperLink(1, None, "meter", datagrams=True)
            stack = MeterStack(link, session)
            ports[sender] = MeterPort(meter, stack, keeper=meter)
            ports[sender].open(time.monotonic())
        ports[sender].receive(data, time.monotonic())
        if answer := ports[sender].data_to_send():
            listener.send(answer, sender)


@pytest.fixture(params=["udp", "udp+hdlc"])
def target(request: pytest.FixtureRequest) -> Iterator[str]:
    listener = udp.listen()
    thread = threading.Thread(target=serve, args=[listener, request.param])
    thread.start()
    yield f"{request.param}://127.0.0.1:{listener.port}"
    listener.close()
    thread.join()


def test_a_get_over_udp(target: str) -> None:
    with connect(target, timeout=5) as client:
        assert client.get(8, CLOCK, 1).value == CLOCK.to_bytes()


def test_a_get_over_udp_by_asyncio(target: str) -> None:
    async def read() -> object:
        async with await connect_async(target, timeout=5) as client:
            return (await client.get(8, CLOCK, 1)).value

    assert asyncio.run(read()) == CLOCK.to_bytes()
