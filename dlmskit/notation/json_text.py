"""The tree as JSON: a typed value is ``{"type": ..., "value": ...}``."""

from __future__ import annotations

from typing import Any

import msgspec

from dlmskit.exceptions import DecodeError, LimitError
from dlmskit.notation.tree import Given, Scalar, Typed, Written


def write(tree: Written) -> Any:
    """Plain Python for a JSON encoder."""
    if isinstance(tree, Typed):
        return {"type": tree.type, "value": write(tree.value)}
    if isinstance(tree, dict):
        return {name: write(value) for name, value in tree.items()}
    return [write(item) for item in tree] if isinstance(tree, list) else tree


def read(text: bytes, schema: str) -> GivenJson:
    """The typed value of the whole text. Raises `DecodeError` with the octet where it stops being JSON."""
    value = _decoded(text)
    if isinstance(value, dict) and (found := value.pop("schema", schema)) != schema:
        raise DecodeError(f"wanted the schema {schema}, found {str(found)[:40]!r}", 0, ("schema",))
    return GivenJson(value, ())


def _decoded(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        words, _, place = str(error).partition(" (byte ")
        offset = int(place.rstrip(")")) if place else len(text)
        line = text.count(b"\n", 0, offset) + 1
        raise DecodeError(f"line {line}: {words}", offset) from None
    except UnicodeDecodeError:
        raise _no_text(text) from None
    except RecursionError:
        raise LimitError("depth: the JSON is nested too deep") from None


def _no_text(text: bytes) -> DecodeError:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        return DecodeError(f"line {line}: {error.reason} of UTF-8", error.start)
    return DecodeError("not UTF-8")


class GivenJson:
    """A place in a JSON text, named by the path to it."""

    __slots__ = ("_path", "_value")

    def __init__(self, value: Any, path: tuple[str, ...]) -> None:
        self._value = value
        self._path = path

    def scalar(self) -> Scalar:
        if isinstance(self._value, dict | list):
            raise self.error(f"wanted a number or text, found {_shape(self._value)}")
        found: Scalar = self._value
        return found

    def has(self, name: str) -> bool:
        return isinstance(self._value, dict) and name in self._value

    def fields(self) -> dict[str, Given]:
        if not isinstance(self._value, dict):
            raise self.error(f"wanted an object, found {_shape(self._value)}")
        return {name: GivenJson(value, (*self._path, name)) for name, value in self._value.items()}

    def items(self) -> list[Given]:
        if not isinstance(self._value, list):
            raise self.error(f"wanted an array, found {_shape(self._value)}")
        return [GivenJson(value, (*self._path, f"[{index}]")) for index, value in enumerate(self._value)]

    def typed(self) -> tuple[str, Given]:
        if not isinstance(self._value, dict) or not {"type", "value"}.issuperset(self._value):
            raise self.error('wanted {"type": ..., "value": ...}')
        kind = self._value.get("type")
        if not isinstance(kind, str):
            raise self.error('wanted the name of a type in "type"')
        return kind, GivenJson(self._value.get("value"), (*self._path, kind))

    def error(self, reason: str) -> DecodeError:
        return DecodeError(reason, 0, self._path)


def _shape(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
