"""Plans over real octets: client, stack, line and virtual meter in one process, with a line that can lose answers.

The line is `SimTransport`; what it loses is decided here, at the transport's edge. Executions are counted inside the
meter's firmware.
"""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dlmskit.client import Client
from dlmskit.connecting import plan as connection_plan
from dlmskit.exceptions import TransportClosed, TransportTimeout
from dlmskit.execute.runner import run
from dlmskit.link.iec21.link import Iec21Link
from dlmskit.market.outcome import Outcome
from dlmskit.market.services import (
    AnyRequest,
    DisableSupply,
    EnableSupply,
    ImportProfile,
    ImportRegisters,
    MarketResponse,
    ReadActiveImportProfile,
    ReadImportRegisters,
    ReadSupplyStatus,
    SupplyStatus,
    SynchroniseClock,
)
from dlmskit.model.registry import load
from dlmskit.session.iec21.client import Iec21ClientSession
from dlmskit.session.iec21.settings import Iec21DialogueSettings
from dlmskit.stack.client import ClientStack
from dlmskit.translate.plan import Ready
from dlmskit.translate.registry import associations, plan_for
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import meter_of, port_of
from dlmskit.vmeter.disconnect import Trigger
from dlmskit.vmeter.sim import SimTransport

DIALECTS = ("generic", "zzh", "zzc")
TIMEOUT = 0.05


class Lossy:
    """A line that is cut, silently or not, when the next octets have gone to the meter after `arm`."""

    def __init__(self, line: SimTransport, *, closing: bool) -> None:
        self._line = line
        self._closing = closing
        self.armed = self.cut = False

    def write(self, data: bytes) -> None:
        if not self.cut:
            self._line.write(data)
        self.cut = self.cut or self.armed

    def read(self, timeout: float | None) -> bytes:
        if self.cut and self._closing:
            raise TransportClosed("the line was cut")
        if self.cut:
            raise TransportTimeout("nothing on a dead line")
        return self._line.read(timeout)

    def set_line(self, baud: int, format: str) -> None:
        self._line.set_line(baud, format)

    def drain(self) -> None:
        self._line.drain()

    def close(self) -> None:
        self._line.close()


class Bench:
    """A virtual meter and clients to it; `executed` lists the triggers that reached its switch."""

    def __init__(self, dialect: str, *, closing: bool = False) -> None:
        self.model = load(dialect)
        self.meter: Any = meter_of(self.model, start=datetime.now(UTC))
        self.lines: list[Lossy] = []
        self.executed: list[Trigger] = []
        self._closing = closing
        self._operate = self.meter.firmware.operate
        self.meter.firmware.operate = self.operate

    def operate(self, trigger: Trigger) -> bool:
        self.executed.append(trigger)
        return bool(self._operate(trigger))

    def connect(self) -> Client:
        """A new line to the meter and an open client on it."""
        association = "programming" if self.model.id == "zzc" else "management"
        wanted = connection_plan(f"sim:{self.model.id}", association=association, keys=defaults.keys(), timeout=TIMEOUT)
        stack = wanted.stack
        if self.model.id == "zzc":
            settings = Iec21DialogueSettings(password_command="P1", mode="programming", timeout=TIMEOUT, retries=0)
            stack = ClientStack(Iec21Link("client"), Iec21ClientSession(settings))
        line = Lossy(SimTransport(port_of(self.meter, os.urandom)), closing=self._closing)
        self.lines.append(line)
        return Client(line, stack, keys=wanted.keys, counters=wanted.counters, model=self.model, patience=1.0).open()

    def ask(self, request: AnyRequest, client: Client, **options: Any) -> MarketResponse:
        plan = plan_for(request, self.model)
        assert associations(plan, self.model)
        return run(plan, client, now=lambda: datetime.now(UTC), **options)


def cutting(bench: Bench, before: str) -> Any:
    """An observer that cuts the line under the step `before`, by the steps in front of it."""
    plan = [step.name for step in plan_for(DisableSupply(), bench.model).steps]
    if plan.index(before) == 0:
        bench.lines[-1].armed = True

    def observe(ready: Ready, result: object) -> None:
        if plan.index(ready.step.name) + 1 == plan.index(before):
            bench.lines[-1].armed = True

    return observe


@pytest.mark.parametrize("dialect", DIALECTS)
def test_all_services_over_real_octets(dialect: str) -> None:
    bench = Bench(dialect)
    now = datetime.now(UTC)
    client = bench.connect()
    with closing(client):
        registers = bench.ask(ReadImportRegisters(), client)
        profile = bench.ask(ReadActiveImportProfile(now - timedelta(hours=6), now), client)
        clock = bench.ask(SynchroniseClock(), client)
        off = bench.ask(DisableSupply(), client)
        on = bench.ask(EnableSupply(), client)
        status = bench.ask(ReadSupplyStatus(), client)
    assert [each.outcome for each in (registers, profile, clock, off, on, status)] == [
        Outcome.DATA,
        Outcome.DATA,
        Outcome.ACKNOWLEDGED,
        Outcome.ACKNOWLEDGED,
        Outcome.ACKNOWLEDGED,
        Outcome.DATA,
    ]
    assert isinstance(profile.data, ImportProfile)
    assert isinstance(registers.data, ImportRegisters)
    assert len(profile.data.rows) in ((24, 25) if dialect == "generic" else (6, 7))
    last = profile.data.rows[-1].active_energy_import
    assert last is not None
    assert 0 <= registers.data.active_energy_import - last < 10
    assert isinstance(status.data, SupplyStatus)
    assert status.data == on.data
    assert status.data.awaiting_consumer is (dialect != "generic")
    assert bench.executed == [Trigger.REMOTE_DISCONNECT, Trigger.REMOTE_RECONNECT]


@pytest.mark.parametrize("closing", [True, False], ids=["closed", "silent"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_lost_answer_to_a_disconnect_is_settled_on_a_new_line(dialect: str, closing: bool) -> None:
    bench = Bench(dialect, closing=closing)
    client = bench.connect()
    response = bench.ask(DisableSupply(), client, on_step=cutting(bench, "disconnect"), reconnect=bench.connect)
    assert response.outcome is Outcome.ACKNOWLEDGED
    assert bench.lines[0].cut
    assert len(bench.lines) == 2
    assert bench.executed == [Trigger.REMOTE_DISCONNECT]


@pytest.mark.parametrize("closing", [True, False], ids=["closed", "silent"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_without_a_new_line_the_outcome_is_unknown(dialect: str, closing: bool) -> None:
    bench = Bench(dialect, closing=closing)
    client = bench.connect()
    response = bench.ask(DisableSupply(), client, on_step=cutting(bench, "disconnect"))
    assert response.outcome is Outcome.UNKNOWN
    assert bench.executed == [Trigger.REMOTE_DISCONNECT]
    assert bench.meter.firmware.switch.closed is False


@pytest.mark.parametrize("dialect", ["generic", "zzh"])
def test_a_line_cut_before_the_command_is_a_time_out_and_nothing_was_done(dialect: str) -> None:
    bench = Bench(dialect)
    client = bench.connect()
    response = bench.ask(DisableSupply(), client, on_step=cutting(bench, "mode"))
    assert response.outcome is Outcome.TIMED_OUT
    assert bench.executed == []
