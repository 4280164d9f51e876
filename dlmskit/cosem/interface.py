"""How an interface class is declared: its number and version, its attributes and its methods."""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec

from dlmskit.cosem import types
from dlmskit.cosem.types import Type
from dlmskit.enums import DataType

Confidence = Literal["agreed", "single", "name"]
"""Two independent sources agree on the attributes; one alone shows them; nothing but id, name and version is known"""


def _only_tag(form: Type) -> DataType | None:
    return form.tags[0] if len(form.tags) == 1 else None


class Attribute(msgspec.Struct, frozen=True):
    """One attribute: what it holds, whether it changes by itself, and which selectors read it in part."""

    index: int
    name: str
    form: Type = types.ANY
    static: bool = False
    """set from outside only; the meter itself changes the others"""
    selectors: tuple[int, ...] = ()
    secret: bool = False
    """never to be shown"""

    @property
    def type(self) -> DataType | None:
        """Its type on the wire, None where the standard leaves a choice."""
        return _only_tag(self.form)


class Method(msgspec.Struct, frozen=True):
    """One method: what it is given, and what it gives back where it does."""

    index: int
    name: str
    form: Type = types.ANY
    answer: Type | None = None

    @property
    def parameter(self) -> DataType | None:
        """The type of its parameter on the wire, None where there is a choice."""
        return _only_tag(self.form)


def static(
    index: int, name: str, form: Type = types.ANY, *, selectors: tuple[int, ...] = (), secret: bool = False
) -> Attribute:
    """An attribute that is set from outside only."""
    return Attribute(index, name, form, static=True, selectors=selectors, secret=secret)


def dynamic(index: int, name: str, form: Type = types.ANY, *, selectors: tuple[int, ...] = ()) -> Attribute:
    """An attribute that the meter itself changes."""
    return Attribute(index, name, form, selectors=selectors)


class InterfaceClass(msgspec.Struct, frozen=True):
    """A version of an interface class. One that is known by name or number only has attribute 1 and works by index."""

    class_id: int
    version: int
    name: str
    attributes: tuple[Attribute, ...] = ()
    methods: tuple[Method, ...] = ()
    confidence: Confidence = "agreed"
    declared_version: int | None = None
    """the version whose attributes these are, where that is a lower one"""
    remark: str = ""

    @property
    def known(self) -> bool:
        """False for a class of which no more than attribute 1 is declared."""
        return len(self.attributes) > 1

    @property
    def exact(self) -> bool:
        """Whether this very version is declared."""
        return self.known and self.declared_version is None

    def attribute(self, key: int | str) -> Attribute | None:
        """The attribute with this index or name."""
        return next((item for item in self.attributes if key in (item.index, item.name)), None)

    def method(self, key: int | str) -> Method | None:
        """The method with this index or name."""
        return next((item for item in self.methods if key in (item.index, item.name)), None)


def next_version(
    before: InterfaceClass,
    version: int,
    *,
    attributes: tuple[Attribute, ...] = (),
    methods: tuple[Method, ...] = (),
    confidence: Confidence | None = None,
) -> InterfaceClass:
    """The declaration that follows from an earlier version: members with a new index are added, others replaced."""
    return InterfaceClass(
        before.class_id,
        version,
        before.name,
        _merged(before.attributes, attributes),
        _merged(before.methods, methods),
        confidence or before.confidence,
    )


Member = TypeVar("Member", Attribute, Method)


def _merged(old: tuple[Member, ...], new: tuple[Member, ...]) -> tuple[Member, ...]:
    merged: dict[int, Member] = {}
    for item in old + new:
        merged[item.index] = item
    return tuple(merged[index] for index in sorted(merged))


LOGICAL_NAME = static(1, "logical_name", types.LOGICAL_NAME)
"""Attribute 1 of every class."""
