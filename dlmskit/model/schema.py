"""Schema of a model file, version 1: which tables and keys there are, what they hold, and how one document is read.

::

    [device]        id, name, maker, flag_ids, fictional, inherit, remove
    [connection]    link, [connection.hdlc], [connection.wrapper], [connection.iec21]
    [time]          deviation_sign, zone, policy, range_in
    [simulation]    start, load, grid, drift, password
    [[association]] [[object]] [[quirk]] [[push]] [[event_table]] by `name`, [[service]] by `id`

Rows are keyed: a child's row of the same key overrides its parent's key by key. Labels (units, types, mechanisms, OBIS
codes) are written as the standard spells them. Every row states its own `source` and `confidence`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import IntFlag
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import inspect

from dlmskit.cosem.time import TimeRules
from dlmskit.cosem.units import SYMBOLS, Unit
from dlmskit.enums import ApplicationContext, Conformance, DataType, Mechanism
from dlmskit.exceptions import PluginLoadError
from dlmskit.model.device import Association, Connection, ModelObject, Quirk, Simulation
from dlmskit.model.events import EventTable
from dlmskit.model.lines import Path, line_numbers
from dlmskit.model.push import PushTemplate
from dlmskit.model.service import Service
from dlmskit.obis import Obis


class DeviceTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[device]`: who it is. `remove` lists inherited rows to leave out, as ``section.key``."""

    id: str
    name: str
    maker: str = ""
    flag_ids: tuple[str, ...] = ()
    fictional: bool = False
    inherit: str | None = None
    remove: tuple[str, ...] = ()


class ModelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole model file after inheritance."""

    device: DeviceTable
    connection: Connection | None = None
    time: TimeRules = TimeRules()
    association: tuple[Association, ...] = ()
    object: tuple[ModelObject, ...] = ()
    quirk: tuple[Quirk, ...] = ()
    push: tuple[PushTemplate, ...] = ()
    service: tuple[Service, ...] = ()
    event_table: tuple[EventTable, ...] = ()
    simulation: Simulation = Simulation()


_Table = TypeVar("_Table", bound=msgspec.Struct)

ROW_KEYS = {
    "association": "name",
    "object": "name",
    "quirk": "name",
    "push": "name",
    "service": "id",
    "event_table": "name",
}
"""The sections that are arrays of tables, and the key that tells their rows apart."""

_PROVENANCE = ("source", "confidence")


class Place(NamedTuple):
    """Where something was written."""

    file: str
    line: int | None

    def error(self, reason: str) -> PluginLoadError:
        """The error to raise; what a file spells with control characters is shown escaped, so that it is one line."""
        shown = "".join(each if each.isprintable() else repr(each)[1:-1] for each in reason)
        return PluginLoadError(shown, file=self.file, line=self.line)


Names = Mapping[tuple[str, int], str]
"""key of a row by its section and index"""


class Source(NamedTuple):
    """One text, and the names that its rows got."""

    file: str
    text: str
    names: Names


class Places:
    """Where everything in these texts stands, the last one first; they are walked when something is wrong."""

    def __init__(self, *sources: Source) -> None:
        self.sources = sources

    @cached_property
    def by_path(self) -> dict[Path, Place]:
        """The place of every table, key and row."""
        return {
            _keyed_path(path, names): Place(file, line)
            for file, text, names in self.sources
            for path, line in line_numbers(text).items()
        }


class Document(NamedTuple):
    """One file: tables as nested dicts, rows as dicts by their key, and the place of every path."""

    file: str
    tree: dict[str, Any]
    places: Places

    def place(self, path: Path) -> Place:
        """Where `path` or its closest enclosing element stands."""
        for end in range(len(path), 0, -1):
            if (place := self.places.by_path.get(path[:end])) is not None:
                return place
        return Place(self.file, None)


def read_document(text: str, file: str) -> Document:
    """Read one file without its parents.

    Raises `PluginLoadError` with file and line for TOML that is not TOML, unknown keys, unknown labels, rows without a
    key, without provenance, or twice.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(error, text, file) from None
    except RecursionError:
        raise PluginLoadError("not valid TOML: nested too deep", file=file) from None
    except ValueError as error:  # a number of more digits than Python reads
        raise PluginLoadError(f"not valid TOML: {error}", file=file) from None
    document = _key_rows(Document(file, tree, Places(Source(file, text, {}))))
    return document._replace(tree=_labels(_FILE_TYPE, document.tree, (), document))


def device_table(document: Document) -> DeviceTable:
    """The `[device]` table of one file. Raises `PluginLoadError` with the place of what is wrong in it."""
    table = document.tree.get("device")
    if not isinstance(table, dict) or "id" not in table:
        raise document.place(("device",)).error("a model file needs a [device] table with an id")
    return _typed(table, DeviceTable, ("device",), document)


def convert(document: Document) -> ModelFile:
    """Type a document that has its parents merged in. Raises `PluginLoadError` with the place of what is wrong."""
    rows = {section: list(document.tree.get(section, {}).values()) for section in ROW_KEYS}
    return _typed({**document.tree, **rows}, ModelFile, (), document)


def _typed(value: Any, kind: type[_Table], path: Path, document: Document) -> _Table:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at ")
        place = document.place((*path, *_path_of(where.strip("`"), document.tree)))
        raise place.error(_plain(reason, where)) from None


def _toml_error(error: tomllib.TOMLDecodeError, text: str, file: str) -> PluginLoadError:
    reason, _, where = str(error).partition(" (at ")
    line = re.match("line ([0-9]+)", where)
    last = text.rstrip("\n").count("\n") + 1
    return Place(file, int(line[1]) if line else last).error(f"not valid TOML: {reason}")


