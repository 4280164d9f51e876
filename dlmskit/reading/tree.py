"""What an association shows, as a tree of people's words: objects, their attributes and methods by name, rights."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from dlmskit.cosem.catalogue import describe
from dlmskit.cosem.classes import interface_class
from dlmskit.exceptions import UnknownObject
from dlmskit.obis import Obis
from dlmskit.reading.objects import AttributeRights, ObjectRow
from dlmskit.reading.reader import Reader, Where
from dlmskit.stack.dialogue import Procedure


class AttributeNode(msgspec.Struct, frozen=True):
    """One attribute and what this association may do with it; `rights` None where the meter does not tell them."""

    number: int
    name: str
    rights: AttributeRights | None = None


class MethodNode(msgspec.Struct, frozen=True):
    """One method; `access_mode` 0 is no access, None where the meter does not tell it."""

    number: int
    name: str
    access_mode: int | None = None


class ObjectNode(msgspec.Struct, frozen=True):
    """One object. `name` is its role in the model, and `description` what the catalogue says about its code."""

    class_id: int
    version: int
    obis: Obis
    class_name: str
    name: str | None
    description: str | None
    attributes: tuple[AttributeNode, ...]
    methods: tuple[MethodNode, ...]

    def attribute(self, key: int | str) -> AttributeNode:
        """The attribute with this number or name. Raises `UnknownObject`."""
        for each in self.attributes:
            if key in (each.number, each.name):
                return each
        raise UnknownObject(f"{self.class_name} {self.obis} has no attribute {key}")


class AssociationTree(msgspec.Struct, frozen=True):
    """The objects of one association, in the meter's order."""

    objects: tuple[ObjectNode, ...]

    def __iter__(self) -> Iterator[ObjectNode]:
        return iter(self.objects)

    def __len__(self) -> int:
        return len(self.objects)

    def __getitem__(self, where: Where) -> ObjectNode:
        """The first object of this name or logical name. Raises `UnknownObject`, `DecodeError` for what is neither."""
        found = next((each for each in self.objects if where in (each.name, each.obis)), None)
        if found is None:
            obis = where if isinstance(where, Obis) else Obis.parse(where)
            found = next((each for each in self.objects if each.obis == obis), None)
        if found is None:
            raise UnknownObject(f"the association shows no object {where}")
        return found

    def named(self, text: str) -> tuple[ObjectNode, ...]:
        """Objects that are called so by the model, the catalogue or their class; ``voltage_l1`` is ``voltage L1``."""
        wanted = _plain(text)
        by_name = tuple(each for each in self.objects if wanted in (_plain(each.name), _plain(each.description)))
        return by_name or tuple(each for each in self.objects if wanted == _plain(each.class_name))

    def find(self, text: str) -> tuple[ObjectNode, ...]:
        """Objects with `text` in their name, class, code or description."""
        wanted = text.casefold()
        return tuple(each for each in self.objects if wanted in _words(each))


def _plain(text: str | None) -> str:
    return (text or "").replace("_", " ").replace(",", "").casefold()


def _words(node: ObjectNode) -> str:
    return f"{node.name or ''} {node.class_name} {node.obis} {node.description or ''}".casefold()


def tree(reader: Reader) -> Procedure[AssociationTree]:
    """What this association shows: every object with its class, attributes by name, rights and description."""
    rows = yield from reader.objects()
    return AssociationTree(tuple(_node(reader, row) for row in rows))


def _node(reader: Reader, row: ObjectRow) -> ObjectNode:
    """By the object list; a meter that lists no rights is taken to have what the class declares."""
    declared = interface_class(row.class_id, row.version)
    names = {each.index: each.name for each in declared.attributes}
    methods = {each.index: each.name for each in declared.methods}
    modelled = reader.model.object_at(row.class_id, row.obis) if reader.model is not None else None
    return ObjectNode(
        row.class_id,
        row.version,
        row.obis,
        declared.name,
        modelled.name if modelled is not None else None,
        describe(row.obis),
        tuple(
            AttributeNode(number, names.get(number, f"attribute {number}"), row.attributes.get(number))
            for number in sorted(row.attributes or names)
        ),
        tuple(
            MethodNode(number, methods.get(number, f"method {number}"), row.methods.get(number))
            for number in sorted(row.methods or (() if row.attributes else methods))
        ),
    )
