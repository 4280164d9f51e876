"""How cost grows: time and memory a row from a hundred rows to a million, in a fresh process each.

Time is CPU time, the least of several runs with the collector off; memory is what the process grew by at its peak, next
to that of the floor: the same lists made from Python values that were there already.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import workload
from dlmskit.codec import axdr

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


CALLS: dict[str, Callable[[bytes], Any]] = {"decode": decode, "floor": floor}


def octets_of(count: int) -> bytes:
    """A profile of so many rows; the rows of one thousand come again and again, as encoding a million takes long."""
    if count <= 1_000:
        return workload.profile_octets(count)
    thousand = workload.profile_octets(1_000)[4:]
    return b"\x01\x84" + count.to_bytes(4, "big") + thousand * (count // 1_000)


def one(name: str, count: int) -> dict[str, float]:
    """Nanoseconds and octets a row, in this process."""
    call, octets = CALLS[name], octets_of(count)
    call(octets_of(100))
    gc.collect()
    _reset_peak()
    before = _memory("VmRSS")
    result = call(octets)
    grown = _memory("VmHWM") - before
    del result
    gc.disable()
    repeats, best = max(1, _LEAST_ROWS // count), float("inf")
    for _ in range(5):
        begin = time.process_time()
        for _ in range(repeats):
            call(octets)
        best = min(best, time.process_time() - begin)
    return {"nanoseconds": best / repeats / count * 1e9, "octets": grown * 1024 / count}


def _memory(field: str) -> int:
    """A line of /proc/self/status in KiB; Linux only."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def run() -> dict[str, dict[int, dict[str, float]]]:
    """Every call at every size, each in a process of its own."""
    results: dict[str, dict[int, dict[str, float]]] = {}
    for name in CALLS:
        results[name] = {}
        for count in SIZES:
            command = [sys.executable, "-m", "benchmarks.growth", name, str(count)]
            shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout
            found = results[name][count] = json.loads(shown)
            print(
                f"{name:10} {count:10,} rows {found['nanoseconds']:10.1f} ns a row {found['octets']:8.0f} octets a row",
                flush=True,
            )
    return results


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(one(sys.argv[1], int(sys.argv[2]))))
    else:
        run()
