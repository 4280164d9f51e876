"""WHERE: how a person names an object of a meter and one of its attributes.

::

    1-0:1.8.0               an OBIS code in any usual spelling
    energy_import_total     the name of an object of the model
    3/1-0:1.8.0             the class before, where it is not evident
    8/0-0:1.0.0/2           the attribute behind, by number or name; left out it is 2
    clock.time              the same with the attribute's name
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import msgspec

from dlmskit.exceptions import DataAccessError, DecodeError, UnknownObject

if TYPE_CHECKING:
    from dlmskit.client import Client
    from dlmskit.obis import Obis
    from dlmskit.reading import Place

FORM = "[CLASS/]NAME[/ATTRIBUTE]"
_LARGEST_CLASS = 0xFFFF
_DOTTED = re.compile(r"(.+)\.([a-z][a-z_]+)")
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.IGNORECASE)


class NoSuchObject(DataAccessError):
    """Neither the meter's object list nor its model has the object."""

    def __str__(self) -> str:
        return f"the meter has no object {self.what}"


class Item(msgspec.Struct, frozen=True):
    """An object by name and an attribute of it; `attribute` is None where none was said."""

    where: str
    class_id: int | None = None
    attribute: int | str | None = None

    @classmethod
    def parse(cls, text: str) -> Item:
        """Raises `click.UsageError` for a text of another form."""
        head, slash, rest = text.partition("/")
        class_id = int(head) if slash and head.isdecimal() and int(head) <= _LARGEST_CLASS else None
        where, slash, last = (text if class_id is None else rest).partition("/")
        if not slash and (dotted := _DOTTED.fullmatch(where)):
            where, last = dotted.groups()
        attribute = int(last) if last.isdecimal() else last
        if not where or where.isdecimal() or (slash and not last) or (last and not _is_key(attribute)):
            raise click.UsageError(f"{text!r} is no item: wanted {FORM}, like 1-0:1.8.0 or 8/0-0:1.0.0/2")
        return cls(where, class_id, attribute if last else None)

    @classmethod
    def whole(cls, text: str, what: str) -> Item:
        """An object and, in the same word, an attribute or method of it. Raises `click.UsageError`."""
        item = cls.parse(text)
        if item.attribute is None:
            raise click.UsageError(f"Missing argument {what!r}: {text!r} does not say it")
        return item

    @classmethod
    def member(cls, text: str, key: str) -> Item:
        """An object and, said apart, an attribute or method of it. Raises `click.UsageError`."""
        item = cls.parse(text)
        number = int(key) if key.isdecimal() else key
        if item.attribute is not None:
            raise click.UsageError(f"{text!r} already says {item.attribute}, and {key!r} comes behind it")
        if not _is_key(number):
            raise click.UsageError(f"{key!r} is neither a number from 1 to 127 nor a name")
        return cls(item.where, item.class_id, number)

    def obis(self, meter: Client) -> Obis:
        """The logical name; what is neither a code nor a name of the model is looked for among the meter's objects."""
        try:
            return meter.reader.obis(self.where)
        except DecodeError as error:
            found = meter.tree().named(self.where) if _NAME.fullmatch(self.where) else ()
            if len(found) == 1:
                return found[0].obis
            which = f"several objects are: {', '.join(str(each.obis) for each in found[:8])}" if found else error.reason
            raise click.UsageError(f"no single object is named {self.where}: {which}") from None

    def place(self, meter: Client) -> Place:
        """The object. Raises `click.UsageError` for a name that nothing has, and `NoSuchObject`."""
        obis = self.obis(meter)
        try:
            return meter.place(obis, self.class_id)
        except UnknownObject:
            raise NoSuchObject("object-undefined", f"{obis}: dlmskit tree TARGET shows what there is") from None


def _is_key(attribute: int | str) -> bool:
    return 0 < attribute < 0x80 if isinstance(attribute, int) else _NAME.fullmatch(attribute) is not None
