"""Plans as octets without a meter: what would go out for a request from a stated association state.

Octets of a step depend on what is stated, on the time, and on answers: supplied results are followed, so that a plan
ends where a meter with these answers would end it; without them every step is shown, with the rules under which it
would not be sent. No live counter is touched (see `dlmskit.stack.render`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from dlmskit.enums import Mechanism
from dlmskit.exceptions import KeyUnavailable, UnsupportedService
from dlmskit.market.services import MarketResponse
from dlmskit.model.device import Association, DeviceModel
from dlmskit.session.cosem.settings import CLIENT_CONFORMANCE
from dlmskit.stack.render import AssociationState, RenderedFrame, Sealing, SignedOnState, State, render
from dlmskit.translate.evaluate import operation_of
from dlmskit.translate.plan import ended
from dlmskit.translate.program import Answered, Missing, NativeOperation, Plan, Results, Step
from dlmskit.translate.text import operation_text, rule_text


class RenderedStep(msgspec.Struct, frozen=True):
    """One step: its operation in full, the pieces of octets that go out for it, and the rules that would stop it."""

    step: Step
    operation: NativeOperation
    frames: tuple[RenderedFrame, ...]
    unless: tuple[str, ...]

    def __str__(self) -> str:
        head = f"{self.step.name}: {operation_text(self.operation)}" + "".join(
            f", not sent if {r}" for r in self.unless
        )
        return "\n".join([head, *(f"  {frame.octets.hex(' ')}" for frame in self.frames)])


class Rendering(msgspec.Struct, frozen=True):
    """What goes out for a plan; `response` is the market's answer where the supplied results give it."""

    steps: tuple[RenderedStep, ...]
    response: MarketResponse | None = None

    @property
    def octets(self) -> tuple[bytes, ...]:
        """All pieces in the order in which they go out."""
        return tuple(frame.octets for step in self.steps for frame in step.frames)

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))


def render_plan(plan: Plan, state: State, now: datetime, results: Results | None = None) -> Rendering:
    """What a client whose clock shows `now` sends for `plan` from `state` on, given `results` by step name.

    Raises `NotRepresentable` for a parameter without a form, `LocalProtocolError` for what the state does not allow,
    `SecurityError` kinds for protection that cannot be made.
    """
    steps, known = _sent(plan, results or {})
    operations = [operation_of(plan, step, now) for step in steps]
    answers = [_answer(known.get(step.name)) for step in steps]
    frames = render(operations, state, answers)
    rendered = tuple(
        RenderedStep(
            step,
            operation,
            tuple(frame for frame in frames if frame.operation == index),
            _unless(plan, step, known),
        )
        for index, (step, operation) in enumerate(zip(steps, operations, strict=True))
    )
    return Rendering(rendered, ended(plan, known))


def state_for(model: DeviceModel, association: str, sealing: Sealing | None = None) -> State:
    """The state of a model's association just after it was opened, with what the model says for everything else.

    A ciphered association needs `sealing`, whose counters must be nobody else's. Raises `UnknownObject` for an unknown
    association, `KeyUnavailable` where sealing is missing, `UnsupportedService` for a model without a connection.
    """
    row, connection = model.association(association), model.connection
    if connection is not None and connection.link == "iec21" and connection.iec21 is not None:
        return SignedOnState(programming=row.password_command is not None, address=connection.iec21.address)
    if connection is None or (connection.link != "hdlc" and connection.link != "wrapper"):
        raise UnsupportedService(f"model {model.id} has no connection that a client could ask over")
    if row.context.ciphered and sealing is None:
        raise KeyUnavailable(f"association {association} of model {model.id} is ciphered: state keys and counter")
    exchanged = _exchanged(row)
    hdlc = connection.hdlc
    return AssociationState(
        framing=connection.link,
        client_sap=row.client_sap,
        server_sap=row.server_sap,
        server_lower=hdlc.server_lower if connection.link == "hdlc" else None,
        address_octets=hdlc.address_octets if connection.link == "hdlc" else 0,
        send_sequence=exchanged,
        receive_sequence=exchanged,
        max_info=hdlc.max_info_tx,
        invoke_id=exchanged,
        capacity=row.max_receive_pdu_size or None,
        conformance=row.conformance or CLIENT_CONFORMANCE,
        sealing=sealing if row.context.ciphered else None,
    )


def _exchanged(row: Association) -> int:
    """APDUs that opening takes: the association request, and with HLS the proof."""
    return 2 if row.mechanism >= Mechanism.HIGH else 1


def _sent(plan: Plan, results: Results) -> tuple[list[Step], dict[str, Answered | Missing]]:
    """The steps that go out, and the results of those up to where the plan ends."""
    steps: list[Step] = []
    known: dict[str, Answered | Missing] = {}
    lost = False
    for step in plan.steps:
        if ended(plan, known) is not None:
            break
        if lost and step.writes:
            continue
        steps.append(step)
        if step.name in results:
            known[step.name] = results[step.name]
        lost = lost or (step.writes and isinstance(known.get(step.name), Missing))
    return steps, known


def _answer(result: Answered | Missing | None) -> Any:
    return result.value if isinstance(result, Answered) else None


def _unless(plan: Plan, step: Step, known: Mapping[str, object]) -> tuple[str, ...]:
    """Rules that what is read before the step, and was not supplied, could end the plan with."""
    place = plan.steps.index(step)
    before = {earlier.name for earlier in plan.steps[:place]}
    if not step.writes:
        return ()
    own = {each.name for each in plan.steps}
    unless = []
    for rule in plan.rules:
        sources = {name.removesuffix(".at") for value in rule.when for name in plan.values[value].of} & own
        if sources <= before and not sources <= known.keys():
            unless.append(rule_text(rule))
    return tuple(unless)
