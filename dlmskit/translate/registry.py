"""From a market request and a device model to a plan: the model's row, with its objects filled in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from dlmskit.codec.data import null_data
from dlmskit.cosem import interface_class
from dlmskit.exceptions import PluginLoadError, UnsupportedService
from dlmskit.market.services import AnyRequest
from dlmskit.model.device import DeviceModel, ModelObject
from dlmskit.model.service import Conversion, Service, StepRow, limits
from dlmskit.obis import Obis
from dlmskit.session.operations import Action, ExecuteCommand, Get, ReadOut, ReadRegister, Set, WriteRegister
from dlmskit.translate.convert import converter
from dlmskit.translate.evaluate import operation_of
from dlmskit.translate.program import Binding, NativeOperation, Plan, Repeat, Step, Value

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)

REPEAT = {
    "get": Repeat.SAFE,
    "read-out": Repeat.SAFE,
    "read": Repeat.SAFE,
    "set": Repeat.COMPARE,
    "write": Repeat.COMPARE,
    "action": Repeat.NEVER,
    "execute": Repeat.NEVER,
}
"""By verb: what may be done when no answer came"""


def plan_for(request: AnyRequest, model: DeviceModel) -> Plan:
    """The plan that realises `request` on a meter of `model`.

    Raises `UnsupportedService` where the model has no row for the service, `UnknownObject` where the row names an
    object that the model lacks, `NotRepresentable` where a parameter has no form on this meter, `PluginLoadError` for
    rows that do not fit together.
    """
    service = service_row(request.service, model)
    plan = Plan(
        request=request,
        lineage=model.lineage or (model.id,),
        time=model.time,
        steps=bound_steps(service, model),
        values={name: bound_value(conversion, model) for name, conversion in service.values.items()},
        rules=service.rules,
    )
    _check(plan)
    return plan


def _check(plan: Plan) -> None:
    """Refuse what could only fail, or never hold, once the plan runs."""
    for step in plan.steps:
        operation_of(plan, step, _ANY_TIME)
    names = plan.request.parameters.keys() | {name for step in plan.steps for name in (step.name, f"{step.name}.at")}
    for name, value in plan.values.items():
        converter(plan.lineage, value.convert)
        for source in value.of:
            if source not in names:
                raise _broken(plan, f"value {name} is made of {source}, which is neither a parameter nor a step")
    for step in plan.steps:
        if step.name in plan.request.parameters:
            raise _broken(plan, f"step {step.name} has the name of a parameter")
    for limit in (limit for rule in plan.rules for test in rule.when.values() for limit in limits(test)):
        if isinstance(limit, str) and limit not in plan.request.parameters:
            raise _broken(plan, f"a rule is bounded by {limit}, which is no parameter")


def _broken(plan: Plan, reason: str) -> PluginLoadError:
    return PluginLoadError(f"model {plan.model}, {plan.request.service}: {reason}")


def supported(model: DeviceModel) -> tuple[str, ...]:
    """The market services that a model realises."""
    return tuple(row.id for row in model.services)


def service_row(service: str, model: DeviceModel) -> Service:
    """The model's row for a service. Raises `UnsupportedService`."""
    for row in model.services:
        if row.id == service:
            return row
    raise UnsupportedService(f"model {model.id} does not realise {service}")


def bound_steps(service: Service, model: DeviceModel) -> tuple[Step, ...]:
    """The row's steps with the model's objects filled in. Raises `UnknownObject`."""
    return tuple(_step(row, model) for row in service.steps)


def bound_value(conversion: Conversion, model: DeviceModel) -> Value:
    """A conversion with the model's objects filled in. Raises `UnknownObject`."""
    objects = {use: binding(model.object(role), model) for use, role in conversion.objects.items()}
    return Value(conversion.as_, conversion.of, objects, conversion.with_)


