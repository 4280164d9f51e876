"""The meter's end of a line that several clients share: each client address has a link of its own, up to a bound."""

from __future__ import annotations

import msgspec

from dlmskit.exceptions import LocalProtocolError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.link.base import Connected, Disconnected, LinkEvent
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.control import FrameKind
from dlmskit.link.hdlc.frame import HdlcFrame
from dlmskit.link.hdlc.parameters import HdlcParameters
from dlmskit.link.hdlc.server import HdlcServerLink
from dlmskit.link.hdlc.stream import Dropped, FrameReader
from dlmskit.link.outbox import Outbox
from dlmskit.link.timers import Timers

MOST_CLIENTS = 8


class HdlcServerLine:
    """A meter at `address` for at most `most` clients at once, told apart by their addresses; a `Link`.

    One that connects when all places are taken is answered as if the meter were disconnected (DM). A place is free
    again when its client disconnects or is silent for too long. `Connected`, `Disconnected` and `Received` name the
    client.
    """

    def __init__(
        self,
        address: HdlcAddress,
        parameters: HdlcParameters | None = None,
        *,
        most: int = MOST_CLIENTS,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._address = address
        self._parameters = parameters or HdlcParameters()
        self._most = most
        self._limits = limits
        self._reader = FrameReader()
        self._out = Outbox()
        self._timers = Timers()
        self._active = False
        self._nobody = self._link()
        """answers whoever has no link: never connected itself"""
        self._links: dict[int, HdlcServerLink] = {}

    # The verbs of a link.

    def open(self, now: float) -> None:
        """Listen; `Connected` follows each client's SNRM."""
        self._reader = FrameReader()
        self._active = True
        self._nobody.open(now)

    def close(self, now: float) -> None:
        """Stop listening; `Disconnected` at once for every client that was connected."""
        self._active = False
        for client, link in list(self._links.items()):
            link.close(now)
            self._gather(client, link)

    def send(self, message: bytes, now: float) -> None:
        """Queue one whole message for the only client. Raises `LocalProtocolError` when there is not exactly one."""
        if len(self._links) != 1:
            raise LocalProtocolError(f"{len(self._links)} clients are connected, and none was named")
        self.answer(message, now, next(iter(self._links)))

    def answer(self, message: bytes, now: float, client: int) -> None:
        """Queue one whole message for this client. Raises `LocalProtocolError` when it is not connected."""
        link = self._links.get(client)
        if link is None:
            raise LocalProtocolError(f"client {client} is not connected")
        link.send(message, now)
        self._gather(client, link)

    def push(self, message: bytes, now: float, client_sap: int | None = None) -> None:
        """Send one message in UI frames, to `client_sap` or to the client that is connected.

        Raises `LocalProtocolError` when nobody listens, or none is named and not exactly one is connected.
        """
        links = list(self._links.values())
        link = links[0] if client_sap is None and len(links) == 1 else self._links.get(client_sap or 0, self._nobody)
        link.push(message, now, client_sap)
        self._gather(client_sap or 0, link)

    def expect(self, now: float) -> None:
        """Nothing to do: a meter is polled and does not poll."""

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        if self._active:
            self._take(self._reader.feed(data), now)

    def data_to_send(self) -> bytes:
        """Octets for the line."""
        return self._out.data_to_send()

    def next_event(self) -> LinkEvent | None:
        """The oldest event not yet taken."""
        return self._out.next_event()

    def next_deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""
        deadlines = (self._timers.next(), *(link.next_deadline() for link in (self._nobody, *self._links.values())))
        return min((at for at in deadlines if at is not None), default=None)

    def handle_timeout(self, now: float) -> None:
        """Act on every deadline that has passed."""
        for client, link in list(self._links.items()):
            link.handle_timeout(now)
            self._gather(client, link)
        self._nobody.handle_timeout(now)
        self._gather(0, self._nobody)
        if self._timers.due(now):
            self._take(self._reader.abandon(), now)

    # Frames to links.

    def _take(self, items: list[HdlcFrame | Dropped], now: float) -> None:
        for item in items:
            header = item.refused if isinstance(item, Dropped) else item
            client = -1 if header is None else header.source.upper
            link = self._links.get(client, self._nobody)
            if link is not self._nobody or isinstance(item, Dropped) or item.control.kind is not FrameKind.SNRM:
                link.take([item], now)
            elif len(self._links) >= self._most:
                link.refuse(item)
            else:
                link = self._links[client] = self._link()
                link.open(now)
                link.take([item], now)
            self._gather(client, link)
        if self._reader.pending:
            self._timers.start("octet", now + self._parameters.inter_octet_timeout)
        else:
            self._timers.stop("octet")

    def _link(self) -> HdlcServerLink:
        return HdlcServerLink(self._address, self._parameters, limits=self._limits)

    def _gather(self, client: int, link: HdlcServerLink) -> None:
        """Carry what a link has to say to the line's own queues; a link that has nothing to remember is given up."""
        if octets := link.data_to_send():
            self._out.write(octets)
        while (event := link.next_event()) is not None:
            if isinstance(event, Connected | Disconnected):
                event = msgspec.structs.replace(event, client=client)
            self._out.emit(event)
        if link.idle and self._links.get(client) is link:
            del self._links[client]
