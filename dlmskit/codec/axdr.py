"""A-XDR Data, from the compiled twin where it is built (`DLMSKIT_PURE=1` forces Python)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

ACCELERATED = False
if TYPE_CHECKING or os.environ.get("DLMSKIT_PURE") == "1":
    from dlmskit.codec import _axdr as _kernel
else:
    try:
        from dlmskit._speedups import _axdr as _kernel

        ACCELERATED = True
    except ImportError:
        from dlmskit.codec import _axdr as _kernel

decode_tree = _kernel.decode_tree
decode_value = _kernel.decode_value
encode_items = _kernel.encode_items
encode_length = _kernel.encode_length
encode_scalar = _kernel.encode_scalar
encode_tree = _kernel.encode_tree
measure = _kernel.measure
read_length = _kernel.read_length
survey = _kernel.survey

__all__ = [
    "ACCELERATED",
    "decode_tree",
    "decode_value",
    "encode_items",
    "encode_length",
    "encode_scalar",
    "encode_tree",
    "measure",
    "read_length",
    "survey",
]
