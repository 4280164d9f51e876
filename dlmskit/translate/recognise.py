"""Observed native operations back to the market commands that they carry, by the same rows that plans are made of.

A service is recognised by its essential steps; the reads around them are explained with it where they were made. What
no service explains is named. Requests may come from any head end, so accompanying steps may be absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from dlmskit.exceptions import DlmskitError
from dlmskit.market.services import AnyRequest, service_type
from dlmskit.model.device import DeviceModel
from dlmskit.model.service import Service
from dlmskit.session.operations import GetList, Operation
from dlmskit.translate.convert import from_meter, to_meter
from dlmskit.translate.evaluate import CARRIED, field_of
from dlmskit.translate.program import Binding, Step, Terms
from dlmskit.translate.registry import bound_steps


class Candidate(msgspec.Struct, frozen=True):
    """A market command that some of the operations carry.

    `request` is None where its parameters could not be read back; `note` says why. `operations` are indices of the
    operations explained, `absent` the names of accompanying steps that were not seen.
    """

    service: str
    request: AnyRequest | None
    operations: tuple[int, ...]
    absent: tuple[str, ...] = ()
    note: str = ""


class Recognition(msgspec.Struct, frozen=True):
    """Candidates in the order of the operations, and indices of the operations that none explains."""

    candidates: tuple[Candidate, ...]
    unexplained: tuple[int, ...]

    @property
    def ambiguous(self) -> bool:
        """Whether the same operations have more than one reading."""
        readings = [candidate.operations for candidate in self.candidates]
        return len(set(readings)) != len(readings)


def recognise(operations: Sequence[Operation], model: DeviceModel) -> Recognition:
    """What `operations`, observed on a meter of `model`, ask for in the market's terms.

    A candidate whose operations are all part of a larger one (the reading back of a command) is left out. Services that
    the model cannot realise after all are passed over.
    """
    single = list(_singly(operations))
    found: list[tuple[Service, tuple[Step, ...], dict[str, int]]] = []
    for service in model.services:
        try:
            steps = bound_steps(service, model)
        except DlmskitError:
            continue
        found += [(service, steps, matched) for matched in _occurrences(steps, single, model)]
    spans = [{single[place][0] for place in matched.values()} for _, _, matched in found]
    kept = [
        _candidate(service, steps, matched, single, model)
        for (service, steps, matched), span in zip(found, spans, strict=True)
        if not any(span < other for other in spans)
    ]
    kept.sort(key=lambda candidate: candidate.operations)
    explained = {place for candidate in kept for place in candidate.operations}
    return Recognition(tuple(kept), tuple(place for place in range(len(operations)) if place not in explained))


def _singly(operations: Iterable[Operation]) -> Iterator[tuple[int, Operation]]:
    """Each operation with its index; the items of a list share theirs."""
    for index, operation in enumerate(operations):
        for item in operation.items if isinstance(operation, GetList) else (operation,):
            yield index, item


def _occurrences(
    steps: tuple[Step, ...], single: list[tuple[int, Operation]], model: DeviceModel
) -> Iterator[dict[str, int]]:
    """Where the steps occur in order: place in `single` by step name, one mapping for each time.

    A step is looked for on its own side of every writing step. An operation that would be a step's second match begins
    the next occurrence.
    """
    essential = {step.name for step in steps if step.essential} or {step.name for step in steps}
    matched: dict[str, int] = {}
    for place, (_, operation) in enumerate(single):
        fitting = [step for step in steps if _fits(step, operation, model)]
        free = next((step for step in fitting if step.name not in matched and _in_turn(step, steps, matched)), None)
        if free is None and any(step.name in matched for step in fitting):
            if essential <= matched.keys():
                yield matched
            matched = {}
            free = next((step for step in fitting if _in_turn(step, steps, matched)), None)
        if free is not None:
            matched[free.name] = place
    if essential <= matched.keys():
        yield matched


def _in_turn(step: Step, steps: tuple[Step, ...], matched: dict[str, int]) -> bool:
    """Every writing step before it was seen, and none after it."""
    own = steps.index(step)
    others = [(place, other) for place, other in enumerate(steps) if other.writes and other is not step]
    return all((other.name in matched) == (place < own) for place, other in others)


def _fits(step: Step, operation: Operation, model: DeviceModel) -> bool:
    """Whether the operation is the step's, whatever parameters it carries; fixed contents must be the same."""
    if type(operation) is not type(step.operation):
        return False
    tag = str(operation.__struct_config__.tag)
    carried = CARRIED.get(tag) if step.value is not None else None
    fields = (name for name in operation.__struct_fields__ if name != carried)
    if any(getattr(operation, name) != getattr(step.operation, name) for name in fields):
        return False
    if step.value is None or carried is None:
        return True
    content = getattr(operation, carried)
    if step.value.of:
        return content is not None
    terms = Terms(model.time, step.value.objects, step.value.options)
    return bool(content == to_meter(model.lineage, step.value.convert)((), terms))


def _candidate(
    service: Service,
    steps: tuple[Step, ...],
    matched: dict[str, int],
    single: list[tuple[int, Operation]],
    model: DeviceModel,
) -> Candidate:
    places = tuple(sorted({single[place][0] for place in matched.values()}))
    absent = tuple(step.name for step in steps if step.name not in matched)
    seen = [(step, single[matched[step.name]][1]) for step in steps if step.name in matched]
    try:
        request = service_type(service.id)(**_parameters(seen, service, model))
    except (DlmskitError, TypeError) as error:
        return Candidate(service.id, None, places, absent, f"parameters not read back: {error}")
    return Candidate(service.id, request, places, absent)


def _parameters(seen: list[tuple[Step, Operation]], service: Service, model: DeviceModel) -> dict[str, Any]:
    """Parameters of the request out of what the operations carry.

    Steps with the same converter and the same parameters hold parts of one value and are read together.
    """
    groups: dict[tuple[str, tuple[str, ...]], list[tuple[Step, Operation]]] = {}
    for step, operation in seen:
        if step.value is not None and step.value.of:
            groups.setdefault((step.value.convert, step.value.of), []).append((step, operation))
    names = set(service_type(service.id).__struct_fields__)
    parameters: dict[str, Any] = {}
    for (convert, of), parts in groups.items():
        carried = tuple(getattr(operation, field_of(operation)) for _, operation in parts)
        value = from_meter(model.lineage, convert)(carried, _joint_terms([step for step, _ in parts], model))
        values = value if isinstance(value, tuple) else (value,)
        parameters.update((name, part) for name, part in zip(of, values, strict=False) if name in names)
    return parameters


def _joint_terms(steps: list[Step], model: DeviceModel) -> Terms:
    objects: dict[str, Binding] = {}
    options: dict[str, Any] = {}
    for step in steps:
        assert step.value is not None
        objects.update(step.value.objects)
        options.update(step.value.options)
    return Terms(model.time, objects, options)
