"""A-XDR of message classes, read off their field types.

A message class is written as its ASN.1 type, and its annotations say how it travels:

    ``Unsigned8`` ...           fixed-width integer
    ``bool``                    BOOLEAN, one octet, 00 false
    an ``IntEnum``              ENUMERATED, one octet, a known value only
    ``bytes``                   OCTET STRING with its length
    `Data`                      the Data CHOICE
    ``X | None``                OPTIONAL, a presence octet 00 or 01
    ``X | Y``                   CHOICE of [0] X, [1] Y, or of the numbers that the classes X, Y state as `CHOICE`
    ``tuple[X, ...]``           SEQUENCE OF, a count and the items
    a `Sequence` class          SEQUENCE, its fields one after the other

Source: IEC 61334-6 (A-XDR).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Self, Union, get_args, get_origin, get_type_hints

import msgspec

from dlmskit.apdu.fields import Fields
from dlmskit.apdu.wire import (
    BOOLEAN,
    DATA,
    LOGICAL_NAME,
    OCTET_STRING,
    Choice,
    Enumerated,
    Nested,
    Optional,
    SequenceOf,
    Wire,
)
from dlmskit.codec.data import Data
from dlmskit.exceptions import DecodeError
from dlmskit.limits import DEFAULT_LIMITS, Limits, Tolerance
from dlmskit.obis import Obis

_SIMPLE: dict[Any, Wire] = {bool: BOOLEAN, bytes: OCTET_STRING, Data: DATA, Obis: LOGICAL_NAME}


def wire_of(hint: Any) -> Wire:
    """The wire form that a field's annotation stands for."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        wire: Wire = arguments[1]
        return wire
    if origin in (Union, UnionType):
        alternatives = [argument for argument in arguments if argument is not NoneType]
        inner = _choice(alternatives)
        return Optional(inner) if len(alternatives) < len(arguments) else inner
    if origin is tuple:
        return SequenceOf(wire_of(arguments[0]))
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    return Enumerated(hint) if issubclass(hint, IntEnum) else Nested(hint)


def _choice(hints: list[Any]) -> Wire:
    if len(hints) == 1:
        return wire_of(hints[0])
    stated = tuple(hint.CHOICE for hint in hints if getattr(hint, "CHOICE", None) is not None)
    return Choice(tuple((hint, wire_of(hint)) for hint in hints), stated if len(stated) == len(hints) else ())


def asn1_name(name: str) -> str:
    """``AccessRequestGet`` as the standard writes it: ``access-request-get``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


# what octets in these forms hold is not known: a protected APDU, or a part of a value written or read
_OPAQUE = (type(OCTET_STRING), Optional, Choice)


class _Hidden(msgspec.Struct, frozen=True):
    octets: int

    def __repr__(self) -> str:
        return f"<{self.octets} octets>"


class Derived:
    """What is made from a message class when it is first asked for; few of the classes are met in one run."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make = make

    def __get__(self, instance: object, owner: type) -> Any:
        made = self._make(owner)
        for name, kept in list(vars(owner).items()):
            if kept is self:
                setattr(owner, name, made)
        return made


def _wires(cls: type[Sequence]) -> tuple[tuple[str, str, Wire], ...]:
    return tuple(
        (name, name.replace("_", "-"), wire_of(hint))
        for name, hint in get_type_hints(cls, include_extras=True).items()
        if get_origin(hint) is not ClassVar
    )


_DERIVED = {"WIRES": Derived(_wires), "FIELDS": Derived(lambda cls: Fields(cls, cls.WIRES, len(cls.HEAD)))}


class Sequence(msgspec.Struct, frozen=True, gc=False):
    """Base of messages and their parts: fields travel one after the other in the order of declaration.

    Made of finished values and never changed, they have no cycles, so the collector need not look at them.
    """

    WIRES: ClassVar[tuple[tuple[str, str, Wire], ...]] = ()
    """(attribute, ASN.1 name, wire form) of each field"""
    FIELDS: ClassVar[Fields]
    """reads and writes what `WIRES` describes"""
    HEAD: ClassVar[bytes] = b""
    """octets before the fields"""
    CHOICE: ClassVar[int | None] = None
    """number in the CHOICE that this is an alternative of, where it does not count from 0"""
    HIDDEN: ClassVar[frozenset[str]] = frozenset()
    """attributes that hold secrets: never shown by `repr`"""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, derived in _DERIVED.items():
            setattr(cls, name, derived)

    @classmethod
    def read(cls, octets: bytes, offset: int, limits: Limits, tolerance: Tolerance | None) -> tuple[Self, int]:
        """The sequence at `offset` and the offset behind it; `tolerance` None stands for a fresh one.

        Raises `DecodeError` with the path below this sequence.
        """
        return cls.FIELDS.read(octets, offset, limits, tolerance)

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [(name, self._shown(name, wire)) for name, _, wire in self.WIRES]

    def _shown(self, name: str, wire: Wire) -> Any:
        value = getattr(self, name)
        secret = isinstance(value, bytes) and (name in self.HIDDEN or isinstance(wire, _OPAQUE))
        return _Hidden(len(value)) if secret else value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def write(self) -> bytes:
        """Octets of the fields. Raises `EncodeError`."""
        return self.FIELDS.write(self)

    def to_bytes(self) -> bytes:
        """The whole in octets. Raises `EncodeError`."""
        return self.write()

    @classmethod
    def from_bytes(cls, octets: bytes, *, tolerance: Tolerance | None = None, limits: Limits = DEFAULT_LIMITS) -> Self:
        """Decode exactly one, nothing behind it. Raises `DecodeError`."""
        octets = bytes(octets)
        value, end = cls.read(octets, 0, limits, tolerance)
        if end != len(octets):
            raise DecodeError(f"{len(octets) - end} octets too many", end)
        return value