def _key_rows(raw: Document) -> Document:
    """The same document with each array of rows turned into a dict by row key, in tree and places."""
    tree = dict(raw.tree)
    names: dict[tuple[str, int], str] = {}
    for section, key in ROW_KEYS.items():
        rows = tree.get(section, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise raw.place((section,)).error(f"[[{section}]] has double brackets: it is a list of rows")
        keyed: dict[str, Any] = {}
        for index, row in enumerate(rows):
            name = row.get(key)
            path: Path = (section, index)
            if not isinstance(name, str) or not name:
                raise raw.place(path).error(f"[[{section}]] needs a {key} in quotes")
            if name in keyed:
                raise raw.place(path).error(f"[[{section}]] {name} is there twice in this file")
            for needed in _PROVENANCE:
                if needed not in row:
                    raise raw.place(path).error(f"[[{section}]] {name} does not state its {needed}")
            keyed[name] = row
            names[section, index] = name
        if section in tree:
            tree[section] = keyed
    return Document(raw.file, tree, Places(*(source._replace(names=names) for source in raw.places.sources)))


def _keyed_path(path: Path, names: Names) -> Path:
    if len(path) > 1 and (name := names.get((str(path[0]), path[1]))) is not None:  # type: ignore[arg-type]
        return (path[0], name, *path[2:])
    return path


_ENUMS: dict[type, tuple[str, tuple[str, ...]]] = {
    DataType: ("type", tuple(item.label for item in DataType)),
    Mechanism: ("mechanism", tuple(item.label for item in Mechanism)),
    ApplicationContext: ("application context", tuple(item.label for item in ApplicationContext)),
    Conformance: ("conformance bit", tuple(item.name.lower().replace("_", "-") for item in Conformance if item.name)),
    Unit: ("unit", (*SYMBOLS, "count")),
}


def _labels(kind: inspect.Type, value: Any, path: Path, document: Document) -> Any:
    """`value` with its labels replaced by what they stand for; refuses keys that `kind` does not have."""
    if isinstance(kind, inspect.UnionType):
        return _union(kind, value, path, document)
    if isinstance(kind, inspect.StructType) and isinstance(value, dict):
        fields = {field.encode_name: field.type for field in kind.fields}
        for key in value:
            if key not in fields:
                raise document.place((*path, key)).error(f"unknown key {key}{_hint(key, fields)}")
        return {key: _labels(fields[key], item, (*path, key), document) for key, item in value.items()}
    if isinstance(kind, inspect.DictType) and isinstance(value, dict):
        return {key: _labels(kind.value_type, item, (*path, key), document) for key, item in value.items()}
    if isinstance(kind, inspect.VarTupleType) and isinstance(value, dict) and len(path) == 1:
        return {key: _labels(kind.item_type, item, (*path, key), document) for key, item in value.items()}
    if isinstance(kind, inspect.VarTupleType) and isinstance(value, list):
        return [_labels(kind.item_type, item, (*path, index), document) for index, item in enumerate(value)]
    if isinstance(kind, inspect.EnumType):
        return _enum(kind.cls, value, path, document)
    if isinstance(kind, inspect.CustomType) and kind.cls is Obis:
        return _obis(value, path, document)
    return value


def _union(kind: inspect.UnionType, value: Any, path: Path, document: Document) -> Any:
    for member in kind.types:
        converted = isinstance(member, inspect.EnumType | inspect.CustomType) or (
            isinstance(value, dict) and isinstance(member, inspect.StructType | inspect.DictType)
        )
        if converted:
            return _labels(member, value, path, document)
    return value


def _enum(cls: type[Any], value: Any, path: Path, document: Document) -> int:
    what, labels = _ENUMS[cls]
    wanted = value if isinstance(value, list) and issubclass(cls, IntFlag) else [value]
    total = 0
    for label in wanted:
        if label not in labels:
            raise document.place(path).error(f"unknown {what} {label!r}{_hint(str(label), labels)}")
        total |= int(cls.from_symbol(label) if cls is Unit else cls[label.upper().replace("-", "_")])
    return total


def _obis(value: Any, path: Path, document: Document) -> Obis:
    try:
        return Obis.parse(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise document.place(path).error(f"bad OBIS code {value!r}: {error}") from None


def _hint(word: str, known: Iterable[str]) -> str:
    words = list(known)
    same = [each for each in words if each.lower() == word.lower()]
    close = same or get_close_matches(word, words, n=1)
    return f", did you mean {close[0]}?" if close else ""


def _path_of(where: str, tree: dict[str, Any]) -> Path:
    """A msgspec path (``$.object[3].scaler``) as a path of a document whose rows are keyed; ``[...]`` hides a key."""
    path: Path = ()
    for name, index in re.findall(r"\.([^.\[]+)|\[([0-9]+)\]", where):
        if index and len(path) == 1 and path[0] in ROW_KEYS:
            path = (*path, list(tree[str(path[0])])[int(index)])
        else:
            path = (*path, name or int(index))
    return path


def _plain(reason: str, where: str) -> str:
    key = re.sub(r"\[.*?\]", "", where.strip("`")).rpartition(".")[2]
    reason = reason.replace("Object missing required field", "missing key").replace("`", "")
    return reason if reason.startswith("missing") else f"{key}: {reason[:1].lower()}{reason[1:]}"


_FILE_TYPE = inspect.type_info(ModelFile)
