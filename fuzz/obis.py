"""Invariant: any text either is an OBIS code or a pattern of one, or raises `DecodeError`, and nothing else.

- The offset of the error lies within the text, and its message stays short whatever the text.
- What was parsed is written in a spelling that parses to an equal one.

Run ``python -m fuzz obis``; tests/codec/test_invariant.py runs the same check.
"""

from __future__ import annotations

from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis, ObisPattern


def check(text: str) -> bool:
    """Hold the invariant against `text`; whether it is a pattern."""
    try:
        pattern = ObisPattern.parse(text)
    except DecodeError as error:
        check_error(error, text)
        return False
    assert ObisPattern.parse(str(pattern)) == pattern
    try:
        obis = Obis.parse(text)
    except DecodeError as error:
        check_error(error, text)
        return True
    assert pattern.matches(obis)
    assert Obis.parse(str(obis)) == Obis.parse(obis.dotted) == Obis.from_bytes(obis.to_bytes()) == obis
    return True


def check_error(error: DecodeError, text: str) -> None:
    assert 0 <= error.offset <= len(text)
    assert len(str(error)) < 400
