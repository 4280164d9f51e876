"""Invariant: the compiled core and the Python source that it was made from cannot be told apart.

What `fuzz.axdr` and `fuzz.columns` hold of both builds, and the same frame check sequence over any part of the octets.

Run ``python -m fuzz differential --inputs 1000000``.
"""

from __future__ import annotations

from dlmskit._speedups import _axdr as _compiled  # noqa: F401  an absent core must not pass for an equal one
from dlmskit._speedups import _fcs as compiled_fcs
from dlmskit.codec import _fcs
from fuzz import axdr, columns

assert len(axdr.BUILDS) == len(columns.BUILDS) == 2


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether they begin with a Data."""
    third = len(octets) // 3
    for start, end in ((0, len(octets)), (third, len(octets) - third)):
        assert _fcs.fcs16(octets, start, end) == compiled_fcs.fcs16(octets, start, end)
    columns.check(octets)
    return axdr.check(octets)
