"""Opening under known protection, from the compiled kernel where it is built (`DLMSKIT_PURE=1` forces Python)."""

from __future__ import annotations

import os

ACCELERATED = False
if os.environ.get("DLMSKIT_PURE") == "1":
    from dlmskit.security._opening import opened
else:
    try:
        from dlmskit._speedups._opening import opened

        ACCELERATED = True
    except ImportError:
        from dlmskit.security._opening import opened

__all__ = ["ACCELERATED", "opened"]
