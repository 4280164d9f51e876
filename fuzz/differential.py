"""Invariant: the compiled core and the Python source that it was made from or stands for cannot be told apart.

`KERNELS` says for each compiled module which check holds both builds of it equal.

Run ``python -m fuzz differential --inputs 1000000``.
"""

from __future__ import annotations

from collections.abc import Callable

from dlmskit._speedups import _fcs as compiled_fcs
from dlmskit.codec import _fcs
from fuzz import axdr, columns, kernels

# an absent core must not pass for an equal one
assert len(axdr.BUILDS) == len(columns.BUILDS) == 2


def check_fcs(octets: bytes) -> None:
    """The same frame check sequence over any part of the octets."""
    third = len(octets) // 3
    for start, end in ((0, len(octets)), (third, len(octets) - third)):
        assert _fcs.fcs16(octets, start, end) == compiled_fcs.fcs16(octets, start, end)


KERNELS: dict[str, Callable[[bytes], object]] = {
    "_axdr": axdr.check,
    "_axdr_encode": axdr.check,
    "_columns": columns.check,
    "_strides": columns.check,
    "_stamps": columns.check,
    "_fcs": check_fcs,
    "_rows": kernels.check_rows,
    "_fields": kernels.check_fields,
    "_elements": kernels.check_elements,
    "_hdlc": kernels.check_hdlc,
    "_opening": kernels.check_opening,
    "_obis": kernels.check_obis,
}
_CHECKS = tuple(dict.fromkeys(KERNELS.values()))


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether they begin with a Data."""
    valid, *_ = [each(octets) for each in _CHECKS]
    return bool(valid)
