"""Processes that are killed: no counter is used twice, and what was accepted before is a replay afterwards.

A client in a process of its own seals requests with counters from a file and is killed without warning, once after
each step that it takes; the next one goes on with the same file.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dlmskit.apdu import ServiceCiphered, decode
from dlmskit.exceptions import ReplayError
from dlmskit.security.keys import KeyPurpose
from dlmskit.session.base import Completed, Failed
from dlmskit.session.operations import Action
from dlmskit.store.counters import DurableCounters

from .pair import CLIENT_TITLE, KEYS, SCRIPT, Pair

TESTS = Path(__file__).parents[2]
SENDER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import dlmskit.store.counters as counters
from dlmskit.session.operations import Action
from dlmskit.security.keys import KeyPurpose
from session.cosem.pair import KEYS, METER_TITLE, SCRIPT, Pair

STEP, steps = int(sys.argv[3]), 0
def step(name):
    global steps
    steps += 1
    if steps == STEP:
        os.kill(os.getpid(), signal.SIGKILL)

def watched(module, name):
    found = getattr(module, name)
    def call(*args, **named):
        step(name)
        result = found(*args, **named)
        step(name)
        return result
    setattr(module, name, call)

class Watched: pass
os_ = Watched()
for name in ("open", "fsync", "replace", "close", "O_WRONLY", "O_CREAT", "O_TRUNC", "O_RDONLY", "name", "path"):
    setattr(os_, name, getattr(os, name))
for name in ("open", "fsync", "replace"):
    watched(os_, name)
counters.os = os_

pair = Pair("gmac", client={"counter_block": 4})
pair.client_counters = counters.DurableCounters(Path(sys.argv[2]))
pair.server_counters.raise_to(KEYS.key_id(KeyPurpose.GUEK), METER_TITLE, 1000 * STEP)  # a meter that lives on
def out(message):
    step("send")
    print(message.hex(), flush=True)
    step("sent")
    return [message]
pair.to_meter = out
pair.open()
for _ in range(3):
    pair.ask(Action(9, SCRIPT, 1))
print("done", flush=True)
"""


def counters_of(lines: list[str]) -> list[int]:
    found = []
    for line in lines:
        apdu = decode(bytes.fromhex(line))
        content = apdu.content if isinstance(apdu, ServiceCiphered) else getattr(apdu, "user_information", b"")[2:]
        found.append(int.from_bytes(content[1:5], "big"))
    return found


@pytest.mark.skipif(os.name != "posix", reason="kills processes")
def test_a_killed_client_never_sends_a_counter_twice(tmp_path: Path) -> None:
    file, sent, kills = tmp_path / "counters", list[int](), 0
    for step in range(1, 200):
        done = subprocess.run(
            [sys.executable, "-c", SENDER, str(TESTS), str(file), str(step)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        lines = done.stdout.split()
        sent += counters_of([line for line in lines if line != "done"])
        if "done" in lines:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        kills += 1
    assert kills > 20
    assert len(sent) == len(set(sent)), "a counter was used twice"
    assert sent == sorted(sent)
    reserved = DurableCounters(file).reserve(KEYS.key_id(KeyPurpose.GUEK), CLIENT_TITLE, 1)
    assert reserved is not None
    assert reserved[0] > max(sent)


def test_a_meter_that_was_restarted_refuses_what_it_did_before(tmp_path: Path) -> None:
    """The request is sent again to a meter of which only the file of counters is left."""
    pair = Pair("gmac")
    pair.server_counters = DurableCounters(tmp_path / "meter")
    pair.open()
    pair.ask(Action(9, SCRIPT, 1))
    request = pair.sent[-1]
    again = Pair("gmac")
    again.client_counters = pair.client_counters
    again.server_counters = DurableCounters(tmp_path / "meter")
    key_id = KEYS.key_id(KeyPurpose.GUEK)
    again.server._guard.learn(again.server_counters.last_seen(key_id))
    again.open()
    again.server.receive(request, 0.0)
    again.settle()
    assert again.meter.done == []
    assert any(isinstance(e, Failed) and isinstance(e.error, ReplayError) for e in again.server_events)


def test_a_client_that_was_restarted_refuses_what_it_heard_before(tmp_path: Path) -> None:
    pair = Pair("gmac")
    pair.client_counters = DurableCounters(tmp_path / "client")
    pair.open()
    pair.ask(Action(9, SCRIPT, 1))
    heard = pair.received[-1]
    again = Pair("gmac")
    again.client_counters = DurableCounters(tmp_path / "client")
    again.server_counters = pair.server_counters
    again.open()
    again.to_client = lambda message: [heard]
    with pytest.raises(LookupError):
        again.ask(Action(9, SCRIPT, 2))
    assert [type(event.error) for event in again.ignored] == [ReplayError]
    assert not any(isinstance(event, Completed) for event in again.events)
