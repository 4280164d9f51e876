"""`next`, the only loop of a plan: given the results so far, which operations come next, or how the request ended.

It does no I/O and knows no meter and no service; all of that is in the plan. What it does know is what an absent answer
means: a read may be asked for again, a command without an answer is settled by reading back or stays unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from dlmskit.exceptions import DlmskitError, NotRepresentable
from dlmskit.market.outcome import Outcome
from dlmskit.market.services import AnyData, MarketResponse
from dlmskit.model.service import Bound, Rule, Test, limits
from dlmskit.translate.evaluate import known_values, operation_of
from dlmskit.translate.program import Answered, Done, Missing, Plan, Ready, Repeat, Results, Step
from dlmskit.translate.text import shown


def next(plan: Plan, results: Results, now: datetime) -> tuple[Ready, ...] | Done:
    """What is to be done after `results`: operations that do not depend on each other, or the response.

    `now` is the runner's clock, aware; it enters values that say so. A writing step comes alone, after all before it.
    Raises `NotRepresentable` where a parameter has no form on this meter.
    """
    response = ended(plan, results)
    if response is not None:
        return Done(response)
    return tuple(Ready(step, operation_of(plan, step, now)) for step in due(plan, results))


def due(plan: Plan, results: Results) -> tuple[Step, ...]:
    """The steps that may run now: one that writes, or all reads up to the next one that writes.

    After a writing step without an answer no other one is due, only reading back.
    """
    lost = _lost(plan, results) is not None
    reads: list[Step] = []
    for step in plan.steps:
        if step.name in results or (lost and step.writes):
            continue
        if step.writes:
            return tuple(reads) or (step,)
        reads.append(step)
    return tuple(reads)


def ended(plan: Plan, results: Results) -> MarketResponse | None:
    """The response, None while there is something to do."""
    try:
        values = known_values(plan, results)
        rule = _decided(plan, values)
    except DlmskitError as error:
        return _response(plan, {}, Outcome.UNKNOWN, f"the meter's answer has no market meaning: {error}")
    if rule is not None:
        return _response(plan, values, Outcome(rule.outcome), _reason(rule, values))
    failure = _failure(plan, results)
    if failure is not None:
        return _response(plan, values, failure.outcome, failure.reason)
    return None if due(plan, results) else _finished(plan, results, values)


def _failure(plan: Plan, results: Results) -> Missing | None:
    """The missing result that ends the plan; a lost command does not, it is read back first."""
    sent: Step | None = None
    for step in plan.steps:
        result = results.get(step.name)
        refused = isinstance(result, Missing) and result.outcome is Outcome.REFUSED
        if isinstance(result, Missing) and not step.optional and (refused or not step.writes):
            if sent is None:
                return result
            return Missing(Outcome.UNKNOWN, f"after {sent.name} was sent, {step.name} failed: {result.reason}")
        if step.writes and result is not None:
            sent = step
    return None


def _lost(plan: Plan, results: Results) -> tuple[Step, Missing] | None:
    """The writing step that has no answer."""
    for step in plan.steps:
        result = results.get(step.name)
        if step.writes and isinstance(result, Missing):
            return step, result
    return None


def _finished(plan: Plan, results: Results, values: dict[str, Any]) -> MarketResponse:
    """Everything was run and no rule decided."""
    if not any(step.writes for step in plan.steps):
        return _response(plan, values, Outcome.DATA, None)
    tested = {name for rule in plan.rules for name in rule.when}
    seen = ", ".join(f"{name} = {shown(values[name])}" for name in plan.values if name in tested and name in values)
    lost = _lost(plan, results)
    if lost is None:
        return _response(plan, values, Outcome.UNKNOWN, f"the meter took the command, but reading back shows {seen}")
    step, missing = lost
    outcome = Outcome.UNKNOWN if step.repeat is Repeat.NEVER else Outcome.TIMED_OUT
    return _response(plan, values, outcome, f"{step.name}: {missing.reason}; reading back shows {seen}")


def _response(plan: Plan, values: Mapping[str, Any], outcome: Outcome, reason: str | None) -> MarketResponse:
    try:
        return MarketResponse(plan.request.service, outcome, reason, _data(plan, values))
    except msgspec.ValidationError as error:
        reason = f"the rows of model {plan.model} give no market answer: {error}"
        return MarketResponse(plan.request.service, Outcome.UNKNOWN, reason)


def _data(plan: Plan, values: Mapping[str, Any]) -> AnyData | None:
    """The market data where every field that it must have is known; None also where nothing is known.

    Raises `msgspec.ValidationError` for a value of another type: the rows are data, and may be wrong.
    """
    kind: type[Any] = plan.request.answer
    known = {name: values[name] for name in kind.__struct_fields__ if values.get(name) is not None}
    needed = kind.__struct_fields__[: len(kind.__struct_fields__) - len(kind.__struct_defaults__)]
    if not known or any(name not in known for name in needed):
        return None
    data: AnyData = msgspec.convert(known, kind)
    return data


def _decided(plan: Plan, values: Mapping[str, Any]) -> Rule | None:
    """The first rule that holds."""
    for rule in plan.rules:
        if all(name in values and _passes(values[name], test, plan) for name, test in rule.when.items()):
            return rule
    return None


def _passes(value: Any, test: Test, plan: Plan) -> bool:
    """A value that the meter does not give is never within a bound."""
    if not isinstance(test, Bound):
        return any(value == wanted and type(value) is type(wanted) for wanted in test)
    at_most, above = (_limit(limit, plan) for limit in limits(test))
    if value is None:
        return at_most is None and above is not None
    for number in (value, at_most, above):
        if isinstance(number, bool) or not isinstance(number, int | Decimal | None):
            raise NotRepresentable(f"{shown(number)} has no size, so that no rule can ask for it")
    return (at_most is not None or above is not None) and (
        (at_most is None or abs(value) <= at_most) and (above is None or abs(value) > above)
    )


def _limit(limit: int | str | None, plan: Plan) -> Any:
    return plan.request.parameters.get(limit) if isinstance(limit, str) else limit


def _reason(rule: Rule, values: Mapping[str, Any]) -> str | None:
    """The rule's words, with what they rest on where the meter did not do what was asked for."""
    if not rule.reason or Outcome(rule.outcome) is Outcome.ACKNOWLEDGED:
        return rule.reason or None
    return f"{rule.reason} ({', '.join(f'{name} = {shown(values[name])}' for name in rule.when)})"


__all__ = ["Answered", "Done", "Missing", "Plan", "Ready", "Repeat", "Results", "Step", "due", "ended", "next"]
