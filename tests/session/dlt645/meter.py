"""A meter of a few identifiers in memory, and a client joined to it by stacks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dlmskit.exceptions import DataAccessError
from dlmskit.link.base import FrameDropped
from dlmskit.link.dlt645 import Dlt645Link
from dlmskit.security.keys import KeySet
from dlmskit.security.needs import KeysProvided
from dlmskit.session.base import KeysNeeded
from dlmskit.session.dlt645 import Dlt645ClientSession, Dlt645MeterSession, Dlt645Settings
from dlmskit.stack.client import ClientStack
from dlmskit.stack.meter import MeterStack

ADDRESS = "123456781012"
PASSWORD = bytes.fromhex("00123456")


class Identifiers:
    """Implements `IdentifierServer`."""

    def __init__(self) -> None:
        self.values = {0x00000000: bytes.fromhex("50500000"), 0x04000101: bytes.fromhex("01021125")}
        self.clock: datetime | None = None
        self.commands: list[tuple[int, bytes]] = []
        self.operator = b""

    def read(self, identifier: int, parameters: bytes) -> bytes:
        try:
            return self.values[identifier]
        except KeyError:
            raise DataAccessError("no-requested-data") from None

    def write(self, identifier: int, value: bytes, operator: bytes) -> None:
        self.values[identifier], self.operator = value, operator

    def command(self, function: int, data: bytes) -> bytes:
        self.commands.append((function, data))
        return b""

    def set_clock(self, local: datetime) -> None:
        self.clock = local

    def password_ok(self, password: bytes) -> bool:
        return password == PASSWORD


class Pair:
    """A client and a meter on one line, with a clock that stands still unless told."""

    def __init__(self, address: str = ADDRESS, password: bytes | None = PASSWORD) -> None:
        self.server = Identifiers()
        self.session = Dlt645ClientSession(Dlt645Settings(address))
        self.client = ClientStack(Dlt645Link(), self.session)
        self.meter = MeterStack(Dlt645Link("meter"), Dlt645MeterSession(self.server, ADDRESS))
        self.events: list[Any] = []
        self.keys = KeySet(password=password) if password is not None else None
        self.meter.open(0.0)
        self.client.open(0.0)
        self.settle()

    def settle(self) -> list[Any]:
        """Carry octets until the line is quiet; the client's new events."""
        seen = len(self.events)
        moved = True
        while moved:
            moved = False
            for sender, receiver in ((self.client, self.meter), (self.meter, self.client)):
                if data := sender.data_to_send():
                    moved = True
                    # a half-duplex line: both hear everything
                    sender.receive_data(data, 0.0)
                    receiver.receive_data(data, 0.0)
            while (event := self.client.next_event()) is not None:
                moved = True
                if isinstance(event, KeysNeeded):
                    self.client.provide(KeysProvided(self.keys), 0.0)
                if not isinstance(event, FrameDropped):
                    self.events.append(event)
            while self.meter.next_event() is not None:
                moved = True
        return self.events[seen:]

    def run(self, operation: Any) -> Any:
        """The last event of one operation."""
        self.client.start(operation, 0.0)
        return self.settle()[-1]
