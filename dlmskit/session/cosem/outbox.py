"""Messages on their way out; one that has to be sealed waits until everything that it needs was provided."""

from __future__ import annotations

from collections.abc import Callable

from dlmskit.session.cosem.channel import Channel
from dlmskit.session.cosem.questions import Ask, Steps, Work

Build = Callable[[], bytes | Steps[bytes]]
"""makes a message, out of counters that were reserved before"""


class Outbox:
    """Makes messages in order, each when there are counters for it."""

    def __init__(self, ask: Ask) -> None:
        self._ready: list[bytes] = []
        self._work = Work(ask)
        self._channel: Channel | None = None

    def use(self, channel: Channel | None) -> None:
        """Messages from now on take their counters from `channel`; waiting ones are dropped."""
        self._work.clear()
        self._channel = channel

    @property
    def waits(self) -> bool:
        """Whether something is not finished."""
        return bool(len(self._work))

    def put(self, message: bytes | Build) -> None:
        """Queue a message. What making it raises comes out here or with the answer that it waited for."""
        if isinstance(message, bytes) and not self.waits:
            self._ready.append(message)
        else:
            self._work.put(self._make(message))

    def take(self) -> list[bytes]:
        """Everything that is ready, oldest first."""
        ready, self._ready = self._ready, []
        return ready

    @property
    def empty(self) -> bool:
        """Whether nothing is on its way out."""
        return not (self._ready or self.waits)

    def drop_waiting(self) -> None:
        """Forget what is not finished."""
        self._work.clear()

    def clear(self) -> None:
        """Forget what was not yet taken."""
        self._work.clear()
        self._ready.clear()

    def _make(self, message: bytes | Build) -> Steps[None]:
        if not isinstance(message, bytes):
            if self._channel is not None and self._channel.short:
                yield from self._channel.reserve()
            made = message()
            message = made if isinstance(made, bytes) else (yield from made)
        self._ready.append(message)
