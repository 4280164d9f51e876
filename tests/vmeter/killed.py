"""A meter in a process of its own that is killed at random moments: ``python -m tests.vmeter.killed TIMES``.

The process writes, activates and uses counters as fast as it can and prints each thing when it is done, as a client
would be told. What was told must be true of the meter that is started over what the process left.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from dlmskit.codec import data
from dlmskit.store.journal import DurableJournal
from dlmskit.vmeter.memory import Command, Memory
from dlmskit.vmeter.meter import VirtualMeter

from .rigs import act, days_of, get, model_of, put

MODEL = model_of(grid="poor")
START = datetime(2026, 11, 21, 10, tzinfo=UTC)
KEY, TITLE = "key", b"METER001"
_LONGEST_LIFE = 0.3
"""seconds after which a process is killed at the latest"""


def meter_over(path: Path) -> tuple[VirtualMeter, DurableJournal]:
    journal = DurableJournal(path)
    return VirtualMeter(MODEL, seed=5, start=START, journal=journal), journal


def live(path: Path) -> None:
    """What the process does until it is killed."""
    meter, _ = meter_over(path)
    row = meter.model.object("activity_calendar")
    for name, number in (("season_profile", 7), ("week_profile_table", 8)):
        put(meter, "activity_calendar", number, meter.firmware.setting(row, f"{name}_active"))
    print("ready", flush=True)
    begun = time.monotonic()
    for number in count(int(get(meter, "activity_calendar", 2).decode() or "0") + 1):
        meter.advance((time.monotonic() - begun) * 100_000)
        put(meter, "activity_calendar", 6, data.octet_string(b"%d" % number))
        put(meter, "activity_calendar", 9, days_of((1, [(number % 24, 0, 2)]), (2, [])))
        act(meter, "activity_calendar", 1)
        print("activated", number, flush=True)
        act(meter, "disconnect_control", 1 + number % 2)
        print("switched", number, flush=True)
        reserved = meter.counters.reserve(KEY, TITLE, 3)
        assert reserved is not None
        print("counter", reserved[0], flush=True)
        print("time", meter.firmware.clock.reading, flush=True)


def kill(folder: Path, times: int) -> dict[str, int]:
    """Kill so many processes over one journal and judge what each left; gives what was counted."""
    path, chance = folder / "meter.journal", random.Random(11)
    found = {"kills": 0, "commands": 0, "counters": 0, "torn": 0}
    used = activated = read = 0
    for _ in range(times):
        before = path.stat().st_size if path.exists() else 0
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.vmeter.killed", str(path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.random() * _LONGEST_LIFE)
        process.kill()
        told = [line.split() for line in process.communicate()[0].splitlines(keepends=True) if line.endswith("\n")]
        found["kills"] += 1
        switched = None
        for what, number in ((what, int(number)) for what, number in told):
            if what == "counter":
                assert number > used, "a counter was given twice"
                used = number + 2
                found["counters"] += 3
            elif what == "activated":
                activated = number
            elif what == "switched":
                switched = number
            else:
                assert number >= read, "time went back"
                read = number
        written = path.stat().st_size
        meter, journal = meter_over(path)
        found["torn"] += journal.records()[-1][0] < written
        assert written > before
        activated = judge(meter, activated, switched, used, read)
        log = [record for record in Memory(journal).log() if isinstance(record, Command)]
        assert all(record.result == "" for record in log)
        assert [record.at for record in log] == sorted(record.at for record in log)
        found["commands"] = len(log)
        journal.close()
    return found


def judge(meter: VirtualMeter, activated: int, switched: int | None, used: int, read: int) -> int:
    """What was told is so, and what belongs together is together; gives the number of the calendar that is active."""
    active = int(get(meter, "activity_calendar", 2))
    assert active in (activated, activated + 1) or not activated, (active, activated)
    days = dict(get(meter, "activity_calendar", 5))
    if active > 1:
        assert days[1][0][0][0] == active % 24, "half a calendar was activated"
    if switched == activated == active:  # else the next command may have been carried out with nobody told
        assert get(meter, "disconnect_control") is bool(switched % 2)
    reserved = meter.counters.reserve(KEY, TITLE, 1)
    assert reserved is not None
    assert reserved[0] > used, "a counter would be given twice"
    assert meter.firmware.clock.reading >= read
    rates = meter.firmware.present().truth.rates
    assert rates is not None
    return active


if __name__ == "__main__":
    if sys.argv[1].isdigit():
        with tempfile.TemporaryDirectory() as scratch:
            print(kill(Path(scratch), int(sys.argv[1])))
    else:
        live(Path(sys.argv[1]))
