"""Observed native operations back to the market commands that they carry, by the same rows that plans are made of.

A service is recognised by its essential steps; the reads around them are explained with it where they were made. What
no service explains is named. Requests may come from any head end, so accompanying steps may be absent.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from dlmskit.exceptions import DlmskitError
from dlmskit.market.services import AnyRequest, service_type
from dlmskit.model.device import DeviceModel
from dlmskit.model.service import Service
from dlmskit.session.operations import GetList, Operation
from dlmskit.translate.convert import from_meter, to_meter
from dlmskit.translate.evaluate import CARRIED, carried
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


class _Occurrence(NamedTuple):
    """One time that a service was seen: its steps, and the place of each one found."""

    service: Service
    steps: tuple[Step, ...]
    places: dict[str, int]

    @property
    def essential(self) -> set[int]:
        return {self.places[step.name] for step in self.steps if step.essential and step.name in self.places}

    @property
    def writes(self) -> bool:
        return any(step.writes for step in self.steps)

    def within(self, other: _Occurrence) -> bool:
        """Whether this is but a part of `other`: the reading around a command, or fewer of the same operations."""
        mine, others = set(self.places.values()), set(other.places.values())
        return mine < others or (other.writes and not self.writes and self.essential <= others)


def recognise(operations: Sequence[Operation], model: DeviceModel) -> Recognition:
    """What `operations`, observed on a meter of `model`, ask for in the market's terms.

    What is but the reading around a command is no candidate of its own. Services that the model's rows cannot realise
    are passed over.
    """
    single = list(_singly(operations))
    found: list[_Occurrence] = []
    for service in model.services:
        try:
            steps = bound_steps(service, model)
            found += [_Occurrence(service, steps, places) for places in _occurrences(steps, single, model)]
        except DlmskitError:
            continue
    # only occurrences that share an operation can be part of one another
    at: dict[int, list[_Occurrence]] = {}
    for each in found:
        for place in each.places.values():
            at.setdefault(place, []).append(each)
    kept = [each for each in found if not any(each.within(other) for p in each.essential for other in at[p])]
    candidates = sorted((_candidate(each, single, model) for each in kept), key=_order)
    explained = {place for candidate in candidates for place in candidate.operations}
    return Recognition(tuple(candidates), tuple(place for place in range(len(operations)) if place not in explained))


def _order(candidate: Candidate) -> tuple[int, ...]:
    return candidate.operations


def _singly(operations: Iterable[Operation]) -> Iterator[tuple[int, Operation]]:
    """Each operation with its index; the items of a list share theirs."""
    for index, operation in enumerate(operations):
        for item in operation.items if isinstance(operation, GetList) else (operation,):
            yield index, item


def _occurrences(
    steps: tuple[Step, ...], single: list[tuple[int, Operation]], model: DeviceModel
) -> Iterator[dict[str, int]]:
    """Where the steps occur: place in `single` by step name, one mapping for each time the essential ones do.

    Every other step is the nearest fitting operation, on its own side of what writes, between the neighbouring times.
    """
    fitting = {
        step.name: [place for place, (_, operation) in enumerate(single) if _fits(step, operation, model)]
        for step in steps
    }
    essential = [step for step in steps if step.essential] or list(steps)
    anchors = list(_anchors(essential, fitting))
    edges = [(-1, -1), *((min(anchor.values()), max(anchor.values())) for anchor in anchors), (len(single),) * 2]
    used: set[int] = set()
    for (_, low), anchor, (high, _) in zip(edges, anchors, edges[2:], strict=False):
        matched = dict(anchor)
        for step in steps:
            if step.name in matched:
                continue
            for span, forward in _spans(step, steps, anchor, low, high):
                place = _nearest(fitting[step.name], span, forward, used)
                if place is not None:
                    matched[step.name] = place
                    break
        used.update(matched.values())
        yield matched


def _anchors(essential: list[Step], fitting: dict[str, list[int]]) -> Iterator[dict[str, int]]:
    """Each time that all essential steps were seen, in whatever order."""
    seen: dict[str, int] = {}
    for place, name in sorted((place, step.name) for step in essential for place in fitting[step.name]):
        seen[name] = place
        if len(seen) == len(essential):
            yield seen
            seen = {}


def _spans(
    step: Step, steps: tuple[Step, ...], anchor: dict[str, int], low: int, high: int
) -> list[tuple[range, bool]]:
    """Where to look for an accompanying step, the likely side first, and whether forward.

    Steps of a service that writes keep their side of the writing; reads alone may come in any order.
    """
    own = steps.index(step)
    before = [place for other, place in _placed(steps, anchor) if other < own]
    after = [place for other, place in _placed(steps, anchor) if other > own]
    left = (range(low + 1, min(after, default=high)), False)
    right = (range(max(before, default=low) + 1, high), True)
    if any(other.writes for other in steps):
        span = range(max(before, default=low) + 1, min(after, default=high))
        return [(span, bool(before))]
    return [right, left] if before else [left, right]


def _placed(steps: tuple[Step, ...], anchor: dict[str, int]) -> list[tuple[int, int]]:
    return [(index, anchor[step.name]) for index, step in enumerate(steps) if step.name in anchor]


def _nearest(places: list[int], span: range, forward: bool, used: set[int]) -> int | None:
    """The first free place in the span, from its begin or from its end."""
    inside = places[bisect_left(places, span.start) : bisect_left(places, span.stop)]
    return next((place for place in (inside if forward else reversed(inside)) if place not in used), None)


def _fits(step: Step, operation: Operation, model: DeviceModel) -> bool:
    """Whether the operation is the step's, whatever parameters it carries; fixed contents must be the same."""
    if type(operation) is not type(step.operation):
        return False
    free, _ = CARRIED.get(str(operation.__struct_config__.tag), ("", None)) if step.value is not None else ("", None)
    fields = (name for name in operation.__struct_fields__ if name != free)
    if any(getattr(operation, name) != getattr(step.operation, name) for name in fields):
        return False
    if step.value is None or not free:
        return True
    if step.value.of:
        return carried(operation) is not None
    terms = Terms(model.time, step.value.objects, step.value.options)
    return bool(carried(operation) == to_meter(model.lineage, step.value.convert, (), terms))


def _candidate(seen: _Occurrence, single: list[tuple[int, Operation]], model: DeviceModel) -> Candidate:
    service, steps, places = seen
    operations = tuple(sorted({single[place][0] for place in places.values()}))
    absent = tuple(step.name for step in steps if step.name not in places)
    found = [(step, single[places[step.name]][1]) for step in steps if step.name in places]
    try:
        request = service_type(service.id)(**_parameters(found, service, model))
    except (DlmskitError, TypeError) as error:
        return Candidate(service.id, None, operations, absent, f"parameters not read back: {error}")
    return Candidate(service.id, request, operations, absent)


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
        arguments = tuple(carried(operation) for _, operation in parts)
        value = from_meter(model.lineage, convert, arguments, _joint_terms([step for step, _ in parts], model))
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
