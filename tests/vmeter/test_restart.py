"""A meter that is started again over the same counter file: nothing is used twice, nothing old is taken."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dlmskit.apdu import Aare, decode
from dlmskit.client import Client, connect
from dlmskit.connecting import plan as connection_plan
from dlmskit.enums import AssociationResult
from dlmskit.exceptions import SecurityError
from dlmskit.link.wrapper import WrapperPdu
from dlmskit.model import registry
from dlmskit.security.keys import KeyPurpose
from dlmskit.store.counters import Counters, DurableCounters, MemoryCounters
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import meter_of, port_of
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.sim import SimTransport

START = datetime(2026, 11, 21, 10, tzinfo=UTC)
KEY_ID = defaults.keys().key_id(KeyPurpose.GUEK)


def started(state: Path) -> VirtualMeter:
    found = meter_of(registry.load("generic"), start=START, counters=DurableCounters(state))
    assert isinstance(found, VirtualMeter)
    return found


class Recorded(SimTransport):
    """Keeps what the client wrote."""

    written: tuple[bytes, ...] = ()

    def write(self, data: bytes) -> None:
        self.written += (data,)
        super().write(data)


def line(found: VirtualMeter) -> Recorded:
    """A line whose challenge is always the same: only the counters tell a replay."""
    return Recorded(port_of(found, lambda octets: bytes(range(octets)), speed=0))


def client(transport: SimTransport, counters: Counters) -> Client:
    wanted = connection_plan("sim:generic", association="management", keys=defaults.keys(), timeout=1.0)
    return Client(transport, wanted.stack, keys=wanted.keys, counters=counters, model=wanted.model)


def test_counters_go_on_after_a_restart(tmp_path: Path) -> None:
    """The client refuses an answer whose counter is not above all it has seen, so that it reads on is the proof."""
    counters, sent = MemoryCounters(), []
    for _ in range(4):
        found = started(tmp_path / "meter.json")
        with client(line(found), counters) as asked:
            for _ in range(5):
                asked.clock()
        sent.append(max(counters.last_seen(KEY_ID).values()))
        assert found.firmware.last_counter > 0
    assert sent == sorted(set(sent))


def test_an_old_message_is_old_after_a_restart_too(tmp_path: Path) -> None:
    first = line(started(tmp_path / "meter.json"))
    with client(first, MemoryCounters()) as asked:
        asked.clock()
    for state, result in (
        ("other.json", AssociationResult.ACCEPTED),
        ("meter.json", AssociationResult.REJECTED_PERMANENT),
    ):
        again = line(started(tmp_path / state))
        again.write(first.written[0])
        answer = decode(WrapperPdu.from_bytes(again.read(0)).apdu)
        assert isinstance(answer, Aare)
        assert answer.result is result


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "meter.json").write_text("{")
    with pytest.raises(SecurityError, match="damaged"):
        started(tmp_path / "meter.json")


def test_a_killed_process_never_sends_a_counter_twice(tmp_path: Path) -> None:
    counters = MemoryCounters()
    for _ in range(3):
        meter = subprocess.Popen(
            [sys.executable, "-m", "dlmskit", "sim", "run", "generic", "--state", str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            assert meter.stdout is not None
            _, target = meter.stdout.readline().split()
            wishes = {"model": "generic", "association": "management", "keys": defaults.keys(), "timeout": 5.0}
            asked = connect(target, counters=counters, **wishes).open()  # type: ignore[arg-type]
            for _ in range(3):
                asked.clock()
        finally:
            meter.kill()
            asked.close()
            meter.communicate()
    assert [file.name for file in tmp_path.iterdir()] == ["0-generic.journal"]
