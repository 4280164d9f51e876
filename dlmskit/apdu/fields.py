"""Message fields read and written, from the compiled kernel where it is built (`DLMSKIT_PURE=1` forces Python)."""

from __future__ import annotations

import os

ACCELERATED = False
if os.environ.get("DLMSKIT_PURE") == "1":
    from dlmskit.apdu._fields import Fields
else:
    try:
        from dlmskit._speedups._fields import Fields

        ACCELERATED = True
    except ImportError:
        from dlmskit.apdu._fields import Fields

__all__ = ["ACCELERATED", "Fields"]
