"""The DL/T 645 link, for client and meter."""

from __future__ import annotations

from typing import Literal

from dlmskit.exceptions import LocalProtocolError
from dlmskit.link.base import FrameDropped, Received, SetLine
from dlmskit.link.dlt645.frame import WAKE_UP, Dlt645Frame
from dlmskit.link.dlt645.reader import Dlt645Reader
from dlmskit.link.unconnected import UnconnectedLink


class Dlt645Link(UnconnectedLink):
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
        super().__init__(SetLine(baud, line_format) if baud is not None else None)
        self._client = role == "client"
        self._wake_up = bytes([WAKE_UP]) * wake_up
        self._inter_octet_timeout = inter_octet_timeout
        self._reader = Dlt645Reader()

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

    def handle_timeout(self, now: float) -> None:
        """Give up what has not been completed in time."""
        if self._timers.due(now):
            self._take(self._reader.abandon())
