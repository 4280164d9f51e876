"""The M-Bus link: it listens for pushes, and sends them on the meter's side."""

from __future__ import annotations

from dlmskit.exceptions import FrameError, LocalProtocolError
from dlmskit.limits import DEFAULT_LIMITS, Limits, Tolerance
from dlmskit.link.base import FrameDropped
from dlmskit.link.mbus.frame import MBusFrame
from dlmskit.link.mbus.parts import PartJoiner, split
from dlmskit.link.mbus.reader import MBusReader
from dlmskit.link.unconnected import UnconnectedLink


class MBusLink(UnconnectedLink):
    """Pushes over M-Bus as a `Link`, in both roles.

    What is sent goes from `stsap` to `dtsap` in as many parts as needed. `part_timeout` seconds are waited for the next
    part or the rest of a frame. `tolerance` says which quirks pass.
    """

    def __init__(
        self,
        stsap: int = 1,
        dtsap: int = 0x67,
        *,
        address: int = 0xFF,
        control: int = 0x53,
        part_timeout: float = 0.5,
        tolerance: Tolerance | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        super().__init__()
        self._saps = (stsap, dtsap)
        self._address = address
        self._control = control
        self._part_timeout = part_timeout
        self._reader = MBusReader(tolerance)
        self._joiner = PartJoiner(limits)

    def send(self, message: bytes, now: float) -> None:
        """Queue one APDU. Raises `LocalProtocolError` when the link is not open."""
        if not self._up:
            raise LocalProtocolError("the M-Bus link is not open")
        for information, body in split(message, *self._saps):
            self._out.write(MBusFrame(self._control, self._address, information, body).to_bytes())

    def receive_data(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        if self._up and data:
            self._take(self._reader.feed(data))
            if self._reader.pending or self._joiner.joining:
                self._timers.start("part", now + self._part_timeout)
            else:
                self._timers.stop("part")

    def _take(self, frames: list[MBusFrame]) -> None:
        lost = self._reader.take_lost()
        if lost is not None:
            self._out.emit(FrameDropped(*lost))
        for frame in frames:
            try:
                received = self._joiner.take(frame)
            except FrameError as error:
                self._out.emit(FrameDropped(str(error), len(frame.body)))
                continue
            if received is not None:
                self._out.emit(received)

    def handle_timeout(self, now: float) -> None:
        """Give up what has not been completed in time."""
        for _ in self._timers.due(now):
            self._take(self._reader.abandon())
            if self._joiner.joining:
                self._out.emit(FrameDropped("the next M-Bus part did not come", self._joiner.abandon()))
