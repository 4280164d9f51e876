"""How cost grows, in a fresh process each: time and memory a row from 10^2 rows to 10^6, and meters from 1 to 2,000.

Time is CPU time, the least of several runs with the collector off, and beside it the part of it that the kernel took,
which is pages given and taken back: beyond some thousand rows no run finds the memory of the one before it. Memory is
what the process grew by at its peak. Two floors stand beside: the same lists made from Python values, and a copy of the
octets, which is what columns cannot do without.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks import memory, workload
from dlmskit.codec import axdr
from dlmskit.codec.data import Data

METERS = (1, 10, 100, 1_000, 2_000)
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
_LEAST_ROWS = 200_000
"""rows that are decoded at least in one timing, so that short ones are not all noise"""


def decode(octets: bytes) -> Any:
    """Octets to Python rows."""
    return axdr.decode_value(octets)[0]


def floor(octets: bytes) -> Any:
    """The least that any rows of these values take: fresh lists, stamps and numbers, decoded from nothing."""
    count = int.from_bytes(octets[2 : 2 + (octets[1] & 0x7F)], "big") if octets[1] & 0x80 else octets[1]
    stamp = bytes(octets[10:22])
    return [[stamp[:6] + stamp[6:], *(n + 0x1000_0000 for n in range(6)), n & 0xFF] for n in range(count)]


def columns(octets: bytes) -> Any:
    """Octets to one buffer a column."""
    return Data(octets).columns()


def copy(octets: bytes) -> Any:
    """The least that octets take to get from one place to another."""
    return bytearray(octets)


CALLS: dict[str, Callable[[bytes], Any]] = {"decode": decode, "floor": floor, "columns": columns, "copy": copy}


def octets_of(count: int) -> bytes:
    """A profile of so many rows; the rows of one thousand come again and again, as encoding a million takes long."""
    if count <= 1_000:
        return workload.profile_octets(count)
    thousand = workload.profile_octets(1_000)[4:]
    return b"\x01\x84" + count.to_bytes(4, "big") + thousand * (count // 1_000)


def one(name: str, count: int) -> dict[str, float]:
    """Nanoseconds, those of them in the kernel, and octets a row, in this process."""
    call, octets = CALLS[name], octets_of(count)
    call(octets_of(100))
    gc.collect()
    memory.forget_peak()
    before = memory.kibibytes("VmRSS")
    result = call(octets)
    grown = memory.kibibytes("VmHWM") - before
    del result
    gc.disable()
    repeats = max(1, _LEAST_ROWS // count)
    seconds, kernel = min(_timed(call, octets, repeats) for _ in range(5))
    each = 1e9 / repeats / count
    return {"nanoseconds": seconds * each, "kernel": kernel * each, "octets": grown * 1024 / count}


def _timed(call: Callable[[bytes], Any], octets: bytes, repeats: int) -> tuple[float, float]:
    """CPU seconds, and those of them that the kernel took."""
    kernel, begin = resource.getrusage(resource.RUSAGE_SELF).ru_stime, time.process_time()
    for _ in range(repeats):
        call(octets)
    seconds = time.process_time() - begin
    return seconds, min(resource.getrusage(resource.RUSAGE_SELF).ru_stime - kernel, seconds)


def run() -> dict[str, Any]:
    """Every call at every size, then pools of growing numbers of meters; each in a process of its own."""
    rows: dict[str, dict[int, dict[str, float]]] = {}
    for name in CALLS:
        rows[name] = {}
        for count in SIZES:
            found = rows[name][count] = _child("benchmarks.growth", name, str(count))
            shown = " ".join(f"{value:8.1f} {what}" for what, value in found.items())
            print(f"{name:8} {count:10,} rows, each {shown}", flush=True)
    meters: dict[int, dict[str, float]] = {}
    for count in METERS:
        found = meters[count] = _child("benchmarks.pool", str(count))
        if found["right"] != count:
            raise SystemExit(f"error: {count - found['right']:.0f} of {count} meters gave a wrong value")
        print(f"{count:,} meters at once: {found['memory_peak_mib']} MiB, {found['cpu_s']} s CPU", flush=True)
    return {"rows": rows, "meters": meters}


def _child(*arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", *arguments]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout
    result: dict[str, float] = json.loads(shown)
    return result


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(one(sys.argv[1], int(sys.argv[2]))))
    else:
        run()
