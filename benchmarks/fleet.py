"""Simulated meters: a year of one, and up to 10,000 with their state in one process.

The year has a 15-minute profile, a calendar with tariffs, demand, daily and monthly billing and both clock changes. A
fleet is made, read once each (clock, register, a day of the profile), advanced by an hour and read again; every value
is held against the truth. Its meters keep the history that their model has: what was before the start is made when it
is read, what came after it is kept. CPU time and memory, in a process of its own for each size.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks import memory
from dlmskit.apdu.descriptors import AttributeDescriptor
from dlmskit.model import registry
from dlmskit.obis import Obis
from dlmskit.vmeter.boundaries import DAY
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.quantities import MEASURED

MODEL = "generic"
SIZES = (10, 100, 1_000, 10_000)
START = datetime(2026, 1, 1, tzinfo=UTC)
MIB = 1024.0
_HOUR = 3600.0
_READER = 17


def year() -> dict[str, Any]:
    """Seconds of CPU for 365 days of one meter, the least of three, and what it had captured."""
    best, found = float("inf"), {}
    for _ in range(3):
        meter = VirtualMeter(registry.load(MODEL), start=START)
        meter.advance(0)
        begin = time.process_time()
        meter.advance(timedelta(days=365).total_seconds())
        best = min(best, time.process_time() - begin)
        firmware = meter.firmware
        rates = (MEASURED[f"energy_import_tariff_{rate}"].of(firmware.present().truth) for rate in (1, 2))
        if sum(rates) != MEASURED["energy_import_total"].of(firmware.present().truth):
            raise SystemExit("error: the tariffs do not add up")
        found = {role: len(profile) for role, profile in firmware.profiles.items()}
    return {"model": MODEL, "cpu_s": round(best, 2), "rows": found}


def one(count: int) -> dict[str, Any]:
    """A fleet of so many, in this process."""
    model = registry.load(MODEL)
    before, wall, cpu = memory.kibibytes("VmRSS"), time.perf_counter(), time.process_time()
    meters = [VirtualMeter(model, seed=seed, start=START) for seed in range(1, count + 1)]
    for meter in meters:
        meter.advance(0)
    made, made_wall, made_memory = time.process_time() - cpu, time.perf_counter() - wall, memory.kibibytes("VmRSS")
    right = 0
    for second in (0.0, _HOUR):
        for meter in meters:
            meter.advance(second)
            right += _read(meter)
    used = time.process_time() - cpu
    result = {
        "meters": count,
        "right": right,
        "history": {row.name: row.entries for row in model.objects if row.name in meters[0].firmware.profiles},
        "made_cpu_s": round(made, 2),
        "made_s": round(made_wall, 2),
        "made_mib": round((made_memory - before) / MIB, 1),
        "hour_and_reads_cpu_s": round(used - made, 2),
        "peak_mib": round(memory.kibibytes("VmHWM") / MIB, 1),
    }
    if right != 2 * count:
        raise SystemExit(f"error: {2 * count - right} reads gave a wrong value")
    return result


def _read(meter: VirtualMeter) -> bool:
    register = meter.get(_READER, AttributeDescriptor(3, Obis.parse("1-0:1.8.0"), 2), None).value
    clock = meter.firmware.clock
    rows = meter.firmware.profiles["load_profile"].between(clock.reading - DAY, clock.reading)
    truth = meter.firmware.metrology.truth(clock.physical).energy_import.total
    return register == truth // 3_600_000 and len(rows) == 97


def run() -> dict[str, Any]:
    """The year, then fleets of growing size, each in a process of its own."""
    found: dict[str, Any] = {"year": _child("year"), "fleets": []}
    print(f"a year of one meter: {found['year']['cpu_s']} s CPU, rows {found['year']['rows']}", flush=True)
    for count in SIZES:
        fleet = _child(str(count))
        found["fleets"].append(fleet)
        print(
            f"{count:7,} meters made in {fleet['made_cpu_s']} s CPU, {fleet['made_mib']} MiB; an hour and two reads of "
            f"each {fleet['hour_and_reads_cpu_s']} s CPU, {fleet['peak_mib']} MiB at the peak",
            flush=True,
        )
    return found


def _child(argument: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.fleet", argument]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=3600).stdout
    result: dict[str, Any] = json.loads(shown)
    return result


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(json.dumps(year() if sys.argv[1] == "year" else one(int(sys.argv[1]))))
    else:
        run()
