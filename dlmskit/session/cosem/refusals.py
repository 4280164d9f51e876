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


class CounterHints:
    """What a refusal says about the counter that the meter expects, and how far that is believed.

    Nobody vouches for a refusal, and a counter once raised never comes back. So its word counts once, up to
    `most_ahead` further, and again only after an association has opened since: forgeries cannot use the counters up.
    """

    def __init__(self, most_ahead: int) -> None:
        self._most_ahead = most_ahead
        self._believed = False

    def opened(self) -> None:
        """An association has opened: a hint that came before was right, or harmless."""
        self._believed = False

    def of(self, refusal: Apdu, channel: Channel | None) -> list[CounterHinted]:
        """What follows for our counter; `channel` is where the refused request took one, None where it took none."""
        expected = refusal.invocation_counter if isinstance(refusal, ExceptionResponse) else None
        if expected is None or channel is None or not self._most_ahead or self._believed:
            return []
        hinted = channel.hinted(expected, self._most_ahead)
        self._believed = hinted is not None
        return [] if hinted is None else [hinted]
