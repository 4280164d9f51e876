"""Virtual meters by the thousand in one process: ``python -m benchmarks.fleet_host [METERS] [AT_ONCE]``.

The fleet runs in a process of its own, each meter on a TCP port of its own, made when it is first asked. Here
`AT_ONCE` of them are connected at the same time, each over an association of its own, and read. Prints a line of JSON:
seconds until the fleet serves, its memory then and when those meters were read (MiB), its CPU seconds, seconds by the
clock, how many gave what the meter of their seed gives, and the history that each meter holds.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time

from benchmarks import memory
from dlmskit import aio
from dlmskit.model import registry
from dlmskit.vmeter import defaults
from dlmskit.vmeter.identity import Identity
from dlmskit.vmeter.sim import SimFleet

METERS, AT_ONCE, MODEL = 10_000, 2_000, "generic"
MIB = 1024.0
READER = 17
OPENING = 200
"""connections that are being opened at a time"""


def serve(meters: int, every: bool) -> None:
    """The process of the fleet: its targets, then figures whenever a line comes in. `every` makes all meters first."""
    began = time.perf_counter()
    with SimFleet(MODEL, meters) as fleet:
        print(json.dumps([time.perf_counter() - began, memory.kibibytes("VmRSS") / MIB, fleet.targets]), flush=True)
        for _ in sys.stdin:
            if every:
                fleet.host.call(lambda: [fleet.fleet.meter(number) for number in range(meters)])
            made, peak = fleet.fleet.made, memory.kibibytes("VmHWM") / MIB
            print(json.dumps([made, peak, time.process_time()]), flush=True)


async def read(targets: list[str]) -> int:
    """How many meters gave their own name, all connected at the time."""
    opening, connected, all_connected = asyncio.Semaphore(OPENING), 0, asyncio.Event()
    model = registry.load(MODEL)

    async def one(number: int, target: str) -> bool:
        nonlocal connected
        async with opening:
            client = await aio.connect(target, client_sap=READER, password=defaults.PASSWORD, timeout=120)
            await client.open()
        connected += 1
        if connected == len(targets):
            all_connected.set()
        await all_connected.wait()
        name = (await client.get(1, "0-0:42.0.0")).value
        await client.close()
        expected: bool = name == Identity.of(model, defaults.SEED + number).logical_device_name.encode()
        return expected

    return sum(await asyncio.gather(*(one(number, target) for number, target in enumerate(targets))))


def main(meters: int = METERS, at_once: int = AT_ONCE, every: bool = False) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, at_once + 200)), hard))
    command = [sys.executable, "-m", "benchmarks.fleet_host", "serve", str(meters), *(["every"] if every else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as fleet:
        assert fleet.stdin is not None
        assert fleet.stdout is not None
        started, idle, targets = json.loads(fleet.stdout.readline())
        wall = time.perf_counter()
        right = asyncio.run(read(targets[:at_once]))
        wall = time.perf_counter() - wall
        print(file=fleet.stdin, flush=True)
        made, peak, cpu = json.loads(fleet.stdout.readline())
        fleet.stdin.close()
    profiles = {row.name: row.entries for row in registry.load(MODEL).objects if row.entries}
    result = {
        "meters": meters,
        "at_once": at_once,
        "right": right,
        "started_s": round(started, 2),
        "memory_started_mib": round(idle, 1),
        "made": made,
        "memory_peak_mib": round(peak, 1),
        "cpu_s": round(cpu, 1),
        "wall_s": round(wall, 1),
        "history": {"rows that each meter can show, made when read": profiles},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["serve"]:
        serve(int(words[1]), "every" in words)
    else:
        numbers = [int(word) for word in words if word.isdigit()]
        main(*numbers, every="every" in words)
