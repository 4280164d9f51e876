"""UI frames: joining segmented ones, and the passive link that only listens for pushes."""

from __future__ import annotations

from dlmskit.exceptions import LocalProtocolError
from dlmskit.limits import DEFAULT_LIMITS, Limits
from dlmskit.link.base import FrameDropped, LinkEvent, Received
from dlmskit.link.hdlc import llc
from dlmskit.link.hdlc.control import FrameKind
from dlmskit.link.hdlc.frame import HdlcFrame
from dlmskit.link.hdlc.parameters import HdlcParameters
from dlmskit.link.hdlc.stream import Dropped, FrameReader
from dlmskit.link.unconnected import UnconnectedLink


class UiJoiner:
    """Joins the segments of UI frames from one source at a time."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._parts = bytearray()
        self._joining = False
        self._from: object = None

    @property
    def joining(self) -> bool:
        """Whether a push has begun and its tail is to come."""
        return self._joining

    def take(self, frame: HdlcFrame) -> list[LinkEvent]:
        """`Received` when the push is whole, `FrameDropped` for what could not be joined."""
        events: list[LinkEvent] = []
        route = (frame.source, frame.destination)
        if self._joining and route != self._from:
            events += self.abandon("a segmented push was broken off by another meter's")
        if len(self._parts) + len(frame.information) > self._limits.apdu_octets:
            lost = len(self._parts) + len(frame.information)
            self._forget()
            return [*events, FrameDropped(f"apdu_octets: a push is over {self._limits.apdu_octets} octets", lost)]
        self._from = route
        self._parts += frame.information
        self._joining = frame.segmented
        if not frame.segmented:
            message = llc.strip_push(bytes(self._parts))
            self._forget()
            events.append(Received(message, frame.source.upper, frame.destination.upper, unsolicited=True))
        return events

    def abandon(self, reason: str) -> list[LinkEvent]:
        """Give up a push whose tail did not come."""
        lost = len(self._parts)
        self._forget()
        return [FrameDropped(reason, lost)] if lost else []

    def _forget(self) -> None:
        self._parts.clear()
        self._joining = False


class HdlcPushLink(UnconnectedLink):
    """Listens for UI frames, whoever they are for; never sends. Other frames are dropped with a reason."""

    def __init__(self, parameters: HdlcParameters | None = None, *, limits: Limits = DEFAULT_LIMITS) -> None:
        super().__init__()
        self._parameters = parameters or HdlcParameters()
        self._reader = FrameReader()
        self._joiner = UiJoiner(limits)

    def send(self, message: bytes, now: float) -> None:
        """Raises `LocalProtocolError`: this link listens only."""
        raise LocalProtocolError("a push link only listens")

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        if self._up:
            self._take(self._reader.feed(data), now)

    def _take(self, items: list[HdlcFrame | Dropped], now: float) -> None:
        for item in items:
            if isinstance(item, Dropped):
                self._out.emit(FrameDropped(item.reason, item.octets))
            elif item.control.kind is not FrameKind.UI:
                self._out.emit(FrameDropped(f"{item.control.kind} frame where only pushes are listened for", 0))
            else:
                for event in self._joiner.take(item):
                    self._out.emit(event)
        timing = {
            "octet": (self._reader.pending, self._parameters.inter_octet_timeout),
            "tail": (self._joiner.joining, self._parameters.tail_timeout),
        }
        for name, (running, seconds) in timing.items():
            self._timers.start(name, now + seconds) if running else self._timers.stop(name)

    def handle_timeout(self, now: float) -> None:
        """Give up what has not been completed in time."""
        for name in self._timers.due(now):
            if name == "octet":
                self._take(self._reader.abandon(), now)
            else:
                for event in self._joiner.abandon("the rest of a segmented push did not come"):
                    self._out.emit(event)
