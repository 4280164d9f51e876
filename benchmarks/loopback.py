"""Whole dialogues on loopback: the client in this process, the meter in another, the CPU of each counted apart.

Every load checks what it read before it counts. Rates are per CPU second of the client's process, so they do not hang
on how fast the other side is; the echo of raw asyncio streams, measured in the same run, is the floor.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import workload
from benchmarks.meter import VALUE, accepted
from dlmskit import AssociationSettings, aio, connect
from dlmskit.session.operations import Get

GETS, CONNECTIONS = 20_000, 50
TIMES = 20
"""how often a profile is read; associations are opened so many times ten"""
READ = Get(3, workload.REGISTERS[0], 2)
BUFFER = Get(7, workload.PROFILE, 2)
EXPECTED = VALUE[1:]


class Responder:
    """The other process: `port`, and its CPU seconds so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        self.port = int(process.stdout.readline())

    def cpu(self) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())


@contextmanager
def responder(rows: int = workload.ROWS) -> Iterator[Responder]:
    """A fresh meter process, ended at the end."""
    command = [sys.executable, "-m", "benchmarks.meter", str(rows)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Responder(process)
        finally:
            process.kill()


def measured(meter: Responder, items: int, load: Callable[[], Any]) -> dict[str, float]:
    """Run a load: items per second of the client's CPU, of the meter's CPU, and of the wall clock."""
    before, wall, cpu = meter.cpu(), time.perf_counter(), time.process_time()
    load()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    spent = meter.cpu() - before
    return {
        "items": items,
        "per_client_cpu_second": items / cpu,
        "per_meter_cpu_second": items / spent if spent else 0.0,
        "per_second": items / wall,
    }


def gets(meter: Responder) -> dict[str, float]:
    """One blocking client, one connection, one register again and again."""
    with connect(f"tcp://127.0.0.1:{meter.port}") as client:
        assert client.run(READ).to_bytes() == EXPECTED

        def load() -> None:
            for _ in range(GETS):
                client.run(READ)

        return measured(meter, GETS, load)


def async_gets(meter: Responder) -> dict[str, float]:
    """The asyncio client on fifty connections at a time."""

    async def poll(client: aio.AsyncClient) -> None:
        for _ in range(max(GETS // CONNECTIONS, 1)):
            await client.run(READ)

    async def run() -> dict[str, float]:
        clients = [await aio.connect(f"tcp://127.0.0.1:{meter.port}") for _ in range(CONNECTIONS)]
        for client in clients:
            await client.open()
        rates = await counted(meter, GETS, lambda: asyncio.gather(*map(poll, clients)))
        for client in clients:
            await client.close()
        return rates

    return asyncio.run(run())


async def counted(meter: Responder, items: int, load: Callable[[], Awaitable[Any]]) -> dict[str, float]:
    """`measured` for a load that is awaited."""
    before, wall, cpu = await asyncio.to_thread(meter.cpu), time.perf_counter(), time.process_time()
    await load()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    spent = await asyncio.to_thread(meter.cpu) - before
    return {
        "items": items,
        "per_client_cpu_second": items / cpu,
        "per_meter_cpu_second": items / spent if spent else 0.0,
        "per_second": items / wall,
    }


def echo(meter: Responder) -> dict[str, float]:
    """The floor: as many octets as a GET and its answer have, through bare asyncio streams on fifty connections."""
    octets = b"e" + bytes(len(EXPECTED) + 12)

    async def bounce(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(max(GETS // CONNECTIONS, 1)):
            writer.write(octets)
            await reader.readexactly(len(octets))

    async def run() -> dict[str, float]:
        lines = [await asyncio.open_connection("127.0.0.1", meter.port) for _ in range(CONNECTIONS)]
        rates = await counted(meter, GETS, lambda: asyncio.gather(*(bounce(*line) for line in lines)))
        for _, writer in lines:
            writer.close()
            await writer.wait_closed()
        return rates

    return asyncio.run(run())


def profile_rows(meter: Responder, size: int = 0xFFFF) -> dict[str, float]:
    """The profile's buffer in blocks of `size` octets, down to Python rows."""
    expected = workload.rows(workload.ROWS)
    with connect(f"tcp://127.0.0.1:{meter.port}", association=AssociationSettings(max_receive_pdu_size=size)) as client:
        assert client.run(BUFFER).value == expected

        def load() -> None:
            for _ in range(TIMES):
                assert len(client.run(BUFFER).value) == workload.ROWS

        return measured(meter, TIMES * workload.ROWS, load)


def associations(meter: Responder) -> dict[str, float]:
    """Connect, associate, read one register, release, close."""

    def load() -> None:
        for _ in range(10 * TIMES):
            with connect(f"tcp://127.0.0.1:{meter.port}") as client:
                client.run(READ)

    load()
    return measured(meter, 10 * TIMES, load)


def sockets(meter: Responder) -> dict[str, float]:
    """The floor of `associations`: the same three exchanges through bare sockets."""
    exchange = b"e" + bytes(len(accepted(1024)) + 8)

    def load() -> None:
        for _ in range(10 * TIMES):
            with socket.create_connection(("127.0.0.1", meter.port)) as line:
                for _ in range(3):
                    line.sendall(exchange)
                    assert line.recv(4096)

    load()
    return measured(meter, 10 * TIMES, load)


LOADS: dict[str, Callable[[Responder], dict[str, float]]] = {
    "echo floor, 50 connections": echo,
    "GET, one blocking client": gets,
    "GET, asyncio, 50 connections": async_gets,
    "profile rows, 64 KiB blocks": profile_rows,
    "profile rows, 1 KiB blocks": lambda meter: profile_rows(meter, 1024),
    "socket floor of an association": sockets,
    "association": associations,
}


def run() -> dict[str, dict[str, float]]:
    """All loads, each against a fresh meter."""
    results = {}
    for name, load in LOADS.items():
        with responder() as meter:
            results[name] = load(meter)
            shown = ", ".join(f"{key} {value:,.0f}" for key, value in results[name].items() if key != "items")
            print(f"{name:32} {shown}", flush=True)
    return results


if __name__ == "__main__":
    run()
