"""What a session asks of whoever keeps keys and counters, and work that goes on when the answer is there.

Work of this kind is a generator: it yields an event that asks something, is sent the answer, and returns its result.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, TypeVar

from dlmskit.exceptions import DlmskitError, PolicyError
from dlmskit.security.needs import (
    AgreeNeed,
    CounterNeed,
    CounterProvided,
    KeysNeed,
    KeysProvided,
    SecretProvided,
    SignatureProvided,
    SignNeed,
    VerificationProvided,
    VerifyNeed,
)
from dlmskit.session.base import SessionEvent

T = TypeVar("T")
Steps = Generator[SessionEvent, Any, T]
Ask = Callable[[SessionEvent, Callable[[Any], None]], None]

_ANSWERS: dict[type[Any], type[Any]] = {
    KeysNeed: KeysProvided,
    CounterNeed: CounterProvided,
    SignNeed: SignatureProvided,
    VerifyNeed: VerificationProvided,
    AgreeNeed: SecretProvided,
}
QUESTIONS = tuple(_ANSWERS)


class Questions:
    """Events that ask go out through `emit`; each answer goes to who asked the oldest question of its kind."""

    def __init__(self, emit: Callable[[SessionEvent], None]) -> None:
        self._emit = emit
        self._askers: dict[type[Any], deque[Callable[[Any], None]]] = {}

    def ask(self, event: SessionEvent, take: Callable[[Any], None]) -> None:
        """Emit `event`; `take` gets the answer, however late, and must know whether it is still wanted."""
        kind = next(answer for need, answer in _ANSWERS.items() if isinstance(event, need))
        self._askers.setdefault(kind, deque()).append(take)
        self._emit(event)

    def answer(self, answer: Any) -> None:
        """Pass an answer on; one that nobody waits for is dropped. Raises what the asker raises."""
        askers = self._askers.get(type(answer))
        if askers:
            askers.popleft()(answer)


class Work:
    """Runs generators one after another, each when the one before has ended.

    An error ends all of them and comes out of `put`, or of the answer that led to it. What the questions of dropped
    work bring is not used.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._waiting: deque[Steps[None]] = deque()
        self._running: Steps[None] | None = None

    def __len__(self) -> int:
        return len(self._waiting) + (self._running is not None)

    def put(self, steps: Steps[None]) -> None:
        """Begin, or wait for what runs."""
        if self._running is not None or self._waiting:
            self._waiting.append(steps)
            return
        self._running = steps
        self._go_on(steps, None)
        if self._waiting:
            self._begin()

    def clear(self) -> None:
        """Drop what runs and what waits."""
        self._waiting.clear()
        self._running = None

    def _begin(self) -> None:
        while self._waiting and self._running is None:
            self._running = self._waiting.popleft()
            self._go_on(self._running, None)

    def _go_on(self, steps: Steps[None], answer: Any) -> None:
        try:
            question = steps.send(answer)
        except StopIteration:
            # work may have dropped itself, and something else runs already
            if steps is self._running:
                self._running = None
        except DlmskitError:
            self.clear()
            raise
        else:
            self._ask(question, partial(self._answered, steps))

    def _answered(self, steps: Steps[None], answer: Any) -> None:
        if steps is self._running:
            self._go_on(steps, answer)
            self._begin()


def unasked(steps: Steps[T]) -> T:
    """The result of work that asks nothing. Raises `PolicyError` where it does ask."""
    try:
        next(steps)
    except StopIteration as end:
        result: T = end.value
        return result
    raise PolicyError("a message whose key has to be agreed, or whose signature verified, has no place here")
