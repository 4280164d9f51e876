"""Invariant: any octets either begin with one Data or raise `DecodeError`, on both builds and in every walk alike.

- measure, decode_value and decode_tree agree on the end, or on type, reason, offset and path of the error.
- The compiled twin agrees with Python in all of these, and in the value.
- The offset of the error lies within the octets.
- What was decoded encodes to the very same octets, and so does every date-time in it.

Run ``python -m fuzz axdr``; tests/codec/test_invariant.py runs the same check.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from dlmskit.codec import _axdr, _axdr_encode
from dlmskit.codec.data import Data
from dlmskit.exceptions import DecodeError

BUILDS: list[tuple[ModuleType, ModuleType]] = [(_axdr, _axdr_encode)]
try:
    from dlmskit._speedups import _axdr as _twin
    from dlmskit._speedups import _axdr_encode as _encode_twin

    BUILDS.append((_twin, _encode_twin))
except ImportError:
    pass


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether they begin with a Data."""
    ends = {outcome(walk, octets) for build, _ in BUILDS for walk in walks(build)}
    assert len(ends) == 1, ends
    end = ends.pop()
    if not isinstance(end, int):
        assert 0 <= end[2] <= len(octets), f"offset {end[2]} of {len(octets)} octets"
        return False
    nodes = [build.decode_tree(octets)[0] for build, _ in BUILDS]
    assert len({repr(node) for node in nodes}) == 1
    assert len({repr(build.decode_value(octets)[0]) for build, _ in BUILDS}) == 1
    for (_, encoding), node in zip(BUILDS, nodes, strict=True):
        assert encoding.encode_tree(node) == octets[:end]
    assert repr(Data.from_bytes(octets[:end]))
    return True


def walks(build: ModuleType) -> list[Callable[[bytes], int]]:
    """The three ways through a Data, each giving where it ends."""
    return [
        build.measure,
        lambda octets: int(build.decode_value(octets)[1]),
        lambda octets: int(build.decode_tree(octets)[1]),
    ]


def outcome(walk: Callable[[bytes], int], octets: bytes) -> Any:
    """Where the walk ends, or all that its error says."""
    try:
        return walk(octets)
    except DecodeError as error:
        return type(error), error.reason, error.offset, error.path
