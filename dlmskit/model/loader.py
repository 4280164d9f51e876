"""From TOML texts to a `DeviceModel`: inheritance, then the checks that need the whole model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

from dlmskit.cosem import interface_class
from dlmskit.exceptions import PluginLoadError
from dlmskit.model.device import Access, DeviceModel, ModelObject, Protection
from dlmskit.model.lines import Path
from dlmskit.model.schema import ROW_KEYS, Document, ModelFile, Places, convert, device_table, read_document
from dlmskit.model.service import READS, Service

Finder = Callable[[str], tuple[str, str]]
"""Gives the text and the file name of the model with an id. Raises `PluginLoadError` when there is none."""


LARGEST = 1 << 20
"""octets of a model file"""


def load_text(text: str, file: str, find: Finder) -> DeviceModel:
    """The model that `text` describes, with its ancestors found by `find`.

    Raises `PluginLoadError` with the file and line that are to be mended, which may be in an ancestor.
    """
    chain = _ancestry(read_document(text, file), find)
    merged = chain[-1]
    for child in reversed(chain[:-1]):
        merged = _merge(merged, child)
    parsed = convert(merged)
    _check(parsed, merged)
    return _model(parsed, tuple(document.tree["device"]["id"] for document in chain))


def load_path(path: str, find: Finder) -> DeviceModel:
    """The model in a file of the user. Raises `PluginLoadError`, also when the file cannot be read."""
    try:
        with FilePath(path).open("rb") as file:
            octets = file.read(LARGEST + 1)
        if len(octets) > LARGEST:
            raise PluginLoadError(f"a model file is at most {LARGEST} octets long", file=path)
        text = octets.decode("utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise PluginLoadError(f"cannot read the model file: {reason}", file=path) from None
    return load_text(text, path, find)


def _ancestry(document: Document, find: Finder) -> list[Document]:
    """The document and its ancestors, oldest last."""
    chain = [document]
    table = device_table(document)
    seen = [table.id]
    while (parent := table.inherit) is not None:
        place = chain[-1].place(("device", "inherit"))
        if parent in seen:
            raise place.error(f"inheritance goes in a circle: {' -> '.join([*seen, parent])}")
        try:
            text, file = find(parent)
        except PluginLoadError as error:
            raise place.error(f"inherit: {error.reason}") from None
        chain.append(read_document(text, file))
        table = device_table(chain[-1])
        seen.append(table.id)
    return chain


def _merge(parent: Document, child: Document) -> Document:
    """The child's keys over the parent's; `[device]` is the child's alone except for the maker."""
    tree = {**parent.tree}
    inherited = {key: value for key, value in parent.tree["device"].items() if key in ("maker", "flag_ids")}
    for entry in device_table(child).remove:
        section, _, name = entry.partition(".")
        if section not in ROW_KEYS or name not in tree.get(section, {}):
            raise child.place(("device", "remove")).error(f"remove: the parent has no {entry}")
        tree[section] = {key: row for key, row in tree[section].items() if key != name}
        objects = tree.get("object", {})
        if section == "association":
            tree["object"] = {key: _without(row, name) for key, row in objects.items()}
        if section == "object":
            tree["object"] = {key: _without_column(row, name) for key, row in objects.items()}
    tree = _overlay(_renamed(tree, child.tree), child.tree)
    tree["device"] = {**inherited, **child.tree["device"]}
    return Document(child.file, tree, Places(*parent.places.sources, *child.places.sources))


def _without_column(row: dict[str, Any], role: str) -> dict[str, Any]:
    """An object's row without the columns that capture an object that is not there any more."""
    if not isinstance(row.get("capture"), list):
        return row
    return {**row, "capture": [each for each in row["capture"] if not _captures(each, role)]}


def _captures(column: Any, role: str) -> bool:
    return isinstance(column, dict) and column.get("object") == role


def _renamed(parent: dict[str, Any], child: dict[str, Any]) -> dict[str, Any]:
    """The parent's tree where the child's rows are objects that the parent has under other names."""
    mine = child.get("object", {})
    there = {_place_of(row): role for role, row in parent.get("object", {}).items() if role not in mine}
    places = {role: _place_of(row) for role, row in mine.items() if role not in parent.get("object", {})}
    names = {there[place]: role for role, place in places.items() if place is not None and place in there}
    if not names:
        return parent
    objects = {names.get(role, role): _recaptured(row, names) for role, row in parent["object"].items()}
    return {**parent, "object": objects}


def _place_of(row: dict[str, Any]) -> tuple[Any, ...] | None:
    """Where an object is, None for a row that does not say it or not in full."""
    place = (row.get("class_id"), row.get("obis"))
    return place if None not in place else None


