"""Cutting a stream of octets into M-Bus long frames."""

from __future__ import annotations

from dlmskit.limits import Tolerance
from dlmskit.link.cutter import FrameCutter
from dlmskit.link.mbus.frame import MBusFrame, read_frame


class MBusReader(FrameCutter[MBusFrame]):
    """Cuts a stream into long frames, with `tolerance` for what meters do to the length field."""

    def __init__(self, tolerance: Tolerance | None = None) -> None:
        accepted = tolerance or Tolerance()
        super().__init__("an M-Bus frame", lambda octets, start: read_frame(octets, start, accepted))