def associations(plan: Plan, model: DeviceModel) -> tuple[str, ...]:
    """Names of the model's associations whose rights allow every step that is not optional, in the model's order."""
    steps = [row for row in service_row(plan.request.service, model).steps if not row.optional]
    return tuple(row.name for row in model.associations if all(_allowed(step, row.name, model) for step in steps))


def _step(row: StepRow, model: DeviceModel) -> Step:
    value = bound_value(row.value, model) if row.value is not None else None
    operation = OPERATIONS[row.do](row, model)
    return Step(row.name, operation, REPEAT[row.do], value, row.optional, row.essential)


def binding(row: ModelObject, model: DeviceModel) -> Binding:
    """An object of the model as converters need it."""
    captured = (model.object(column.object).address for column in row.capture)
    columns = tuple(address for address in captured if address is not None)
    return Binding(row.class_id, row.obis, row.address, row.format, row.unit, row.scaler, columns)


def _cosem(row: StepRow, model: DeviceModel) -> tuple[int, Obis]:
    thing = model.object(row.object)
    if thing.class_id is None or thing.obis is None:
        raise UnsupportedService(f"model {model.id}: {row.do} needs a COSEM object, {row.object} is none")
    return thing.class_id, thing.obis


def _register(row: StepRow, model: DeviceModel, default: str) -> tuple[str, str]:
    """Address and command of an IEC 62056-21 object."""
    thing = model.object(row.object)
    if thing.address is None:
        raise UnsupportedService(f"model {model.id}: {row.do} needs an address, {row.object} has none")
    return thing.address, thing.command or default


def _get(row: StepRow, model: DeviceModel) -> Get:
    return Get(*_cosem(row, model), row.attribute)


def _set(row: StepRow, model: DeviceModel) -> Set:
    return Set(*_cosem(row, model), row.attribute, null_data())


def _action(row: StepRow, model: DeviceModel) -> Action:
    return Action(*_cosem(row, model), row.method)


def _read_out(row: StepRow, model: DeviceModel) -> ReadOut:
    return ReadOut()


def _read(row: StepRow, model: DeviceModel) -> ReadRegister:
    address, command = _register(row, model, _commands(model)[0])
    return ReadRegister(address, "", command)


def _write(row: StepRow, model: DeviceModel) -> WriteRegister:
    address, command = _register(row, model, _commands(model)[1])
    return WriteRegister(address, "", command)


def _execute(row: StepRow, model: DeviceModel) -> ExecuteCommand:
    address, command = _register(row, model, _commands(model)[2])
    return ExecuteCommand(address, "", command)


def _commands(model: DeviceModel) -> tuple[str, str, str]:
    """The connection's commands to read, write and execute."""
    settings = model.connection.iec21 if model.connection is not None else None
    if settings is None:
        raise UnsupportedService(f"model {model.id} has no [connection.iec21]")
    return settings.read_command, settings.write_command, settings.execute_command


OPERATIONS: dict[str, Callable[[StepRow, DeviceModel], NativeOperation]] = {
    "get": _get,
    "set": _set,
    "action": _action,
    "read-out": _read_out,
    "read": _read,
    "write": _write,
    "execute": _execute,
}
"""By verb: the operation, without what it carries"""


RIGHTS = {"get": "r", "set": "w", "action": "x", "read-out": "", "read": "r", "write": "w", "execute": "x"}
"""By verb: the right that an association must give; a read-out needs none"""


def _allowed(step: StepRow, association: str, model: DeviceModel) -> bool:
    needed = RIGHTS[step.do]
    if not needed:
        return True
    thing = model.object(step.object)
    declared = interface_class(thing.class_id, thing.version) if thing.class_id is not None else None
    if declared is None:
        return needed in thing.rights(association)
    method = declared.method(step.method)
    if step.do == "action":
        return method is not None and needed in thing.method_rights(association, method.name)
    attribute = declared.attribute(step.attribute)
    return needed in thing.rights(association, attribute.name if attribute is not None else None)
