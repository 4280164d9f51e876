"""2,000 meters on loopback by one pool, all of them connected at the same time: ``python -m benchmarks.pool [METERS]``.

Every meter is read when it has opened and again when all have; the values are checked. Prints a line of JSON: memory of
this process before and at its peak (MiB), CPU seconds, and seconds by the clock.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time

from benchmarks import memory, workload
from benchmarks.loopback import READ, responder
from benchmarks.meter import VALUE
from dlmskit.aio import AsyncClient
from dlmskit.codec.data import Data
from dlmskit.pool import Job, Pool

METERS = 2000
MIB = 1024.0


async def poll(port: int, meters: int) -> int:
    """How many meters gave the right value twice; the second time is when all are connected."""
    open_now, all_open = 0, asyncio.Event()

    async def work(meter: AsyncClient) -> tuple[Data, Data]:
        nonlocal open_now
        first = await meter.run(READ)
        open_now += 1
        if open_now == meters:
            all_open.set()
        await all_open.wait()
        return first, await meter.run(READ)

    jobs = (Job(f"tcp://127.0.0.1:{port}", {"timeout": 60.0}, f"meter {number}") for number in range(meters))
    pool = Pool(connections=meters, per_link=meters)
    expected = Data(VALUE[1:])
    return sum([polled.value == (expected, expected) async for polled in pool.run(jobs, work)])


def main(meters: int = METERS) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * meters + 100)), hard))
    before, wall = memory.kibibytes("VmRSS"), time.perf_counter()
    with responder(workload.ROWS) as meter:
        cpu = time.process_time()
        right = asyncio.run(poll(meter.port, meters))
        cpu = time.process_time() - cpu
    result = {
        "meters": meters,
        "right": right,
        "memory_before_mib": round(before / MIB, 1),
        "memory_peak_mib": round(memory.kibibytes("VmHWM") / MIB, 1),
        "cpu_s": round(cpu, 2),
        "wall_s": round(time.perf_counter() - wall, 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else METERS)
