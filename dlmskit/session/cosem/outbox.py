"""Messages on their way out; a message that has to be sealed waits until counters were provided for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from dlmskit.exceptions import KeyUnavailable
from dlmskit.security.keys import KeyPurpose
from dlmskit.security.needs import CounterProvided
from dlmskit.session.base import CounterNeeded, SessionEvent
from dlmskit.session.cosem.channel import Channel


class Outbox:
    """Holds builders of messages in order; each is called when everything it needs is there."""

    def __init__(self, emit: Callable[[SessionEvent], None]) -> None:
        self._emit = emit
        self._ready: list[bytes] = []
        self._waiting: deque[Callable[[], bytes]] = deque()
        self._channel: Channel | None = None
        self._block = 0
        self._asked: tuple[str, bytes] | None = None

    def use(self, channel: Channel | None, counter_block: int = 0) -> None:
        """Messages from now on take their counters from `channel`; waiting ones are dropped."""
        self._waiting.clear()
        self._channel, self._block = channel, max(counter_block, 2)

    def put(self, build: Callable[[], bytes]) -> None:
        """Queue a message. What `build` raises comes out here or in `provide`."""
        self._waiting.append(build)
        self._flush()

    def provide(self, answer: CounterProvided) -> None:
        """Go on with reserved counters. Raises `KeyUnavailable` where there are none left."""
        asked, self._asked = self._asked, None
        if self._channel is not None and asked != self._channel.stream:
            self._flush()  # they were reserved for an association that is gone, under another key
            return
        if answer.first is None or answer.count < 2:
            self._waiting.clear()
            raise KeyUnavailable("no invocation counter is left for this key: it must be changed")
        if self._channel is not None:
            self._channel.refill(answer.first, answer.count)
        self._flush()

    def take(self) -> list[bytes]:
        """Everything that is ready, oldest first."""
        ready, self._ready = self._ready, []
        return ready

    def drop_waiting(self) -> None:
        """Forget what still waits for counters."""
        self._waiting.clear()

    def clear(self) -> None:
        """Forget what was not yet taken."""
        self._waiting.clear()
        self._ready.clear()

    def _flush(self) -> None:
        while self._waiting:
            if self._channel is not None and self._channel.short:
                self._ask(self._channel)
                return
            self._ready.append(self._waiting.popleft()())

    def _ask(self, channel: Channel) -> None:
        if self._asked is not None:
            return
        self._asked = key_id, title = channel.stream
        self._emit(CounterNeeded(KeyPurpose.GUEK.value, self._block, title, key_id))
