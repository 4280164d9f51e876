"""A link and a receiver session put together: it listens for pushes and says nothing."""

from __future__ import annotations

from typing import Any

from dlmskit.apdu import GeneralBlockTransfer
from dlmskit.exceptions import DlmskitError, RemoteProtocolError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.link.base import Link, Received
from dlmskit.session.base import Failed
from dlmskit.session.cosem.receiver import ReceiverSession
from dlmskit.stack.blocks import BlockJoiner
from dlmskit.stack.events import EventQueue, StackEvent


class ReceiverStack:
    """Gives `Notified` for every push that comes over `link`, and `Failed` for every message that is none.

    Pushes in general block transfer are put together first, for each sender of the line by itself.
    """

    def __init__(self, link: Link, session: ReceiverSession, *, limits: Limits = DEFAULT_LIMITS) -> None:
        self._link = link
        self._session = session
        self._limits = limits
        self._blocks = BlockJoiner(limits)
        self._events = EventQueue()

    def open(self, now: float) -> None:
        """Begin to listen."""
        self._link.open(now)
        self._advance(now)

    def close(self, now: float) -> None:
        """Stop listening."""
        self._link.close(now)
        self._advance(now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line. Never raises for what a peer sent."""
        self._link.receive_data(data, now)
        self._advance(now)

    def data_to_send(self) -> bytes:
        """Octets for the line: what the link itself acknowledges, mostly nothing."""
        return self._link.data_to_send()

    def next_event(self) -> StackEvent | None:
        """The oldest event not yet taken."""
        return self._events.take()

    def provide(self, answer: Any, now: float) -> None:
        """Answer a `KeysNeeded` event."""
        self._session.provide(answer, now)
        self._advance(now)

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called, None for never."""
        return self._link.next_deadline()

    def handle_timeout(self, now: float) -> None:
        """Give up the rest of a push that did not come."""
        self._link.handle_timeout(now)
        self._advance(now)

    def _advance(self, now: float) -> None:
        while (below := self._link.next_event()) is not None:
            if isinstance(below, Received):
                self._receive(below, now)
            else:
                self._events.put(below)
        while (above := self._session.next_event()) is not None:
            self._events.put(above)

    def _receive(self, received: Received, now: float) -> None:
        if not received.octets.startswith(GeneralBlockTransfer.HEAD):
            self._session.receive(received.octets, now)
            return
        try:
            block = GeneralBlockTransfer.from_bytes(received.octets, limits=self._limits)
            joined = self._blocks.take((received.source, received.destination), block)
        except DlmskitError as error:
            self._events.put(Failed(error))
            return
        if joined.broken_off:
            words = f"a general block transfer was broken off by the next one after {joined.broken_off} blocks"
            self._events.put(Failed(RemoteProtocolError(words)))
        if joined.message is not None:
            self._session.receive(joined.message, now)
