"""Pushes: what a meter sends unasked, by schedule, by command or because something happened.

The object's attributes say what is sent, where to and how often it is tried; the model's `push` says in which form,
under whose keys and on which events. A push is made when it is sent: it tells the values of that moment. An event that
takes the power away is told at once and once, the last gasp. What could not be delivered is sent anew with a counter of
its own. Communication windows, restrictions and confirmations are kept and not acted upon.

Source: Blue Book, Push setup.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

from dlmskit.model.device import ModelObject
from dlmskit.vmeter.agenda import Organ
from dlmskit.vmeter.clock import SECOND

if TYPE_CHECKING:
    from dlmskit.vmeter.firmware import Firmware

PUSH_SETUP = 40
LAST_GASP = "power-down"
MOST_WAITING = 64
"""pushes that a meter holds until its host takes them, and requests that one setup holds; the oldest go first"""


class Outgoing(msgspec.Struct, frozen=True):
    """A push on its way: the role of its setup, the transport service by its Blue Book name, where to, the APDU with
    the wports of meter and receiver, and how often it was tried before."""

    setup: str
    service: str
    destination: str
    apdu: bytes
    server_sap: int
    client_sap: int
    tried: int = 0


class PushSetup(Organ):
    """The organ behind one object of class 40."""

    def __init__(self, firmware: Firmware, row: ModelObject) -> None:
        self.role = row.name
        self.pushes = 0
        """sent so far, repetitions included"""
        self._firmware = firmware
        self._row = row
        self._requests = 0
        self._waiting: list[tuple[int, int]] = []

    def next_due(self, after: int) -> int | None:
        return min((due for due, _ in self._waiting if due > after), default=None)

    def happen(self, at: int) -> None:
        due = [each for each in self._waiting if each[0] <= at]
        self._waiting = [each for each in self._waiting if each[0] > at]
        for _, tried in due:
            self._send(tried)

    def resume(self) -> None:
        """What fell due without power is sent now."""
        self.happen(self._firmware.clock.physical)

    def request(self) -> None:
        """A push is wanted: now, or after a time of chance in the randomisation interval."""
        self._requests += 1
        interval = self._firmware.meaning(self._row, "randomisation_start_interval") or 0
        self._later(self._chance(interval * SECOND), 0)

    def heard(self, event: str) -> None:
        """Something happened in the meter."""
        if event not in self._row.push.on:
            return
        if event == LAST_GASP:
            self._send(0)
        else:
            self.request()

    def delivered(self, tried: int, success: bool) -> None:
        """What became of a push that was tried so often before. Without power nothing is repeated."""
        retries = self._firmware.meaning(self._row, "number_of_retries") or 0
        if not success and self._firmware.powered and tried < retries:
            self._later(self._delay(tried) * SECOND, tried + 1)

    def save(self) -> Any:
        return [self.pushes, self._requests, [list(each) for each in self._waiting]]

    def load(self, state: Any) -> None:
        self.pushes, self._requests, waiting = state
        self._waiting = [(due, tried) for due, tried in waiting]

    def _later(self, wait: int, tried: int) -> None:
        if not wait:
            self._send(tried)
            return
        self._waiting = [*self._waiting, (self._firmware.clock.physical + wait, tried)][-MOST_WAITING:]
        self._firmware.agenda.replan()

    def _send(self, tried: int) -> None:
        where = self._firmware.meaning(self._row, "send_destination_and_method")
        if where and where["destination"]:
            self.pushes += 1
            self._firmware.send(self._row, self.pushes, where["transport_service"], where["destination"], tried)

    def _delay(self, tried: int) -> int:
        """Seconds before the next try; since version 2 of the class they may grow from try to try."""
        delay = self._firmware.meaning(self._row, "repetition_delay") or 0
        if not isinstance(delay, dict):
            return int(delay)
        first, growth = delay["repetition_delay_min"], delay["repetition_delay_exponent"]
        return int(min(first * growth**tried // 100**tried, delay["repetition_delay_max"]))

    def _chance(self, interval: int) -> int:
        """Milliseconds below an interval, seeded."""
        key = self._firmware.seed.to_bytes(16, "big", signed=True) + self._row.name.encode()
        digest = blake2b(self._requests.to_bytes(8, "big"), digest_size=8, key=key[:64], person=b"push").digest()
        return int.from_bytes(digest, "big") % (interval + 1)
