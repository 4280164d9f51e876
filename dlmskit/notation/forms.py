"""How a field of each Python type is written and read: one form a type, found from the annotation.

::

    int, bool                  a number, true or false
    bytes                      hex
    `Obis`                     ``1-0:1.8.0*255``
    an ``IntEnum``             the standard's word; where a text is possible as well, that text
    an ``IntFlag``             the words of the bits that are set
    `Data`                     its type and value
    a message class            its fields; one that is None is left out
    ``X | Y``                  the name of the type, and the value
    ``tuple[X, ...]``          items
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, IntFlag
from functools import cache
from types import NoneType, UnionType
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

import msgspec

from dlmskit.apdu.sequence import asn1_name
from dlmskit.codec.data import Data
from dlmskit.exceptions import DecodeError
from dlmskit.limits import Limits
from dlmskit.notation import data_form, scalars
from dlmskit.notation.tree import Given, Typed, Written
from dlmskit.obis import Obis

_RAW_DATA = "raw-data"


class Form(msgspec.Struct, frozen=True):
    """Both ways between a value and the tree. `read` raises `DecodeError`."""

    write: Callable[[Any], Written]
    read: Callable[[Given, Limits], Any]


@cache
def form_of(hint: Any) -> Form:
    """The form of a field's annotation, without what `Annotated` adds."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _alternatives([argument for argument in arguments if argument is not NoneType])
    if origin is tuple:
        return _items(form_of(arguments[0])) if arguments[-1] is Ellipsis else _row([*map(form_of, arguments)])
    if hint in _SCALARS:
        return _SCALARS[hint]
    if issubclass(hint, IntFlag):
        return _flags(hint)
    return _word(hint) if issubclass(hint, IntEnum) else _sequence(hint)


def _read_obis(given: Given) -> Obis:
    try:
        return Obis.parse(scalars.read_text(given).strip())
    except DecodeError as error:
        raise given.error(error.reason) from None


_SCALARS: dict[Any, Form] = {
    bool: Form(bool, lambda given, _: scalars.read_boolean(given)),
    int: Form(int, lambda given, _: scalars.read_integer(given)),
    bytes: Form(bytes.hex, lambda given, _: scalars.read_hex(given)),
    Obis: Form(str, lambda given, _: _read_obis(given)),
    Data: Form(data_form.write, data_form.read),
}


def label(member: IntEnum | IntFlag) -> str:
    """The standard's word for a member of an enumeration."""
    return (member.name or "").lower().replace("_", "-")


def _words(members: Any) -> dict[str, Any]:
    return {label(member): member for member in members}


def _member(words: dict[str, Any], given: Given) -> Any:
    found = scalars.read_text(given).strip()
    if found not in words:
        raise given.error(f"{scalars.shown(found)} is none of: {', '.join(words)}")
    return words[found]


def _word(members: type[IntEnum], *, or_text: bool = False) -> Form:
    words = _words(members)

    def read(given: Given, limits: Limits) -> Any:
        if or_text and (found := scalars.read_text(given).strip()) not in words:
            return found
        return _member(words, given)

    return Form(lambda value: value if isinstance(value, str) else label(value), read)


def _flags(members: type[IntFlag]) -> Form:
    words = _words(members)

    def read(given: Given, limits: Limits) -> IntFlag:
        value = members(0)
        for item in given.items():
            value |= _member(words, item)
        return value

    return Form(lambda value: [label(bit) for bit in members if bit in value], read)


def _items(item: Form) -> Form:
    return Form(
        lambda value: [item.write(one) for one in value],
        lambda given, limits: tuple(item.read(one, limits) for one in given.items()),
    )


def _row(forms: list[Form]) -> Form:
    def read(given: Given, limits: Limits) -> tuple[Any, ...]:
        items = given.items()
        if len(items) != len(forms):
            raise given.error(f"wanted {len(forms)} items, found {len(items)}")
        return tuple(form.read(item, limits) for form, item in zip(forms, items, strict=True))

    return Form(lambda value: [form.write(one) for form, one in zip(forms, value, strict=True)], read)


def _sequence(cls: type[Any]) -> Form:
    hints = {name: hint for name, hint in get_type_hints(cls).items() if get_origin(hint) is not ClassVar}
    fields = {name.replace("_", "-"): (name, form_of(hint)) for name, hint in hints.items()}
    optional = [name for name, hint in hints.items() if NoneType in get_args(hint)]
    required = [field.name for field in msgspec.structs.fields(cls) if field.required and field.name not in optional]

    def write(value: Any) -> Written:
        present = ((name, getattr(value, attribute), form) for name, (attribute, form) in fields.items())
        return {name: form.write(found) for name, found, form in present if found is not None}

    def read(given: Given, limits: Limits) -> Any:
        values: dict[str, Any] = dict.fromkeys(optional)
        for name, inner in given.fields().items():
            if name not in fields:
                raise inner.error(
                    f"{asn1_name(cls.__name__)} has no field {scalars.shown(name)}; it has: {', '.join(fields)}"
                )
            attribute, form = fields[name]
            values[attribute] = form.read(inner, limits)
        if missing := [name.replace("_", "-") for name in required if name not in values]:
            raise given.error(f"{asn1_name(cls.__name__)} lacks {', '.join(missing)}")
        return cls(**values)

    return Form(write, read)


def _alternatives(hints: list[Any]) -> Form:
    if len(hints) == 1:
        return form_of(hints[0])
    if str in hints:
        (members,) = (hint for hint in hints if hint is not str)
        return _word(members, or_text=True)
    names = {hint: _RAW_DATA if hint is bytes else asn1_name(hint.__name__) for hint in hints if hint is not Data}
    forms = {hint: form_of(hint) for hint in hints}
    by_name = {name: forms[hint] for hint, name in names.items()}

    def write(value: Any) -> Written:
        hint = next(hint for hint in hints if isinstance(value, hint))
        written = forms[hint].write(value)
        return written if hint is Data else Typed(names[hint], written)

    def read(given: Given, limits: Limits) -> Any:
        kind, inner = given.typed()
        if kind in by_name:
            return by_name[kind].read(inner, limits)
        if Data in forms:
            return forms[Data].read(given, limits)
        raise given.error(f"{scalars.shown(kind)} is none of: {', '.join(by_name)}")

    return Form(write, read)
