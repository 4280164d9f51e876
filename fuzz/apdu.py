"""Invariant: any octets either are one APDU or raise `DecodeError`, and nothing else.

- The offset of the error lies within the octets, and its text and path can be shown.
- A decoded APDU can be shown, and encodes to octets that decode to an equal one.
- What strict mode accepts encodes to the very same octets.

Run ``python -m fuzz apdu``; tests/apdu/test_invariant.py runs the same check.
"""

from __future__ import annotations

from dlmskit import apdu
from dlmskit.exceptions import DecodeError
from dlmskit.limits import Tolerance


def check(octets: bytes) -> bool:
    """Hold the invariant against `octets`; whether they are an APDU."""
    try:
        value = apdu.decode(octets)
    except DecodeError as error:
        check_error(error, octets)
        return False
    assert repr(value)
    assert apdu.decode(value.to_bytes()) == value
    assert type(value).from_bytes(octets) == value
    check_strict(octets)
    return True


def check_strict(octets: bytes) -> None:
    """What strict mode accepts has one encoding."""
    try:
        value = apdu.decode(octets, tolerance=Tolerance(strict=True))
    except DecodeError as error:
        check_error(error, octets)
        return
    assert value.to_bytes() == octets


def check_error(error: DecodeError, octets: bytes) -> None:
    """An error points into the octets and can be shown."""
    assert 0 <= error.offset <= len(octets), f"offset {error.offset} of {len(octets)} octets"
    assert str(error)
    assert all(isinstance(step, str) for step in error.path)
