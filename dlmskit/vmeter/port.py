"""One line into a virtual meter: a meter stack, pumped, with the meter's time moved at every step. No port, no thread.

A host owns the real line and calls this with what came in; `speed` lets simulated time run faster than the host's, or
with 0 stand still, while the time-outs of the line stay real.
"""

from __future__ import annotations

from typing import Any, Protocol

from dlmskit.exceptions import FirmwareModelError
from dlmskit.link.base import Disconnected
from dlmskit.security.needs import CounterNeed, CounterProvided, CounterSighting


class Stack(Protocol):
    """What a meter stack is to a port."""

    def open(self, now: float) -> None: ...

    def receive_data(self, data: bytes, now: float) -> None: ...

    def data_to_send(self) -> bytes: ...

    def next_event(self) -> Any: ...

    def provide(self, answer: Any, now: float) -> None: ...

    def next_deadline(self) -> float | None: ...

    def handle_timeout(self, now: float) -> None: ...


class Meter(Protocol):
    """What every meter is to a port."""

    def advance(self, now: float) -> None: ...


class CounterKeeper(Protocol):
    """Who keeps the invocation counters of a meter that protects APDUs."""

    def reserve_counters(self, count: int) -> int: ...

    def saw_client(self, sighting: CounterSighting) -> None: ...


FASTEST = 1_000_000.0


class MeterPort:
    """Octets in, octets out. `finished` says that the meter gave the line up.

    Raises `FirmwareModelError` for a `speed` outside 0 to a million.
    """

    def __init__(
        self, meter: Meter, stack: Stack, *, counters: CounterKeeper | None = None, speed: float = 1.0
    ) -> None:
        if not 0 <= speed <= FASTEST:
            raise FirmwareModelError(f"simulated time runs 0 to {FASTEST:.0f} times as fast as ours, found {speed}")
        self.finished = False
        self._meter = meter
        self._stack = stack
        self._counters = counters
        self._speed = speed

    def open(self, now: float) -> None:
        """Begin to listen."""
        self._meter.advance(now * self._speed)
        self._stack.open(now)
        self._pump(now)

    def receive(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        self._meter.advance(now * self._speed)
        self._stack.receive_data(data, now)
        self._pump(now)

    def data_to_send(self) -> bytes:
        """Octets for the line, empty when there are none."""
        return self._stack.data_to_send()

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called, None for never."""
        return self._stack.next_deadline()

    def handle_timeout(self, now: float) -> None:
        """Act on a deadline that has passed."""
        self._meter.advance(now * self._speed)
        self._stack.handle_timeout(now)
        self._pump(now)

    def _pump(self, now: float) -> None:
        while (event := self._stack.next_event()) is not None:
            if isinstance(event, Disconnected):
                self.finished = not event.clean
            elif self._counters is not None and isinstance(event, CounterNeed):
                first = self._counters.reserve_counters(event.count)
                self._stack.provide(CounterProvided(first, event.count), now)
            elif self._counters is not None and isinstance(event, CounterSighting):
                self._counters.saw_client(event)
