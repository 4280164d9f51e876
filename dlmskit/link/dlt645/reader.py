"""Cutting a stream of octets into DL/T 645 frames."""

from __future__ import annotations

from dlmskit.link.cutter import FrameCutter
from dlmskit.link.dlt645.frame import WAKE_UP, Dlt645Frame, read_frame


class Dlt645Reader(FrameCutter[Dlt645Frame]):
    """Cuts a stream into frames; wake-up octets before them are not lost."""

    def __init__(self) -> None:
        super().__init__("a DL/T 645 frame", read_frame, bytes((WAKE_UP,)))
