"""How an interface class is declared: its number and version, its attributes and its methods."""

from __future__ import annotations

import msgspec

from dlmskit.enums import DataType


class Attribute(msgspec.Struct, frozen=True):
    """One attribute; `type` is None where the standard leaves a choice."""

    index: int
    name: str
    type: DataType | None = None


class Method(msgspec.Struct, frozen=True):
    """One method; `parameter` is the type of its parameter, None where there is a choice."""

    index: int
    name: str
    parameter: DataType | None = None


class InterfaceClass(msgspec.Struct, frozen=True):
    """A version of an interface class. One that is not declared here has no attributes and works by number alone."""

    class_id: int
    version: int
    name: str
    attributes: tuple[Attribute, ...] = ()
    methods: tuple[Method, ...] = ()

    @property
    def known(self) -> bool:
        """False for a class that is only a number to us."""
        return bool(self.attributes)

    def attribute(self, key: int | str) -> Attribute | None:
        """The attribute with this index or name."""
        return next((item for item in self.attributes if key in (item.index, item.name)), None)

    def method(self, key: int | str) -> Method | None:
        """The method with this index or name."""
        return next((item for item in self.methods if key in (item.index, item.name)), None)


LOGICAL_NAME = Attribute(1, "logical_name", DataType.OCTET_STRING)
"""Attribute 1 of every class."""
