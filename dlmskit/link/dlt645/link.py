"""The DL/T 645 link, for client and meter."""

from __future__ import annotations

from typing import Literal

from dlmskit.exceptions import LocalProtocolError
from dlmskit.link.base import Connected, Disconnected, FrameDropped, LinkEvent, Received, SetLine
from dlmskit.link.dlt645.frame import WAKE_UP, Dlt645Frame
from dlmskit.link.dlt645.reader import Dlt645Reader
from dlmskit.link.outbox import Outbox
from dlmskit.link.timers import Timers


class Dlt645Link:
    """Frames on the line on one side, messages (see the package) on the other.

    Frames of one's own direction are echoes of a half-duplex line, or other masters' and meters' words: both are
    dropped. `wake_up` FE octets go before each frame. With `baud` the line is set when the link opens. A frame that
    stops for `inter_octet_timeout` seconds is given up.
    """

    def __init__(
        self,
        role: Literal["client", "meter"] = "client",
        *,
        wake_up: int = 4,
        baud: int | None = None,
        line_format: str = "8E1",
        inter_octet_timeout: float = 0.5,
    ) -> None:
        self._client = role == "client"
        self._wake_up = bytes([WAKE_UP]) * wake_up
        self._line = SetLine(baud, line_format) if baud is not None else None
        self._inter_octet_timeout = inter_octet_timeout
        self._reader = Dlt645Reader()
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
        if self._up:
            self._up = False
            self._timers.stop()
            self._out.emit(Disconnected("closed", clean=True))

    def send(self, message: bytes, now: float) -> None:
        """Queue one message. Raises `LocalProtocolError` when the link is not open, `EncodeError` for a long one."""
        if not self._up:
            raise LocalProtocolError("the DL/T 645 link is not open")
        self._out.write(self._wake_up + Dlt645Frame.from_message(message).to_bytes())

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        if not self._up:
            return
        self._take(self._reader.feed(data))
        if self._reader.pending:
            self._timers.start("octet", now + self._inter_octet_timeout)
        else:
            self._timers.stop("octet")

    def _take(self, frames: list[Dlt645Frame]) -> None:
        if (lost := self._reader.take_lost()) is not None:
            self._out.emit(FrameDropped(*lost))
        for frame in frames:
            if frame.from_meter is self._client:
                self._out.emit(Received(frame.message))
            else:
                what = "an echo of our own frame" if self._client else "a frame of another meter"
                self._out.emit(FrameDropped(what, len(frame.data) + 12))

    def data_to_send(self) -> bytes:
        """Octets for the line, up to the next line request."""
        return self._out.data_to_send()

    def next_event(self) -> LinkEvent | None:
        """The oldest event not yet taken."""
        return self._out.next_event()

    def next_deadline(self) -> float | None:
        """When a frame that has begun is given up."""
        return self._timers.next()

    def handle_timeout(self, now: float) -> None:
        """Give up what has not been completed in time."""
        if self._timers.due(now):
            self._take(self._reader.abandon())
