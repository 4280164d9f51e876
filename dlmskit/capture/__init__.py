"""Recorded sessions.

Source: the format is our own, described in `dlmskit.stack.transcript`.
"""

from dlmskit.capture.recording import Recording, read
from dlmskit.stack.transcript import Entry, Happening, Header, Octets

__all__ = ["Entry", "Happening", "Header", "Octets", "Recording", "read"]
