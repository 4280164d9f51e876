"""Bodies of ACSE APDUs, from the compiled kernel where it is built (`DLMSKIT_PURE=1` forces Python)."""

from __future__ import annotations

import os

ACCELERATED = False
if os.environ.get("DLMSKIT_PURE") == "1":
    from dlmskit.apdu._elements import Elements
else:
    try:
        from dlmskit._speedups._elements import Elements

        ACCELERATED = True
    except ImportError:
        from dlmskit.apdu._elements import Elements

__all__ = ["ACCELERATED", "Elements"]
