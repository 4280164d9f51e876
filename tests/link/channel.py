"""Joins two links in memory with a clock of its own; the line may lose, double or spoil what is sent."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from dlmskit.link.base import Link, LinkEvent, Received

Line = Callable[[bytes], list[bytes]]


def perfect(data: bytes) -> list[bytes]:
    """Everything arrives once."""
    return [data]


class Channel:
    """`client` and `meter` on one line. Events go to `client_events` and `meter_events`."""

    def __init__(self, client: Link, meter: Link, line: Line = perfect, answer: Callable[[bytes], bytes] | None = None):
        self.client, self.meter, self.line, self.answer = client, meter, line, answer
        self.now = 0.0
        self.client_events: list[LinkEvent] = []
        self.meter_events: list[LinkEvent] = []

    def open(self) -> None:
        self.meter.open(self.now)
        self.client.open(self.now)
        self.settle()

    def settle(self) -> None:
        """Carry octets both ways until the line is quiet."""
        while self._carry():
            pass

    def _carry(self) -> bool:
        moved = False
        ends = [(self.client, self.client_events), (self.meter, self.meter_events), (self.client, self.client_events)]
        for (sender, _), (receiver, events) in pairwise(ends):
            for data in self.line(sender.data_to_send()):
                if data:
                    moved = True
                    receiver.receive_data(data, self.now)
            while (event := receiver.next_event()) is not None:
                moved = True
                events.append(event)
                if receiver is self.meter and isinstance(event, Received) and self.answer:
                    self.meter.send(self.answer(event.octets), self.now)
            while (event := sender.next_event()) is not None:
                moved = True
                (self.client_events if sender is self.client else self.meter_events).append(event)
        return moved

    def run(self, seconds: float) -> None:
        """Let time pass from deadline to deadline."""
        end = self.now + seconds
        self.settle()
        while True:
            deadlines = [at for link in (self.client, self.meter) if (at := link.next_deadline()) is not None]
            if not deadlines or min(deadlines) > end:
                break
            self.now = max(self.now, min(deadlines))
            for link in (self.client, self.meter):
                at = link.next_deadline()
                if at is not None and at <= self.now:
                    link.handle_timeout(self.now)
            self.settle()
        self.now = end

    def received(self) -> list[bytes]:
        """What the client was given."""
        return [event.octets for event in self.client_events if isinstance(event, Received)]


def events_of(link: Link) -> list[LinkEvent]:
    """All events that wait."""
    found = []
    while (event := link.next_event()) is not None:
        found.append(event)
    return found
