"""Times as text in a pattern of YY MM DD hh mm ss; everything else in the pattern stands for itself."""

from __future__ import annotations

import re
from functools import cache

from dlmskit.codec.date_time import CosemDateTime
from dlmskit.exceptions import NotRepresentable

CENTURY = 2000
"""in which years of two digits are"""
_FIELDS = {"YY": "year", "MM": "month", "DD": "day", "hh": "hour", "mm": "minute", "ss": "second"}
_FIELD = re.compile("|".join(_FIELDS))


def format_fields(stamp: CosemDateTime, pattern: str) -> str:
    """The stamp's fields in the pattern.

    Raises `NotRepresentable` for a field that is not specified, and for a year that two digits do not tell.
    """

    def text(match: re.Match[str]) -> str:
        value: int | None = getattr(stamp, _FIELDS[match.group()])
        if value is None:
            raise NotRepresentable(f"{match.group()} of {stamp} is not specified")
        if match.group() != "YY":
            return f"{value:02}"
        if not 0 <= value - CENTURY < 100:
            raise NotRepresentable(f"year {value} cannot be written with two digits")
        return f"{value - CENTURY:02}"

    return _FIELD.sub(text, pattern)


def parse_fields(text: str, pattern: str) -> dict[str, int]:
    """The numbers in `text` by their place in the pattern. Raises `NotRepresentable` for a text that does not fit."""
    match = _reader(pattern).fullmatch(text)
    if match is None:
        raise NotRepresentable(f"expected a time as {pattern}, found {text[:40]!r}")
    return {name: int(digits) for name, digits in match.groupdict().items()}


@cache
def _reader(pattern: str) -> re.Pattern[str]:
    parts = re.split(f"({_FIELD.pattern})", pattern)
    return re.compile("".join(f"(?P<{part}>[0-9]{{2}})" if part in _FIELDS else re.escape(part) for part in parts))
