"""Values of a plan: arguments looked up by name, converters applied, operations completed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.codec.data import Data
from dlmskit.exceptions import DecodeError, DlmskitError, EncodeError, NotRepresentable, PluginLoadError
from dlmskit.session.operations import Operation
from dlmskit.translate.convert import from_meter, to_meter
from dlmskit.translate.program import Answered, Missing, NativeOperation, Plan, Results, Step, Terms, Value

CARRIED: dict[str, tuple[str, type]] = {
    "get": ("access", SelectiveAccess),
    "set": ("value", Data),
    "action": ("parameters", Data),
    "read-register": ("value", str),
    "write-register": ("value", str),
    "execute-command": ("value", str),
}
"""By operation: the field that a step's value fills, and what it must be"""


def terms(plan: Plan, value: Value) -> Terms:
    """What the converter of `value` is told besides its arguments."""
    return Terms(plan.time, value.objects, value.options)


def operation_of(plan: Plan, step: Step, now: datetime) -> NativeOperation:
    """The step's operation in full. Raises `NotRepresentable`."""
    if step.value is None:
        return step.operation
    given = {**plan.request.parameters, "now": now}
    try:
        arguments = tuple(given[name] for name in step.value.of)
    except KeyError as error:
        raise NotRepresentable(f"{plan.request.service} has no parameter {error}, which {step.name} needs") from None
    try:
        native = to_meter(plan.lineage, step.value.convert, arguments, terms(plan, step.value))
    except EncodeError as error:
        raise NotRepresentable(f"{plan.request.service}, {step.name}: {error}") from None
    field, kind = CARRIED.get(str(step.operation.__struct_config__.tag), ("", type(None)))
    if not isinstance(native, kind) or not field:
        raise PluginLoadError(
            f"model {plan.model}, {plan.request.service}: {step.name} cannot carry what {step.value.convert} makes"
        )
    return msgspec.structs.replace(step.operation, **{field: native})


def carried(operation: Operation) -> Any:
    """What an operation carries besides its address, None for nothing."""
    field, _ = CARRIED.get(str(operation.__struct_config__.tag), ("", None))
    return getattr(operation, field) if field else None


def known_values(plan: Plan, results: Results) -> dict[str, Any]:
    """Every value whose steps have results; None where a step of it is missing.

    Raises what converters raise, except where all its steps are optional: such a value is None.
    """
    arguments = _arguments(plan, results)
    optional = {step.name for step in plan.steps if step.optional}
    found: dict[str, Any] = {}
    for name, value in plan.values.items():
        if not all(source in arguments for source in value.of):
            continue
        given = tuple(arguments[source] for source in value.of)
        if any(isinstance(argument, Missing) for argument in given):
            found[name] = None
            continue
        try:
            found[name] = from_meter(plan.lineage, value.convert, given, terms(plan, value))
        except (DecodeError, NotRepresentable) as error:
            if not optional.issuperset(_steps(value, plan)):
                raise _named(error, name) from None
            found[name] = None
    return found


def _arguments(plan: Plan, results: Results) -> Mapping[str, Any]:
    arguments: dict[str, Any] = plan.request.parameters
    for name, result in results.items():
        arguments[name] = result.value if isinstance(result, Answered) else result
        arguments[f"{name}.at"] = result.at if isinstance(result, Answered) else result
    return arguments


def _steps(value: Value, plan: Plan) -> set[str]:
    sources = {source.removesuffix(".at") for source in value.of}
    return sources & {step.name for step in plan.steps}


def _named(error: DlmskitError, name: str) -> DlmskitError:
    return NotRepresentable(f"{name}: {error}")
