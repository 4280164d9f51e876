"""The tree as JSON: a typed value is ``{"type": ..., "value": ...}``."""

from __future__ import annotations

import json
import math
from json.decoder import WHITESPACE, scanstring  # type: ignore[attr-defined]
from typing import Any, NoReturn

from dlmskit.exceptions import DecodeError, LimitError
from dlmskit.notation.tree import Given, Scalar, Typed, Written

_MAX_DIGITS = 20
_LONGEST_STEP = 60


def write(tree: Written) -> Any:
    """Plain Python for a JSON encoder."""
    if isinstance(tree, Typed):
        return {"type": tree.type, "value": write(tree.value)}
    if isinstance(tree, dict):
        return {name: write(value) for name, value in tree.items()}
    return [write(item) for item in tree] if isinstance(tree, list) else tree


def read(octets: bytes, schema: str) -> GivenJson:
    """The typed value of the whole text. Raises `DecodeError` with the line and octet where it stops being JSON."""
    text = _text(octets)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _at(text, error.pos, error.msg) from None
    except RecursionError:
        raise LimitError("depth: the JSON is nested too deep") from None
    if isinstance(value, dict) and (found := value.pop("schema", schema)) != schema:
        raise DecodeError(f"wanted the schema {schema}, found {str(found)[:40]!r}", 0, ("schema",))
    return GivenJson(value, text)


def _text(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise DecodeError(f"line {line}: {error.reason} of UTF-8", error.start) from None


def _at(text: str, position: int, reason: str, path: tuple[str, ...] = ()) -> DecodeError:
    line = text.count("\n", 0, position) + 1
    return DecodeError(f"line {line}: {reason}", len(text[:position].encode()), path)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise DecodeError(f"{name[:40]!r} comes twice in an object")
        found[name] = value
    return found


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise DecodeError(f"a number of {len(digits)} digits")
    return int(digits)


def _float(digits: str) -> float:
    found = float(digits)
    if math.isinf(found):
        raise DecodeError(f"{digits[:40]} is beyond every float")
    return found


def _constant(name: str) -> NoReturn:
    raise DecodeError(f"{name} is no number in JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)


class GivenJson:
    """A place in a JSON text: `keys` lead to it, `path` says so with the names of the types."""

    __slots__ = ("_keys", "_path", "_text", "_value")

    def __init__(self, value: Any, text: str, keys: tuple[str | int, ...] = (), path: tuple[str, ...] = ()) -> None:
        self._value = value
        self._text = text
        self._keys = keys
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
        return {name: self._below(name, value, name[:_LONGEST_STEP]) for name, value in self._value.items()}

    def items(self) -> list[Given]:
        if not isinstance(self._value, list):
            raise self.error(f"wanted an array, found {_shape(self._value)}")
        return [self._below(index, value, f"[{index}]") for index, value in enumerate(self._value)]

    def typed(self) -> tuple[str, Given]:
        if not isinstance(self._value, dict) or not {"type", "value"}.issuperset(self._value):
            raise self.error('wanted {"type": ..., "value": ...}')
        kind = self._value.get("type")
        if not isinstance(kind, str):
            raise self.error('wanted the name of a type in "type"')
        return kind, self._below("value", self._value.get("value"), kind[:_LONGEST_STEP])

    def error(self, reason: str) -> DecodeError:
        return _at(self._text, _place(self._text, self._keys), reason, self._path)

    def _below(self, key: str | int, value: Any, step: str) -> GivenJson:
        return GivenJson(value, self._text, (*self._keys, key), (*self._path, step))


def _place(text: str, keys: tuple[str | int, ...]) -> int:
    """Where the value begins to which `keys` lead; the innermost object where the last one is not there."""
    position = _skip(text, 0)
    for key in keys:
        inner = _field(text, position, key) if isinstance(key, str) else _item(text, position, key)
        if inner is None:
            break
        position = inner
    return position


def _field(text: str, position: int, wanted: str) -> int | None:
    position = _skip(text, position + 1)
    while text[position] == '"':
        name, position = scanstring(text, position + 1, True)
        position = _skip(text, _skip(text, position) + 1)
        if name == wanted:
            return position
        position = _behind(text, position)
    return None


def _item(text: str, position: int, wanted: int) -> int:
    position = _skip(text, position + 1)
    for _ in range(wanted):
        position = _behind(text, position)
    return position


def _behind(text: str, position: int) -> int:
    """What follows a value and its comma."""
    _, end = _DECODER.raw_decode(text, position)
    end = _skip(text, end)
    return _skip(text, end + 1) if text[end] == "," else end


def _skip(text: str, position: int) -> int:
    found = WHITESPACE.match(text, position)
    return found.end() if found else position


def _shape(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
