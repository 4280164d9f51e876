"""Many meters of one model in one process: seeds counted up, each made when somebody first speaks to it.

A meter that nobody asks costs nothing but its place; what it would have done meanwhile is done when it is asked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from dlmskit.exceptions import DecodeError
from dlmskit.link.hdlc.frame import HdlcFrame
from dlmskit.link.hdlc.stream import FrameReader
from dlmskit.link.wrapper import WrapperReader
from dlmskit.vmeter.build import AnyMeter, CosemLink
from dlmskit.vmeter.faults import Fault, Faults
from dlmskit.vmeter.port import Port


class Fleet:
    """`count` meters, by number from 0; `make` makes one. `faults` strike each from its own number."""

    def __init__(self, count: int, make: Callable[[int], AnyMeter], faults: tuple[Fault, ...] = ()) -> None:
        self.count = count
        self._make = make
        self._faults = faults
        self._made: dict[int, tuple[AnyMeter, Faults]] = {}

    @property
    def made(self) -> int:
        """How many exist by now."""
        return len(self._made)

    def meter(self, number: int) -> AnyMeter:
        """A meter by number."""
        return self._member(number)[0]

    def faults(self, number: int) -> Faults:
        """The faults of a meter."""
        return self._member(number)[1]

    def _member(self, number: int) -> tuple[AnyMeter, Faults]:
        if number not in self._made:
            self._made[number] = self._make(number), Faults(self._faults, number)
        return self._made[number]


class SharedPort:
    """One line behind which many meters are: each takes what is sent to its own address. A `Port`.

    `connect` gives the port of a meter by number, None where there is none: over the wrapper that is its SAP, over HDLC
    its physical device address. What goes to all stations, to no meter, or is damaged is answered by none.
    """

    setting = None

    def __init__(self, link: CosemLink, connect: Callable[[int], Port | None]) -> None:
        self.finished = False
        self._connect = connect
        self._frames = FrameReader() if link == "hdlc" else None
        self._pdus = WrapperReader()
        self._ports: dict[int, Port] = {}
        self._deadlines: dict[int, float] = {}
        self._speaking: deque[Port] = deque()

    def open(self, now: float) -> None:
        """See `Port`. A meter's own line is opened when it is first spoken to."""

    def close(self, now: float) -> None:
        """See `Port`."""
        for port in self._ports.values():
            port.close(now)

    def receive(self, data: bytes, now: float) -> None:
        """See `Port`. A wrapper stream that is broken ends the line."""
        if self._frames is not None:
            for frame in self._frames.feed(data):
                if isinstance(frame, HdlcFrame):
                    self._pass(frame.destination.lower, frame.to_bytes(), now)
            return
        try:
            for pdu in self._pdus.feed(data):
                self._pass(pdu.destination_wport, pdu.to_bytes(), now)
        except DecodeError:
            self.finished = True

    def data_to_send(self) -> bytes:
        """See `Port`."""
        while self._speaking:
            if octets := self._speaking[0].data_to_send():
                return octets
            self._speaking.popleft()
        return b""

    def next_deadline(self) -> float | None:
        """See `Port`."""
        return min(self._deadlines.values(), default=None)

    def handle_timeout(self, now: float) -> None:
        """See `Port`."""
        for number in [number for number, due in self._deadlines.items() if due <= now]:
            self._ports[number].handle_timeout(now)
            self._settle(number, now)

    def _pass(self, number: int | None, octets: bytes, now: float) -> None:
        if number is None:
            return
        port = self._ports.get(number)
        if port is None:
            port = self._connect(number)
            if port is None:
                return
            self._ports[number] = port
            port.open(now)
        port.receive(octets, now)
        self._settle(number, now)

    def _settle(self, number: int, now: float) -> None:
        port = self._ports[number]
        self._speaking.append(port)
        deadline = port.next_deadline()
        if port.finished:
            port.close(now)
            del self._ports[number]
            deadline = None
        if deadline is None:
            self._deadlines.pop(number, None)
        else:
            self._deadlines[number] = deadline
