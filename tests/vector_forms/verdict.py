"""Judging one vector: exact, refused as marked, or what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dlmskit.exceptions import DlmskitError
from dlmskit.limits import Tolerance
from vector_forms.families import FAMILIES, Result
from vector_forms.vector import Vector

EXACT, REFUSED = "exact", "refused as marked"

NOT_DECODED = {"keys", "readings", "published_decode", "amshan", "dsmr_parser", "gbcs_parser"}
"""keys of `expected` that repeat the context, or hold what other programs made of the same octets"""
SPELLINGS = {"raw_data": "raw", "raw-data": "raw"}


def judge(vector: Vector) -> tuple[str, list[str]]:
    """The verdict that a good decoder gets, and every difference that speaks against it."""
    if vector.must_fail:
        return REFUSED, _not_refused(vector, strict=False)
    verdict = EXACT
    tolerance = Tolerance()
    form, _ = _decode(vector, tolerance)
    found = list(differences(vector.expected, form))
    if sorted(tolerance.noticed) != sorted(vector.quirks):
        found.append(f"quirks: expected {sorted(vector.quirks)}, noticed {sorted(tolerance.noticed)}")
    if vector.quirks or vector.context.get("must_fail_strict"):
        return verdict, found + _not_refused(vector, strict=True)
    _, again = _decode(vector, Tolerance(strict=True))
    if again != vector.octets:
        found.append(f"encoded again: expected {vector.hex}, found {again.hex()}")
    return verdict, found


def _decode(vector: Vector, tolerance: Tolerance) -> Result:
    return FAMILIES[vector.family](vector, tolerance)


def _not_refused(vector: Vector, *, strict: bool) -> list[str]:
    try:
        form, _ = _decode(vector, Tolerance(strict=strict))
    except DlmskitError:
        return []
    return [f"must be refused{' in strict mode' if strict else ''}, but gave {form}"]


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Where `found` is not what is expected, one line a place."""
    match expected, found:
        case dict(), dict():
            expected = {SPELLINGS.get(key, key): value for key, value in expected.items()}
            for key in sorted((expected.keys() | found.keys()) - NOT_DECODED):
                if key not in found or key not in expected:
                    yield f"{path}.{key}: {'missing' if key in expected else f'not expected: {found[key]!r}'}"
                else:
                    yield from differences(expected[key], found[key], f"{path}.{key}")
        case list(), list() if len(expected) == len(found):
            for index, (one, other) in enumerate(zip(expected, found, strict=True)):
                yield from differences(one, other, f"{path}[{index}]")
        case _ if expected != found or type(expected) is not type(found):
            yield f"{path or 'value'}: expected {expected!r}, found {found!r}"
