"""Offline octets are the live ones: the same plan is run on a meter and rendered, and the frames compared."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dlmskit.client import connect
from dlmskit.codec import data
from dlmskit.exceptions import KeyUnavailable, LocalProtocolError, NotRepresentable
from dlmskit.execute.runner import run
from dlmskit.market.outcome import Outcome
from dlmskit.market.services import (
    AnyRequest,
    DisableSupply,
    EnableSupply,
    ReadActiveImportProfile,
    ReadImportRegisters,
    ReadSupplyStatus,
    SynchroniseClock,
)
from dlmskit.model.registry import load
from dlmskit.stack.observe.observer import Observer
from dlmskit.stack.observe.operations import converse
from dlmskit.stack.render import Sealing
from dlmskit.translate.plan import Answered, Missing
from dlmskit.translate.recognise import recognise
from dlmskit.translate.registry import plan_for
from dlmskit.translate.render import render_plan, state_for
from dlmskit.vmeter import defaults

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
READS: tuple[AnyRequest, ...] = (
    ReadImportRegisters(),
    ReadActiveImportProfile(NOON - timedelta(hours=2), NOON),
    ReadSupplyStatus(),
)
COMMANDS: tuple[AnyRequest, ...] = (SynchroniseClock(NOON), DisableSupply(), EnableSupply())
OPEN_ASSOCIATIONS = {"generic": "reader", "zzh": "reader", "zzc": "programming"}


def sealing() -> Sealing:
    return Sealing(defaults.keys(), b"DKT\x00\x00\x00\x00\x07", invocation_counter=1000)


def state_of(dialect: str) -> Any:
    """A state in which every service may be asked for."""
    association = "programming" if dialect == "zzc" else "management"
    return state_for(load(dialect), association, sealing())


@pytest.mark.parametrize("dialect", OPEN_ASSOCIATIONS)
@pytest.mark.parametrize("request_", READS, ids=[each.service for each in READS])
def test_rendered_octets_are_the_live_ones(request_: AnyRequest, dialect: str) -> None:
    model, association = load(dialect), OPEN_ASSOCIATIONS[dialect]
    plan = plan_for(request_, model)
    results: dict[str, Answered | Missing] = {}
    recording = io.StringIO()
    with connect(f"sim:{dialect}", association=association, keys=defaults.keys(), record=recording) as client:
        response = run(
            plan, client, now=lambda: NOON, on_step=lambda ready, result: results.update({ready.step.name: result})
        )
    lines = [json.loads(line) for line in recording.getvalue().splitlines()]
    live = [bytes.fromhex(line["hex"]) for line in lines if line.get("dir") == "out"]
    rendering = render_plan(plan, state_for(model, association), NOON, results)
    assert rendering.response == response
    assert response.outcome is Outcome.DATA
    sent = b"".join(live)
    assert b"".join(rendering.octets) in sent


@pytest.mark.parametrize("dialect", OPEN_ASSOCIATIONS)
@pytest.mark.parametrize("request_", READS + COMMANDS, ids=[each.service for each in READS + COMMANDS])
def test_rendered_octets_are_recognised_as_the_request(request_: AnyRequest, dialect: str) -> None:
    rendering = render_plan(plan_for(request_, load(dialect)), state_of(dialect), NOON)
    assert all(step.frames for step in rendering.steps)
    observer = Observer(lambda title: defaults.keys(), system_title=sealing().system_title)
    for octets in rendering.octets:
        observer.feed(octets, "out")
    operations = [each.operation for each in converse(observer.conversation)]
    found = recognise(operations, load(dialect))
    assert [candidate.request for candidate in found.candidates] == [request_]
    assert found.unexplained == ()


def test_without_results_a_command_says_when_it_would_not_be_sent() -> None:
    rendering = render_plan(plan_for(DisableSupply(), load("generic")), state_of("generic"), NOON)
    assert [step.step.name for step in rendering.steps] == ["mode", "disconnect", "output", "state"]
    assert rendering.steps[1].unless == ("control_mode is 0",)
    assert rendering.response is None
    assert "disconnect: action 70 0-0:96.3.10*255 method 1, not sent if control_mode is 0\n  " in str(rendering)


def test_supplied_results_are_followed() -> None:
    plan = plan_for(DisableSupply(), load("generic"))
    rendering = render_plan(plan, state_of("generic"), NOON, {"mode": Answered(data.enum(0), NOON)})
    assert [step.step.name for step in rendering.steps] == ["mode"]
    assert rendering.response is not None
    assert rendering.response.outcome is Outcome.NOT_SUPPORTED
    rendering = render_plan(plan, state_of("generic"), NOON, {"mode": Answered(data.enum(4), NOON)})
    assert [step.unless for step in rendering.steps] == [(), (), (), ()]


def test_after_a_lost_answer_only_reading_back_goes_out() -> None:
    plan = plan_for(SynchroniseClock(NOON), load("zzc"))
    lost: dict[str, Answered | Missing] = {"set_date": Missing(Outcome.TIMED_OUT, "silence")}
    rendering = render_plan(plan, state_of("zzc"), NOON, lost)
    assert [step.step.name for step in rendering.steps][2:] == ["set_date", "date_after", "time_after"]


def test_the_time_of_the_rendering_enters_a_clock_without_a_time() -> None:
    plan = plan_for(SynchroniseClock(), load("zzc"))
    octets = b"".join(render_plan(plan, state_of("zzc"), NOON).octets)
    assert b"W5\x020.9.1(130000)\x03" in octets
    assert b"W5\x020.9.2(260701)\x03" in octets


def test_counters_are_the_stated_ones_and_no_more() -> None:
    plan = plan_for(DisableSupply(), load("generic"))
    state = state_of("generic")
    first, second = (render_plan(plan, state, NOON).octets for _ in range(2))
    assert first == second
    # wrapper header of 8 octets, tag, length, security control, then the counter
    assert [int.from_bytes(octets[11:15]) for octets in first] == [1000, 1001, 1002, 1003]
    short = Sealing(defaults.keys(), b"DKT\x00\x00\x00\x00\x07", invocation_counter=1000, counters=2)
    with pytest.raises(LocalProtocolError, match="counters"):
        render_plan(plan, state_for(load("generic"), "management", short), NOON)


def test_what_is_not_stated_is_asked_for() -> None:
    with pytest.raises(KeyUnavailable, match="management of model generic is ciphered"):
        state_for(load("generic"), "management")


def test_a_parameter_without_a_form_is_refused() -> None:
    early = datetime(1, 1, 1, tzinfo=UTC)
    with pytest.raises(NotRepresentable):
        render_plan(plan_for(SynchroniseClock(early), load("generic")), state_of("generic"), NOON)
