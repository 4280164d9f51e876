"""Gurux's client sets our limiter, tells our push setup where to send, invokes push and opens what comes there."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from dlmskit.client import connect
from dlmskit.vmeter import defaults
from dlmskit.vmeter.sim import SimMeter

CLIENT = Path(__file__).with_name("push_gurux_client.py")
START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)


def test_gurux_limits_and_takes_a_push() -> None:
    keys = defaults.keys()
    with SimMeter("generic", start=START, speed=0) as meter:
        wanted = {
            "port": int(meter.target.rpartition(":")[2]),
            "title": b"GRX00001".hex(),
            "guek": defaults.GUEK.hex(),
            "gak": defaults.GAK.hex(),
        }
        command = [os.environ["DLMSKIT_PEER_PYTHON"], str(CLIENT), json.dumps(wanted)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        with connect(meter.target, model="generic", association="management", keys=keys, timeout=10) as client:
            energy = client.get(3, "1-0:1.8.0*255", 2).value
    found = json.loads(done.stdout.splitlines()[-1])  # that stack prints as it works
    assert found["before"] == [0xFFFFFFFF, 60, 2]
    assert found["active"] == 4321
    assert found["listed"][2:4] == [[3, "1.0.1.8.0.255", 2], [3, "1.0.1.8.0.255", 3]]
    assert found["pushed"][2:4] == [energy, [0, 30]]
