"""What links without set-up have in common: they are up from `open` to `close`."""

from __future__ import annotations

from collections.abc import Callable

from dlmskit.link.base import Connected, Disconnected, LinkEvent, SetLine
from dlmskit.link.outbox import Outbox
from dlmskit.link.timers import Timers


class UnconnectedLink:
    """Base of links that send and take messages as soon as they are open. `line` is set when the link opens."""

    def __init__(self, line: SetLine | None = None) -> None:
        self._line = line
        self._out = Outbox()
        # none of these links adds to what its outbox says, and both are asked many times for each message
        self.data_to_send: Callable[[], bytes] = self._out.data_to_send
        self.next_event: Callable[[], LinkEvent | None] = self._out.next_event
        self._timers = Timers()
        self._up = False

    def open(self, now: float) -> None:
        """`Connected` at once."""
        self._up = True
        if self._line is not None:
            self._out.emit(self._line)
        self._out.emit(Connected())

    def close(self, now: float) -> None:
        """`Disconnected` at once."""
        self._down("closed", clean=True)

    def expect(self, now: float) -> None:
        """Nothing to do: the other end speaks when it likes."""

    def _down(self, reason: str, *, clean: bool = False) -> None:
        if self._up:
            self._up = False
            self._timers.stop()
            self._out.emit(Disconnected(reason, clean))

    def next_deadline(self) -> float | None:
        """When what has begun must be whole."""
        return self._timers.next()
