"""Plans in words, for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dlmskit.model.service import Bound, Rule, Test

if TYPE_CHECKING:
    from dlmskit.session.operations import Operation
    from dlmskit.translate.program import Plan, Value


def plan_text(plan: Plan) -> str:
    """The whole plan, one line for each step, value and rule."""
    return "\n".join(_lines(plan))


def operation_text(operation: Operation) -> str:
    """An operation in one line: ``get 3 1-0:1.8.0*255 attribute 2``."""
    words = [str(operation.__struct_config__.tag)]
    for name in operation.__struct_fields__:
        value = getattr(operation, name)
        if value is None or value == "" or name in ("value", "parameters", "access"):
            continue
        words.append(f"{name} {value}" if name in ("attribute", "method") else str(value))
    return " ".join(words)


def shown(value: Any) -> str:
    """A value as it stands in a reason or a plan."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _lines(plan: Plan) -> Iterator[str]:
    given = {name: value for name, value in plan.request.parameters.items() if value is not None}
    asked = ", ".join(f"{name} = {shown(value)}" for name, value in given.items())
    yield f"{plan.request.service} on {plan.model}" + (f" ({asked})" if asked else "")
    width = max((len(step.name) for step in plan.steps), default=0)
    for number, step in enumerate(plan.steps, 1):
        carried = f" carrying {_value(step.value)}" if step.value is not None else ""
        optional = ", optional" if step.optional else ""
        yield f"  {number}. {step.name:{width}}  {operation_text(step.operation)}{carried}  [{step.repeat}{optional}]"
    for name, value in plan.values.items():
        yield f"  {name} = {_value(value)}"
    for rule in plan.rules:
        yield f"  {rule.outcome} when {rule_text(rule)}" + (f": {rule.reason}" if rule.reason else "")


def _value(value: Value) -> str:
    options = [f"{key}={shown(option)}" for key, option in value.options.items()]
    objects = [f"{use}={bound.obis or bound.address}" for use, bound in value.objects.items()]
    return f"{value.convert}({', '.join([*value.of, *objects, *options])})"


def rule_text(rule: Rule) -> str:
    """When a rule holds: ``control_mode is 0``."""
    return " and ".join(f"{name} {_test(test)}" for name, test in rule.when.items())


def _test(test: Test) -> str:
    if isinstance(test, Bound):
        bounds = {"at most": test.at_most, "above": test.above}
        return "is " + " and ".join(f"{word} {limit}" for word, limit in bounds.items() if limit is not None)
    return "is " + " or ".join(shown(value) for value in test)
