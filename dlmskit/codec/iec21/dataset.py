"""Data sets: ``address(value*unit)(value)..``.

The reader is lenient where meters are: an address is any text without parentheses (``1.8.0*30D``, ``1.8.0&01``,
``1-0:1.8.0*255``), may be missing, and ``&`` may stand for the ``*`` before a unit.

Source: IEC 62056-21, data set structure and syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from dlmskit.exceptions import DecodeError, EncodeError, LimitError, TruncatedError

_NUMBER = re.compile(r"[+-]?[0-9]{1,32}(?:[.][0-9]{1,32})?")
_VALUE_WITH_UNIT = re.compile(r"([^*&]*)[*]([^*]*)|([+-]?[0-9.]+)&([^*&]+)")
_TOKEN = re.compile(r"[^()\r\n]*")
MAX_ADDRESS = 64
MAX_VALUE = 4096
_FORBIDDEN = re.compile(r"[()/!]|[^ -~]")


class DataValue(msgspec.Struct, frozen=True):
    """One parenthesis: the value's text as the meter wrote it, and its unit or an empty text."""

    value: str
    unit: str = ""

    @property
    def number(self) -> Decimal:
        """The value as an exact decimal number. Raises `DecodeError` when the text is not a plain one."""
        if not _NUMBER.fullmatch(self.value):
            raise DecodeError(f"{self.value[:40]!r} is not a decimal number")
        return Decimal(self.value)

    def __str__(self) -> str:
        return f"{self.value}*{self.unit}" if self.unit else self.value


class DataSet(msgspec.Struct, frozen=True):
    """An address (identification code) and the values behind it."""

    address: str
    values: tuple[DataValue, ...] = ()

    def __str__(self) -> str:
        return self.address + "".join(f"({value})" for value in self.values)


def parse_data_sets(text: str) -> tuple[DataSet, ...]:
    """All data sets of a data block's text, through ``!`` where there is one.

    Raises `DecodeError` with the offset in `text`.
    """
    found: list[DataSet] = []
    offset = 0
    while offset < len(text):
        if text[offset] in "\r\n":
            offset += 1
        elif text[offset] == "!":
            _require_end(text, offset)
            break
        else:
            data_set, offset = _data_set(text, offset)
            found.append(data_set)
    return tuple(found)


def _require_end(text: str, offset: int) -> None:
    if "(" in text[offset:]:
        raise DecodeError("a data set after the end mark '!'", text.index("(", offset))


def _data_set(text: str, offset: int) -> tuple[DataSet, int]:
    address, position = _token(text, offset, MAX_ADDRESS, "address")
    values: list[DataValue] = []
    while position < len(text) and text[position] == "(":
        value, end = _token(text, position + 1, MAX_VALUE, "value")
        if end >= len(text):
            raise TruncatedError("a data set has no closing parenthesis", end)
        if text[end] != ")":
            raise DecodeError(f"closing parenthesis expected, found {text[end]!r}", end)
        values.append(_value(value))
        position = end + 1
    if not values:
        raise DecodeError("a data set without parentheses", offset)
    return DataSet(address, tuple(values)), position


def _token(text: str, offset: int, longest: int, what: str) -> tuple[str, int]:
    match = _TOKEN.match(text, offset)
    end = match.end() if match else offset
    if end - offset > longest:
        raise LimitError(f"the {what} of a data set is over {longest} characters", offset)
    return text[offset:end], end


def _value(text: str) -> DataValue:
    match = _VALUE_WITH_UNIT.fullmatch(text)
    if match is None:
        return DataValue(text)
    star_value, star_unit, value, unit = match.groups()
    return DataValue(star_value, star_unit) if value is None else DataValue(value, unit)


def format_data_sets(data_sets: Iterable[DataSet], separator: str = "") -> str:
    """The text of data sets, `separator` after each. Raises `EncodeError` for characters that would break the form."""
    parts: list[str] = []
    for data_set in data_sets:
        for text in (data_set.address, *(str(value) for value in data_set.values)):
            if _FORBIDDEN.search(text):
                raise EncodeError(f"a data set cannot carry {text[:40]!r}")
        parts.append(str(data_set) + separator)
    return "".join(parts)
