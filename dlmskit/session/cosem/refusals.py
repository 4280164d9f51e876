"""A meter's refusals that answer no service: in words, and what one says about the invocation counter."""

from __future__ import annotations

from dlmskit.apdu import Apdu, ConfirmedServiceError, ExceptionResponse
from dlmskit.session.base import CounterHinted
from dlmskit.session.cosem.channel import Channel

REFUSALS = (ExceptionResponse, ConfirmedServiceError)


def words(refusal: Apdu) -> str:
    """What the meter says."""
    if isinstance(refusal, ConfirmedServiceError):
        return refusal.label
    assert isinstance(refusal, ExceptionResponse)
    said = f"{refusal.state_error.label}, {refusal.service_error.label}"
    counter = refusal.invocation_counter
    return said if counter is None else f"{said}: the meter expects {counter}"


def hints(refusal: Apdu, channel: Channel | None, most_ahead: int) -> list[CounterHinted]:
    """What follows for our counter, where the meter names the one that it expects; at most `most_ahead` further."""
    expected = refusal.invocation_counter if isinstance(refusal, ExceptionResponse) else None
    if expected is None or channel is None or not most_ahead:
        return []
    hinted = channel.hinted(expected, most_ahead)
    return [] if hinted is None else [hinted]
