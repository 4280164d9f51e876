"""One event of the firmware, in the log and under the code that each dialect has for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dlmskit.client import connect
from dlmskit.model import registry
from dlmskit.vmeter import defaults
from dlmskit.vmeter.sim import SimMeter

START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)
ADJUSTED = [(4, "clock adjusted, old time"), (5, "clock adjusted, new time")]


@pytest.mark.parametrize(
    ("name", "log", "expected"),
    [
        ("dsmr4", "0-0:99.98.0", ADJUSTED),
        ("smr5", "0-0:99.98.0", ADJUSTED),
        ("isk-am550", "0-0:99.98.0", ADJUSTED),
        ("is15959", "0-0:99.98.3", [(151, "clock set")]),
        ("is15959", "0-0:99.98.0", []),  # voltage events there
    ],
)
def test_a_clock_that_was_set_is_logged(name: str, log: str, expected: list[tuple[int, str]]) -> None:
    model = registry.load(name)
    keys = defaults.keys(password=defaults.password(model))
    with (
        SimMeter(name, start=START, speed=0) as meter,
        connect(meter.target, model=name, association="management", keys=keys, timeout=10) as client,
    ):
        assert client.events(log) == ()
        client.set_clock(START + timedelta(hours=1))
        found = client.events(log)
    assert [(event.code, event.label) for event in found] == expected
    assert all(event.source for event in found)
