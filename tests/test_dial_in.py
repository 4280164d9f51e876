"""Meters that dial in: told apart by what they say, asked by either client, and no one hurt by another."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from dlmskit.aio import AsyncClient
from dlmskit.client import Client
from dlmskit.connecting import Wishes
from dlmskit.dial_in import Caller, DialIn, DiallingIn
from dlmskit.exceptions import TransportError, UnknownObject
from dlmskit.model import registry
from dlmskit.security.keys import KeySet
from dlmskit.vmeter.build import CosemLink, meter_of, port_of

PUBLIC: Wishes = {"client_sap": 16}
SECRETS = {f"XXX000000000000{number}": KeySet(os.urandom(16), os.urandom(16)) for number in (1, 2, 3)}
TITLES = {name: f"585858000000000{name[-1]}" for name in SECRETS}


async def dial(port: int, name: str, link: CosemLink = "wrapper") -> None:
    """A virtual meter of this name with secrets of its own that dials in and serves whoever is there."""
    model = registry.load("generic")
    keys = {row.name: SECRETS[name] for row in model.associations}
    side = port_of(meter_of(model, seed=int(name[-1]), start=datetime.now(UTC), keys=keys), os.urandom, link=link)
    side.open(time.monotonic())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError), contextlib.closing(writer):
        while data := await reader.read(65536):
            side.receive(data, time.monotonic())
            writer.write(side.data_to_send())


async def dialling(port: int, link: CosemLink = "wrapper") -> None:
    """All of them at once, one of them twice."""
    await asyncio.gather(*(dial(port, name, link) for name in (*SECRETS, *sorted(SECRETS)[:1])))


def by_name(caller: Caller) -> Wishes:
    """Each meter has keys that no other has."""
    return {"model": "generic", "association": "management", "keys": SECRETS[caller.name]}


@pytest.mark.parametrize("link", ["wrapper", "hdlc"])
def test_meters_are_told_apart_by_the_name_that_they_say(link: CosemLink, caplog: pytest.LogCaptureFixture) -> None:
    asked: list[Caller] = []

    async def work(meter: AsyncClient, caller: Caller) -> None:
        assert await meter.read("0-0:42.0.0") == caller.name
        assert (await meter.read("1-0:1.8.0")).unit.symbol == "Wh"
        asked.append(caller)
        if len(asked) == 2:
            raise RuntimeError("one of them goes wrong")

    async def run() -> None:
        scheme = "tcp" if link == "wrapper" else "tcp+hdlc"
        async with DialIn(work, by_name, identify=PUBLIC, scheme=scheme) as server:
            port = await server.tcp("127.0.0.1", 0)
            await asyncio.wait_for(dialling(port, link), 30)

    with caplog.at_level(logging.WARNING, "dlmskit.listener"):
        asyncio.run(run())
    assert sorted(caller.name for caller in asked) == sorted([*SECRETS, min(SECRETS)])
    assert {caller.name: caller.system_title for caller in asked} == TITLES
    assert {caller.host for caller in asked} == {"127.0.0.1"}
    assert len({caller.port for caller in asked}) == len(asked)
    (said,) = [record.getMessage() for record in caplog.records if record.name == "dlmskit.listener"]
    assert "RuntimeError: one of them goes wrong" in said
    assert any(said.startswith(f"{name} at 127.0.0.1:") for name in SECRETS)


def test_without_a_question_only_the_connection_is_known_and_strangers_are_hung_up() -> None:
    seen: list[Caller] = []
    asked: list[Caller] = []

    def wishes(caller: Caller) -> Wishes:
        seen.append(caller)
        if len(seen) > 2:
            raise UnknownObject("no such meter")
        return {"client_sap": 16, "model": "generic"}

    async def work(meter: AsyncClient, caller: Caller) -> None:
        asked.append(caller)

    async def run() -> None:
        async with DialIn(work, wishes) as server:
            await asyncio.wait_for(dialling(await server.tcp("127.0.0.1", 0)), 20)

    asyncio.run(run())
    assert len(seen) == 4
    assert len(asked) == 2
    assert {(caller.name, caller.system_title) for caller in seen} == {("", "")}


@pytest.fixture
def ring() -> Iterator[Callable[[int], None]]:
    """Meters that dial in from a thread."""
    threads: list[threading.Thread] = []

    def start(port: int) -> None:
        threads.append(threading.Thread(target=lambda: asyncio.run(dialling(port))))
        threads[-1].start()

    yield start
    for each in threads:
        each.join(20)


def test_without_asyncio_work_gets_a_blocking_client(ring: Callable[[int], None]) -> None:
    asked: list[Any] = []
    done = threading.Semaphore(0)

    def work(meter: Client, caller: Caller) -> None:
        try:
            asked.append((caller.name, caller.system_title, meter.read("0-0:42.0.0")))
            assert len(meter.profile("load_profile", last=3).rows) == 3
            if len(asked) == 3:
                raise RuntimeError("one of them goes wrong")
        finally:
            done.release()

    with DiallingIn("127.0.0.1", 0, work, by_name, identify=PUBLIC, threads=2) as server:
        ring(server.port)
        assert all(done.acquire(timeout=20) for _ in range(4))
        with pytest.raises(TransportError, match=f"cannot listen on 127.0.0.1:{server.port}"):
            DiallingIn("127.0.0.1", server.port, work)
    server.close()
    assert sorted(asked) == sorted((name, TITLES[name], name) for name in (*SECRETS, min(SECRETS)))


def test_closing_hangs_up_on_who_is_being_asked(ring: Callable[[int], None]) -> None:
    begun, ended = threading.Event(), []

    def work(meter: Client, caller: Caller) -> None:
        begun.set()
        try:
            while True:
                meter.clock()
        except TransportError as error:
            ended.append(error)

    server = DiallingIn("127.0.0.1", 0, work, by_name, identify=PUBLIC)
    ring(server.port)
    assert begun.wait(20)
    server.close()
    assert ended
    assert not [each for each in threading.enumerate() if each.name.startswith("dial-in")]
