"""A-XDR Data, from the compiled twins where they are built (`DLMSKIT_PURE=1` forces Python)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

ACCELERATED = False
if TYPE_CHECKING:
    from dlmskit._speedups import _axdr as _decoding
    from dlmskit._speedups import _axdr_encode as _encoding
    from dlmskit._speedups import _rows
elif os.environ.get("DLMSKIT_PURE") == "1":
    from dlmskit.codec import _axdr as _decoding
    from dlmskit.codec import _axdr_encode as _encoding
    from dlmskit.codec import _axdr_encode as _rows
else:
    try:
        from dlmskit._speedups import _axdr as _decoding
        from dlmskit._speedups import _axdr_encode as _encoding
        from dlmskit._speedups import _rows

        ACCELERATED = True
    except ImportError:
        from dlmskit.codec import _axdr as _decoding
        from dlmskit.codec import _axdr_encode as _encoding
        from dlmskit.codec import _axdr_encode as _rows

decode_tree = _decoding.decode_tree
decode_value = _decoding.decode_value
measure = _decoding.measure
read_length = _decoding.read_length
survey = _decoding.survey
encode_items = _rows.encode_items
encode_length = _encoding.encode_length
encode_scalar = _encoding.encode_scalar
encode_tree = _encoding.encode_tree

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
