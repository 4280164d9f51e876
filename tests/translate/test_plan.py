"""The loop of a plan, its JSON and its words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from dlmskit.codec import data
from dlmskit.exceptions import DecodeError
from dlmskit.market.outcome import Outcome
from dlmskit.market.services import (
    AnyRequest,
    DisableSupply,
    EnableSupply,
    ImportRegisters,
    ReadActiveImportProfile,
    ReadImportRegisters,
    ReadSupplyStatus,
    SupplyStatus,
    SynchroniseClock,
)
from dlmskit.model.registry import load
from dlmskit.session.operations import Action, Get, Set
from dlmskit.translate.plan import Answered, Done, Missing, Plan, Ready, Repeat, next
from dlmskit.translate.registry import plan_for

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
REQUESTS: tuple[AnyRequest, ...] = (
    ReadImportRegisters(),
    ReadActiveImportProfile(NOON - timedelta(hours=6), NOON),
    SynchroniseClock(NOON, maximum_correction=30),
    ReadSupplyStatus(),
    DisableSupply(),
    EnableSupply(),
)
DIALECTS = ("generic", "zzh", "zzc")


def ready(plan: Plan, results: dict[str, Answered | Missing], now: datetime = NOON) -> list[Ready]:
    found = next(plan, results, now)
    assert not isinstance(found, Done), found
    return list(found)


def answered(*values: object) -> dict[str, Answered | Missing]:
    names = ("mode", "disconnect", "output", "state")
    return {name: Answered(value, NOON) for name, value in zip(names, values, strict=False)}


def test_reads_are_ready_together_and_a_command_comes_alone() -> None:
    plan = plan_for(DisableSupply(), load("generic"))
    assert [each.step.name for each in ready(plan, {})] == ["mode"]
    (command,) = ready(plan, answered(data.enum(4)))
    assert isinstance(command.operation, Action)
    assert (command.operation.method, command.operation.parameters) == (1, data.integer(0))
    assert command.step.repeat is Repeat.NEVER
    assert [each.step.name for each in ready(plan, answered(data.enum(4), None))] == ["output", "state"]
    done = next(plan, answered(data.enum(4), None, data.boolean(False), data.enum(0)), NOON)
    assert isinstance(done, Done)
    assert (done.response.outcome, done.response.data) == (
        Outcome.ACKNOWLEDGED,
        SupplyStatus("disconnected", False, 4),
    )


def test_a_rule_ends_the_plan_before_the_command() -> None:
    done = next(plan_for(DisableSupply(), load("generic")), answered(data.enum(0)), NOON)
    assert isinstance(done, Done)
    assert done.response.reason == "in control mode 0 the supply is always connected (control_mode = 0)"


def test_the_time_of_the_runner_enters_when_the_step_is_due() -> None:
    plan = plan_for(SynchroniseClock(), load("zzh"))
    before = {"before": Answered(data.null_data(), NOON)}
    written = []
    for now in (NOON, NOON + timedelta(seconds=7)):
        (step,) = ready(plan, before, now)
        assert isinstance(step.operation, Set)
        written.append(step.operation.value.to_bytes()[2:])
    assert written == [bytes.fromhex(f"07EA0701 03 0E00{second} 00 0078 80") for second in ("00", "07")]


def test_a_number_that_is_no_register_gives_unknown_with_the_reason() -> None:
    plan = plan_for(ReadImportRegisters(), load("generic"))
    unit = data.structure(data.integer(0), data.enum(32))
    results: dict[str, Answered | Missing] = {
        "register": Answered(data.double_long_unsigned(1), NOON),
        "scale": Answered(unit, NOON),
    }
    done = next(plan, results, NOON)
    assert isinstance(done, Done)
    assert done.response.outcome is Outcome.UNKNOWN
    assert done.response.data is None
    assert done.response.reason is not None
    assert "unit code 32" in done.response.reason
    results["scale"] = Answered(data.structure(data.integer(-1), data.enum(30)), NOON)
    results["register"] = Answered(data.double_long_unsigned(0xFFFF_FFFF), NOON)
    done = next(plan, results, NOON)
    assert isinstance(done, Done)
    assert done.response.data == ImportRegisters(Decimal("429496.7295"), NOON)


def test_an_optional_step_may_be_refused() -> None:
    plan = plan_for(ReadSupplyStatus(), load("generic"))
    refused = Missing(Outcome.REFUSED, "object-undefined")
    results: dict[str, Answered | Missing] = {"output": refused, "mode": refused, "state": Answered(data.enum(1), NOON)}
    done = next(plan, results, NOON)
    assert isinstance(done, Done)
    assert (done.response.outcome, done.response.data) == (Outcome.DATA, SupplyStatus("connected"))
    done = next(plan, {"state": refused}, NOON)
    assert isinstance(done, Done)
    assert done.response.outcome is Outcome.REFUSED


def test_after_a_lost_command_no_other_is_sent() -> None:
    plan = plan_for(SynchroniseClock(NOON), load("zzc"))
    lost = Missing(Outcome.TIMED_OUT, "silence")
    results: dict[str, Answered | Missing] = {
        "date_before": Answered((), NOON),
        "time_before": Answered((), NOON),
        "set_date": lost,
    }
    assert [each.step.name for each in ready(plan, results)] == ["date_after", "time_after"]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("request_", REQUESTS, ids=[request.service for request in REQUESTS])
def test_a_plan_goes_through_json_and_prints_every_step(request_: AnyRequest, dialect: str) -> None:
    plan = plan_for(request_, load(dialect))
    again = Plan.from_json(plan.to_json())
    assert again == plan
    assert next(again, {}, NOON) == next(plan, {}, NOON)
    lines = str(plan).splitlines()
    assert lines[0].startswith(f"{request_.service} on {dialect}")
    for step in plan.steps:
        assert any(step.name in line and str(step.repeat) in line for line in lines)


def test_a_plan_in_words() -> None:
    assert str(plan_for(DisableSupply(), load("generic"))) == (
        "disable-supply on generic\n"
        "  1. mode        get 70 0-0:96.3.10*255 attribute 4  [safe to repeat]\n"
        "  2. disconnect  action 70 0-0:96.3.10*255 method 1 carrying integer(value=0)  [never repeat blindly]\n"
        "  3. output      get 70 0-0:96.3.10*255 attribute 2  [safe to repeat]\n"
        "  4. state       get 70 0-0:96.3.10*255 attribute 3  [safe to repeat]\n"
        "  control_mode = integer(mode)\n"
        "  output_state = boolean(output)\n"
        "  control_state = control-state(state)\n"
        "  not-supported when control_mode is 0: in control mode 0 the supply is always connected\n"
        "  acknowledged when output_state is false and control_state is disconnected"
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"request":{"service":"disable-supply"},"steps":[{"name":1}]}'])
def test_what_is_no_plan_is_refused_as_ours(text: str) -> None:
    with pytest.raises(DecodeError):
        Plan.from_json(text)


def test_reads_come_first_in_every_dialect_that_can_read_the_mode() -> None:
    for dialect in ("generic", "zzh"):
        (first,) = ready(plan_for(EnableSupply(), load(dialect)), {})
        assert isinstance(first.operation, Get)
        assert first.operation.attribute == 4
