"""The frame check sequence, from the compiled twin where it is built (`DLMSKIT_PURE=1` forces Python)."""

from __future__ import annotations

import os

ACCELERATED = False
if os.environ.get("DLMSKIT_PURE") == "1":
    from dlmskit.codec._fcs import fcs16
else:
    try:
        from dlmskit._speedups._fcs import fcs16

        ACCELERATED = True
    except ImportError:
        from dlmskit.codec._fcs import fcs16

__all__ = ["ACCELERATED", "fcs16"]