def _recaptured(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    if not isinstance(row.get("capture"), list):
        return row
    columns = [{**each, "object": names.get(each.get("object"), each.get("object"))} for each in row["capture"]]
    return {**row, "capture": columns}


def _without(row: dict[str, Any], association: str) -> dict[str, Any]:
    """An object's row without the rights of an association that is not there any more."""
    rest = {key: value for key, value in row.items() if key not in ("access", "attributes", "methods")}
    for key in ("attributes", "methods"):
        if key in row:
            rest[key] = {
                name: _without(each, association) if key == "attributes" else _rights_without(each, association)
                for name, each in row[key].items()
            }
    return {**rest, "access": _rights_without(row["access"], association)} if "access" in row else rest


def _rights_without(access: Any, association: str) -> Any:
    if not isinstance(access, dict):
        return access
    return {name: right for name, right in access.items() if name != association}


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _overlay(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


def _model(parsed: ModelFile, lineage: tuple[str, ...]) -> DeviceModel:
    table = parsed.device
    flag_ids = table.flag_ids if table.maker in ("", *table.flag_ids) else (table.maker, *table.flag_ids)
    return DeviceModel(
        id=table.id,
        name=table.name,
        maker=table.maker,
        flag_ids=flag_ids,
        fictional=table.fictional,
        lineage=lineage,
        connection=parsed.connection,
        associations=parsed.association,
        time=parsed.time,
        objects=parsed.object,
        quirks=parsed.quirk,
        pushes=parsed.push,
        services=parsed.service,
        event_tables=parsed.event_table,
        simulation=parsed.simulation,
    )


def _check(parsed: ModelFile, document: Document) -> None:
    """Refuse what is well typed but does not fit together."""
    connection = parsed.connection
    if connection is not None and connection.link == "iec21" and connection.iec21 is None:
        raise document.place(("connection",)).error("link iec21 needs a [connection.iec21] table")
    roles = {row.name for row in parsed.object}
    for association in parsed.association:
        for key in ("invocation_counter", "object", "security_setup"):
            role = getattr(association, key)
            if role is not None and role not in roles:
                raise document.place(("association", association.name, key)).error(f"{key}: no object named {role}")
    for service in parsed.service:
        _check_service(service, document)
    taken: dict[tuple[Any, ...], str] = {}
    for row in parsed.object:
        _check_object(row, parsed, roles, document)
        where = (row.class_id, row.obis, row.address)
        if where in taken:
            raise document.place(("object", row.name)).error(f"object {row.name} is where {taken[where]} already is")
        taken[where] = row.name


def _check_service(row: Service, document: Document) -> None:
    """Rules must be able to hold, and may acknowledge only what was read back after the last step that writes."""
    path: Path = ("service", row.id)
    names = [step.name for step in row.steps]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise document.place((*path, "steps", index)).error(f"step {name} is there twice")
    last = max((index for index, step in enumerate(row.steps) if step.do not in READS), default=len(names))
    for index, rule in enumerate(row.rules):
        place = document.place((*path, "rules", index))
        for value in rule.when:
            if value not in row.values:
                raise place.error(f"rule: there is no value named {value}")
        seen = {source.removesuffix(".at") for value in rule.when for source in row.values[value].of}
        if rule.outcome == "acknowledged" and not seen.intersection(names[last + 1 :]):
            raise place.error("rule: acknowledged needs a value that is read after the last step that writes")
        if not rule.when:
            raise place.error("rule: when names no value")


def _check_object(row: ModelObject, parsed: ModelFile, roles: set[str], document: Document) -> None:
    path: Path = ("object", row.name)
    cosem = row.class_id is not None and row.obis is not None
    if cosem == (row.address is not None) or (not cosem and (row.class_id, row.obis) != (None, None)):
        raise document.place(path).error(f"object {row.name} needs either class_id and obis, or address")
    if row.address is not None and row.format is None:
        raise document.place(path).error(f"object {row.name} has an address and needs a format")
    for index, column in enumerate(row.capture):
        if column.object not in roles:
            raise document.place((*path, "capture", index)).error(f"capture: no object named {column.object}")
    names = {association.name for association in parsed.association}
    _check_access(row.access, names, document, (*path, "access"))
    _check_access(row.protection, names, document, (*path, "protection"))
    for name, attribute in row.attributes.items():
        if attribute.access is not None:
            _check_access(attribute.access, names, document, (*path, "attributes", name))
        if attribute.protection is not None:
            _check_access(attribute.protection, names, document, (*path, "attributes", name, "protection"))
    for name, access in row.methods.items():
        _check_access(access, names, document, (*path, "methods", name))
    for name, protection in row.method_protection.items():
        _check_access(protection, names, document, (*path, "method_protection", name))
    if row.class_id is not None:
        _check_members(row, document, path)


def _check_access(access: Access | Protection, names: set[str], document: Document, path: Path) -> None:
    for name in access if isinstance(access, dict) else ():
        if name not in names:
            raise document.place(path).error(f"access: no association named {name}")


def _check_members(row: ModelObject, document: Document, path: Path) -> None:
    """Attributes and methods must be the interface class's, where it is one that is declared."""
    assert row.class_id is not None
    declared = interface_class(row.class_id, row.version)
    if not declared.exact:
        return
    for kind, used, members in (
        ("attributes", row.attributes, {item.name for item in declared.attributes}),
        ("methods", {**row.methods, **row.method_protection}, {item.name for item in declared.methods}),
    ):
        for name in used:
            if name not in members:
                reason = f"{declared.name} version {row.version} has no {kind[:-1]} {name}"
                raise document.place((*path, kind, name)).error(reason)
