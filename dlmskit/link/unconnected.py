"""What links without set-up have in common: they are up from `open` to `close`."""

from __future__ import annotations

from dlmskit.link.base import Connected, Disconnected, LinkEvent, SetLine
from dlmskit.link.outbox import Outbox
from dlmskit.link.timers import Timers


class UnconnectedLink:
    """Base of links that send and take messages as soon as they are open. `line` is set when the link opens."""

    def __init__(self, line: SetLine | None = None) -> None:
        self._line = line
        self._out = Outbox()
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

    def data_to_send(self) -> bytes:
        """Octets for the line, up to the next line request; none where the link listens only."""
        return self._out.data_to_send()

    def next_event(self) -> LinkEvent | None:
        """The oldest event not yet taken."""
        return self._out.next_event()

    def next_deadline(self) -> float | None:
        """When what has begun must be whole."""
        return self._timers.next()
