"""The explained tree: what octets are, layer in layer, each with its place, down to where understanding stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Literal

import msgspec

from dlmskit.codec.values import BitString, DontCare
from dlmskit.exceptions import DecodeError, DlmskitError, KeyUnavailable, SecurityError

ProblemKind = Literal["octets", "more", "key", "security", "unsupported"]
"""Octets are wrong; more octets are wanted; a key is missing; protection does not hold; this version cannot read it."""


class Problem(msgspec.Struct, frozen=True):
    """Why explaining stopped, and at which octet of the layer's octets."""

    reason: str
    offset: int
    path: tuple[str, ...] = ()
    kind: ProblemKind = "octets"


class Field(msgspec.Struct, frozen=True):
    """One field of a layer in ``octets[offset:end]``: `value` is plain Python, `note` what it stands for in words."""

    name: str
    value: Any
    offset: int
    end: int
    note: str = ""


class Layer(msgspec.Struct, frozen=True):
    """One layer in ``octets[offset:end]``.

    Offsets count in the octets of the nearest layer above that has `octets` of its own (octets put together from
    frames, or deciphered), and in the observed input where none has. `role` is the layer's part in the one above it
    (``result``, ``[3]``), `value` a leaf's value in plain Python, `note` what it stands for in words.
    """

    name: str
    offset: int
    end: int
    role: str = ""
    value: Any = None
    note: str = ""
    fields: tuple[Field, ...] = ()
    children: tuple[Layer, ...] = ()
    quirks: tuple[str, ...] = ()
    error: Problem | None = None
    octets: bytes | None = None

    def walk(self) -> Iterator[Layer]:
        """This layer and every layer below, in order."""
        pending = [self]
        while pending:
            layer = pending.pop()
            yield layer
            pending.extend(reversed(layer.children))

    def problems(self) -> list[Problem]:
        """Every reason why explaining stopped somewhere, in order; empty when everything was understood."""
        return [layer.error for layer in self.walk() if layer.error is not None]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; empty parts are left out."""
        shown: dict[str, Any] = {"name": self.name, "offset": self.offset, "end": self.end}
        parts: dict[str, Any] = {
            "role": self.role,
            "note": self.note,
            "fields": [_field(field) for field in self.fields],
            "quirks": list(self.quirks),
            "error": None if self.error is None else msgspec.to_builtins(self.error),
            "octets": None if self.octets is None else self.octets.hex(),
            "children": [child.to_dict() for child in self.children],
        }
        if self.value is not None:
            shown["value"] = plain(self.value)
        return shown | {name: part for name, part in parts.items() if part}


def _field(field: Field) -> dict[str, Any]:
    shown = {"name": field.name, "value": plain(field.value), "offset": field.offset, "end": field.end}
    return shown | {"note": field.note} if field.note else shown


def plain(value: Any) -> Any:
    """`value` in types that JSON has: octets as hex, enumerations by their label, times as text."""
    match value:
        case None | bool() | str():
            return value
        case IntEnum():
            return getattr(value, "label", value.name)
        case int() | float():
            return value
        case bytes():
            return value.hex()
        case BitString():
            return str(value)
        case DontCare():
            return value.value
        case tuple() | list():
            return [plain(item) for item in value]
        case _:
            return str(value)


class Draft:
    """A layer in the making. Offsets given to it are local: `base` is where the local octets begin in the true ones."""

    def __init__(self, name: str, offset: int = 0, role: str = "", base: int = 0) -> None:
        self.name = name
        self.role = role
        self.base = base
        self.offset = self.end = base + offset
        self.value: Any = None
        self.note = ""
        self.fields: list[Field] = []
        self.children: list[Draft | Layer] = []
        self.quirks: list[str] = []
        self.error: Problem | None = None
        self.octets: bytes | None = None

    def reach(self, end: int) -> None:
        """The layer reaches at least to `end`."""
        if self.octets is None:
            self.end = max(self.end, self.base + end)

    def field(self, name: str, value: Any, offset: int, end: int, note: str = "") -> None:
        """Add a field; the layer reaches at least to its end."""
        self.fields.append(Field(name, value, self.base + offset, self.base + end, note))
        self.reach(end)

    def space(self, octets: bytes) -> None:
        """What is below counts in `octets`, which are not a piece of those around."""
        self.octets = octets
        self.base = 0

    @contextmanager
    def layer(self, name: str, offset: int = 0, role: str = "", *, shift: int = 0) -> Iterator[Draft]:
        """Add a layer below; its local octets begin at `shift`. An error of ours inside is noted in it and ends all."""
        child = Draft(name, offset, role, self.base + shift)
        self.children.append(child)
        try:
            yield child
        except DlmskitError as error:
            child.fail(error)
            raise Stopped from None
        finally:
            self._reach_true(child.end)

    def add(self, layer: Layer) -> None:
        """Add a finished layer below."""
        self.children.append(layer)
        self._reach_true(layer.end)

    def _reach_true(self, end: int) -> None:
        if self.octets is None:
            self.end = max(self.end, end)

    def fail(self, error: DlmskitError) -> None:
        """Say that understanding stopped here."""
        if isinstance(error, DecodeError):
            kind: ProblemKind = "unsupported" if "not supported yet" in error.reason else "octets"
            self.error = Problem(error.reason, self.base + error.offset, error.path, kind)
            self.reach(error.offset)
        else:
            kind = (
                "key"
                if isinstance(error, KeyUnavailable)
                else "security"
                if isinstance(error, SecurityError)
                else "octets"
            )
            self.error = Problem(str(error), self.offset, (), kind)

    def stop(self, reason: str, offset: int, kind: ProblemKind) -> None:
        """Say that explaining ends here for a reason that is no fault of the octets."""
        self.error = Problem(reason, self.base + offset, (), kind)

    def finish(self) -> Layer:
        """The layer with all that is below it."""
        return Layer(
            self.name,
            self.offset,
            self.end,
            self.role,
            self.value,
            self.note,
            tuple(self.fields),
            tuple(child.finish() if isinstance(child, Draft) else child for child in self.children),
            tuple(self.quirks),
            self.error,
            self.octets,
        )


class Stopped(Exception):
    """Explaining stopped; where and why is in the draft already."""
