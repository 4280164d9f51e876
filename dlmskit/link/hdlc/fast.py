"""HDLC frames with nothing wrong, from the compiled kernel where it is built (`DLMSKIT_PURE=1` forces Python)."""

from __future__ import annotations

import os

ACCELERATED = False
if os.environ.get("DLMSKIT_PURE") == "1":
    from dlmskit.link.hdlc._fast import read_frames, write_frame
else:
    try:
        from dlmskit._speedups._hdlc import read_frames, write_frame

        ACCELERATED = True
    except ImportError:
        from dlmskit.link.hdlc._fast import read_frames, write_frame

__all__ = ["ACCELERATED", "read_frames", "write_frame"]
