"""What stands between a message and its text, in either notation.

Written: plain Python of scalars, ``dict`` for the fields of a sequence, ``list`` for the items of a list, and `Typed`
where the text must say which type it is. Read: a `Given`, asked for the shape that the message class wants.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from dlmskit.exceptions import DecodeError

Written = Any
Scalar = None | bool | int | float | str


class Typed(msgspec.Struct, frozen=True):
    """A value with the name of its type."""

    type: str
    value: Written


class Given(Protocol):
    """One place in a text. The verbs raise `DecodeError` where another shape stands there."""

    def scalar(self) -> Scalar:
        """The number or text; in XML always a text."""

    def has(self, name: str) -> bool:
        """Whether a field of that name stands here."""

    def fields(self) -> dict[str, Given]:
        """The fields of a sequence by name."""

    def items(self) -> list[Given]:
        """The items of a list."""

    def typed(self) -> tuple[str, Given]:
        """The type's name, and the value."""

    def error(self, reason: str) -> DecodeError:
        """An error that says where."""
