"""Judging one vector: exact, refused as marked, or what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dlmskit.exceptions import DlmskitError, TruncatedError
from dlmskit.limits import Tolerance
from vector_forms.families import FAMILIES, Result
from vector_forms.vector import Vector

EXACT, REFUSED, ARGUED = "exact", "refused as marked", "argued"

ARGUED_ABOUT = {
    "session-c94cad9db910": (
        ".frames[1]",
        "said to be no APDU, but it is an AARE whose glo-confirmed-service-error verifies under the vector's keys",
    )
}
"""vectors whose expectation is wrong in one place: the place, and why we hold that"""

NOT_DECODED = {"keys", "readings", "published_decode", "amshan", "dsmr_parser"}
"""keys of `expected` that repeat the context, or hold what other programs made of the same octets"""
SPELLINGS = {"raw_data": "raw", "raw-data": "raw", "data-access-error": "data-access-result"}


def judge(vector: Vector) -> tuple[str, list[str]]:
    """The verdict that a good decoder gets, and every difference that speaks against it."""
    if vector.must_fail:
        return REFUSED, _not_refused(vector, strict=False)
    verdict = EXACT
    tolerance = Tolerance()
    form, _ = _decode(vector, tolerance)
    found = list(differences(vector.expected, form))
    if vector.id in ARGUED_ABOUT:
        verdict, found = _argued(ARGUED_ABOUT[vector.id][0], found)
    if sorted(tolerance.noticed) != sorted(vector.quirks):
        found.append(f"quirks: expected {sorted(vector.quirks)}, noticed {sorted(tolerance.noticed)}")
    if vector.quirks or vector.context.get("must_fail_strict"):
        return verdict, found + _not_refused(vector, strict=True)
    _, again = _decode(vector, Tolerance(strict=True))
    if again != vector.octets:
        found.append(f"encoded again: expected {vector.hex}, found {again.hex()}")
    return verdict, found


def _argued(place: str, found: list[str]) -> tuple[str, list[str]]:
    left = [line for line in found if not line.startswith(place)]
    return ARGUED, left if len(left) < len(found) else [*found, f"{place}: nothing to argue about"]


def _decode(vector: Vector, tolerance: Tolerance) -> Result:
    return FAMILIES[vector.family](vector, tolerance)


def _not_refused(vector: Vector, *, strict: bool) -> list[str]:
    try:
        form, _ = _decode(vector, Tolerance(strict=strict))
    except DlmskitError as error:
        cut = vector.expected.get("own_error") == "eof"
        return [] if not cut or isinstance(error, TruncatedError) else [f"must be refused as cut off, but: {error}"]
    return [f"must be refused{' in strict mode' if strict else ''}, but gave {form}"]


def _spelled(form: dict[str, Any]) -> dict[str, Any]:
    return {SPELLINGS.get(key, key): value for key, value in form.items()}


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Where `found` is not what is expected, one line a place."""
    match expected, found:
        case dict(), dict():
            expected, found = _spelled(expected), _spelled(found)
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
