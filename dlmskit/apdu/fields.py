"""Message fields read and written, from the compiled kernel where it is built (`DLMSKIT_PURE=1` forces Python)."""

from __future__ import annotations

import os

ACCELERATED = False
if os.environ.get("DLMSKIT_PURE") == "1":
    from dlmskit.apdu._fields import Fields, short_way
else:
    try:
        from dlmskit._speedups._fields import Fields, short_way

        ACCELERATED = True
    except ImportError:
        from dlmskit.apdu._fields import Fields, short_way

__all__ = ["ACCELERATED", "Fields", "short_way"]
