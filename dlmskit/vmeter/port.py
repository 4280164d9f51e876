"""One line into a virtual meter: a meter stack, pumped, with the meter's time moved at every step. No port, no thread.

A host owns the real line and calls this with what came in; `speed` lets simulated time run faster than the host's, or
with 0 stand still, while the time-outs of the line stay real.
"""

from __future__ import annotations

from typing import Any, Protocol

from dlmskit.exceptions import FirmwareModelError
from dlmskit.link.base import Connected, Disconnected, SetLine


class Stack(Protocol):
    """What a meter stack is to a port."""

    def open(self, now: float) -> None: ...

    def close(self, now: float) -> None: ...

    def receive_data(self, data: bytes, now: float) -> None: ...

    def data_to_send(self) -> bytes: ...

    def next_event(self) -> Any: ...

    def provide(self, answer: Any, now: float) -> None: ...

    def next_deadline(self) -> float | None: ...

    def handle_timeout(self, now: float) -> None: ...


class Meter(Protocol):
    """What every meter is to a port."""

    def advance(self, now: float) -> None: ...


class Keeper(Protocol):
    """Who keeps keys and counters of a meter that protects APDUs."""

    def answer(self, event: Any) -> Any | None:
        """What to provide for an event that asks, None for one that does not; it may be noted."""


class Port(Protocol):
    """What every line into a meter is to a host."""

    @property
    def finished(self) -> bool:
        """Whether the meter gave the line up."""

    @property
    def setting(self) -> tuple[int, str] | None:
        """Rate and format that the octets of the next `data_to_send` go out with, None where the link has none."""

    def open(self, now: float) -> None:
        """Begin to listen."""

    def close(self, now: float) -> None:
        """The line is gone: whoever was associated over it is not any more."""

    def receive(self, data: bytes, now: float) -> None:
        """Take octets from the line."""

    def data_to_send(self) -> bytes:
        """Octets for the line, empty when there are none; to be asked until then."""

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called, None for never."""

    def handle_timeout(self, now: float) -> None:
        """Act on a deadline that has passed."""


FASTEST = 1_000_000.0


class MeterPort:
    """Octets in, octets out. `finished` says that the meter gave the line up.

    Raises `FirmwareModelError` for a `speed` outside 0 to a million.
    """

    def __init__(self, meter: Meter, stack: Stack, *, keeper: Keeper | None = None, speed: float = 1.0) -> None:
        if not 0 <= speed <= FASTEST:
            raise FirmwareModelError(f"simulated time runs 0 to {FASTEST:.0f} times as fast as ours, found {speed}")
        self.finished = False
        self.setting: tuple[int, str] | None = None
        self._now = 0.0
        self._meter = meter
        self._stack = stack
        self._keeper = keeper
        self._clients: set[int | None] = set()
        self._speed = speed

    def open(self, now: float) -> None:
        """Begin to listen."""
        self._meter.advance(now * self._speed)
        self._stack.open(now)
        self._pump(now)

    def close(self, now: float) -> None:
        """The line is gone: whoever was associated over it is not any more."""
        self._stack.close(now)
        self._pump(now)

    def receive(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        self._meter.advance(now * self._speed)
        self._stack.receive_data(data, now)
        self._pump(now)

    def data_to_send(self) -> bytes:
        """Octets for the line, empty when there are none; to be asked until then."""
        octets = self._stack.data_to_send()
        if octets:
            self._pump(self._now)  # what the line has to change to behind them
        return octets

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called, None for never."""
        return self._stack.next_deadline()

    def handle_timeout(self, now: float) -> None:
        """Act on a deadline that has passed."""
        self._meter.advance(now * self._speed)
        self._stack.handle_timeout(now)
        self._pump(now)

    def _pump(self, now: float) -> None:
        self._now = now
        while (event := self._stack.next_event()) is not None:
            if isinstance(event, Connected):
                self._clients.add(event.client)
            elif isinstance(event, Disconnected):
                self._clients.discard(event.client)
                self.finished = not event.clean and not self._clients
            elif isinstance(event, SetLine):
                self.setting = event.baud, event.format
            elif self._keeper is not None and (reply := self._keeper.answer(event)) is not None:
                self._stack.provide(reply, now)
