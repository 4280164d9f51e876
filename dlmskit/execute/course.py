"""The course of one plan on one meter, without I/O: which operation is due, and what its end means.

This alone decides what is asked for again. A read without an answer is repeated, a bounded number of times. A step that
writes is asked for once: whatever then goes wrong, the plan reads back and says what it saw.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from dlmskit.exceptions import (
    AssociationError,
    DlmskitError,
    EncodeError,
    ExceptionResponseError,
    LocalProtocolError,
    SecurityError,
    ServiceError,
    TransportError,
)
from dlmskit.market.outcome import Outcome
from dlmskit.market.services import MarketResponse
from dlmskit.session.operations import Operation
from dlmskit.stack.recovery import Attempts, Retry
from dlmskit.translate import plan as plans
from dlmskit.translate.program import Answered, Done, Missing, Plan, Ready, Repeat

Clock = Callable[[], datetime]
"""Gives the time now, aware"""
Observer = Callable[[Ready, Answered | Missing], None]
"""Told of every step that ended"""

READ_REPEATS = 2
"""times that a read without an answer is asked for again"""

TRIED = frozenset({"hardware-fault", "other-reason"})
"""refusals after which a switch may have moved all the same: only reading back tells"""

_OURS = (AssociationError, SecurityError, LocalProtocolError, EncodeError)
"""errors that are about the connection or the caller; raised as they are while the meter is untouched"""


class Course:
    """Give each `operation` to a meter and tell `answered` or `failed`, until it is None and `response` is there.

    `broken` says that the line failed and a new connection may help; tell `reconnected` when there is one. Raises
    `NotRepresentable` where a parameter has no form on the meter.
    """

    def __init__(
        self, plan: Plan, now: Clock, on_step: Observer | None = None, read_repeats: int = READ_REPEATS
    ) -> None:
        self.operation: Operation | None = None
        self.response: MarketResponse | None = None
        self.broken = False
        self._plan = plan
        self._now = now
        self._on_step = on_step
        self._retry = Retry(read_repeats)
        self._attempts = Attempts(self._retry)
        self._results: dict[str, Answered | Missing] = {}
        self._due: list[Ready] = []
        self._silences: list[TransportError] = []
        self._advance()

    def answered(self, value: Any) -> None:
        """The operation gave this."""
        self.broken = False
        self._end_step(Answered(value, self._now()))

    def reconnected(self) -> None:
        """There is a new connection, and time has passed: what carries the time is made anew."""
        self.broken = False
        self._due.clear()
        self._advance()

    def failed(self, error: DlmskitError) -> None:
        """The operation, or the connection before it, failed. Raises `error` itself where it is not about the meter."""
        self.broken = isinstance(error, TransportError)
        if isinstance(error, TransportError):
            self._silences.append(error)
            if not self._due[0].step.writes and self._attempts.again(error):
                return
            self._end_step(Missing(Outcome.TIMED_OUT, str(error)))
        elif isinstance(error, ServiceError):
            # an exception-response names no request and carries no proof: an earlier or a forged one looks the same
            doubtful = error.result in TRIED or isinstance(error, ExceptionResponseError)
            tried = self._due[0].step.repeat is Repeat.NEVER and doubtful
            self._end_step(Missing(Outcome.UNKNOWN if tried else Outcome.REFUSED, str(error)))
        elif self._silences:
            self._end_step(Missing(Outcome.TIMED_OUT, f"{self._silences[0]}; then {error}"))
        elif isinstance(error, _OURS) and not self._written():
            raise error
        else:
            self._end_step(Missing(Outcome.UNKNOWN, str(error)))

    def _written(self) -> bool:
        """Whether the meter may have been changed, the present step included."""
        sent = any(step.writes and step.name in self._results for step in self._plan.steps)
        return sent or self._due[0].step.writes

    def _end_step(self, result: Answered | Missing) -> None:
        ready = self._due.pop(0)
        self._results[ready.step.name] = result
        self._silences.clear()
        self._attempts = Attempts(self._retry)
        if self._on_step is not None:
            self._on_step(ready, result)
        if isinstance(result, Missing):
            self._due.clear()
        self._advance()

    def _advance(self) -> None:
        if not self._due:
            ahead = plans.next(self._plan, self._results, self._now())
            if isinstance(ahead, Done):
                self.response, self.operation = ahead.response, None
                return
            self._due = list(ahead)
        self.operation = self._due[0].operation
