"""The language in which interface classes declare what their attributes and methods hold.

::

    ACTION = structure(script_logical_name=LOGICAL_NAME, script_selector=LONG_UNSIGNED)
    array_of(structure(day_id=UNSIGNED, day_schedule=array_of(...)))      a list of records
    enumerated("disconnected", "connected", "ready-for-reconnection")     numbers with labels, from 0
    choice(NULL_DATA, ACTION)                                             one of several
    ANY                                                                   whatever the object chooses
    SCALED                                                                a number that scaler_unit belongs to

A type only says what is meant; `dlmskit.cosem.typed` reads and writes values by it. `str()` gives it in words.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from dlmskit.enums import DataType


class Kind(StrEnum):
    """What an octet-string carries."""

    OCTETS = "octets"
    LOGICAL_NAME = "logical name"
    DATE_TIME = "date-time"
    DATE = "date"
    TIME = "time"
    TEXT = "text"


class Type(msgspec.Struct, frozen=True):
    """Base of every type of the language."""

    @property
    def tags(self) -> tuple[DataType, ...]:
        """The A-XDR types that a value may have; none where there is no restriction."""
        return ()

    @property
    def closed(self) -> bool:
        """Whether the declaration alone says how a value is written."""
        return bool(self.tags)


class Any(Type, frozen=True):
    """Whatever the object chooses."""

    def __str__(self) -> str:
        return "CHOICE"


class Scaled(Type, frozen=True):
    """As `Any`; a number is a quantity in the unit that the object's attribute `by` gives."""

    by: str = "scaler_unit"

    def __str__(self) -> str:
        return f"CHOICE, scaled by {self.by}"


class Simple(Type, frozen=True):
    """One type without elements and without further meaning."""

    tag: DataType

    @property
    def tags(self) -> tuple[DataType, ...]:
        return (self.tag,)

    def __str__(self) -> str:
        return self.tag.label


class OctetString(Type, frozen=True):
    """An octet-string, what it carries, and its length where that is fixed."""

    kind: Kind = Kind.OCTETS
    size: int | None = None

    @property
    def tags(self) -> tuple[DataType, ...]:
        return (DataType.OCTET_STRING,)

    def __str__(self) -> str:
        size = f"[{self.size}]" if self.size is not None else ""
        return f"octet-string{size}" + ("" if self.kind is Kind.OCTETS else f" ({self.kind})")


class Enumerated(Type, frozen=True):
    """A number whose values have labels; other values stay numbers."""

    labels: dict[int, str]
    tag: DataType = DataType.ENUM

    @property
    def tags(self) -> tuple[DataType, ...]:
        return (self.tag,)

    def __str__(self) -> str:
        return f"{self.tag.label} ({', '.join(f'{number} {label}' for number, label in self.labels.items())})"


class Flags(Type, frozen=True):
    """Bits with labels, in a bit-string from its first bit on or in an unsigned number from its lowest bit on.

    Bits of numbers that have no label are ``bit-N``. A bit-string of another length than the labels is left as it is.
    """

    labels: tuple[str, ...]
    tag: DataType = DataType.BIT_STRING

    @property
    def tags(self) -> tuple[DataType, ...]:
        return (self.tag,)

    def __str__(self) -> str:
        return f"{self.tag.label} of flags ({', '.join(self.labels)})"


class UnitCode(Type, frozen=True):
    """An enum that is a code of `dlmskit.cosem.units.Unit`."""

    @property
    def tags(self) -> tuple[DataType, ...]:
        return (DataType.ENUM,)

    def __str__(self) -> str:
        return "enum (unit)"


class Field(msgspec.Struct, frozen=True):
    """One element of a structure."""

    name: str
    type: Type


class Structure(Type, frozen=True):
    """Named elements in their order."""

    fields: tuple[Field, ...]

    @property
    def tags(self) -> tuple[DataType, ...]:
        return (DataType.STRUCTURE,)

    @property
    def closed(self) -> bool:
        return all(field.type.closed for field in self.fields)

    def __str__(self) -> str:
        return "{" + "; ".join(f"{field.name}: {field.type}" for field in self.fields) + "}"


class ArrayOf(Type, frozen=True):
    """Any number of items of one type."""

    item: Type

    @property
    def tags(self) -> tuple[DataType, ...]:
        return (DataType.ARRAY,)

    @property
    def closed(self) -> bool:
        return self.item.closed

    def __str__(self) -> str:
        return f"array of {self.item}"


class Choice(Type, frozen=True):
    """One of several types; the first that fits counts."""

    alternatives: tuple[Type, ...]

    @property
    def tags(self) -> tuple[DataType, ...]:
        return tuple(tag for alternative in self.alternatives for tag in alternative.tags)

    @property
    def closed(self) -> bool:
        return False

    def __str__(self) -> str:
        return " or ".join(map(str, self.alternatives))


def structure(**fields: Type) -> Structure:
    """A structure of the named types, in the order they are written."""
    return Structure(tuple(Field(name, kind) for name, kind in fields.items()))


def array_of(item: Type) -> ArrayOf:
    """An array of `item`."""
    return ArrayOf(item)


def choice(*alternatives: Type) -> Choice:
    """One of `alternatives`."""
    return Choice(alternatives)


def optional(kind: Type) -> Choice:
    """`kind`, or null-data where there is none."""
    return Choice((NULL_DATA, kind))


def enumerated(*labels: str, tag: DataType = DataType.ENUM, first: int = 0, **further: int) -> Enumerated:
    """Numbers from `first` on with `labels`; `further` gives those that stand apart, underscores for hyphens."""
    numbers = dict(enumerate(labels, first))
    numbers.update({number: label.replace("_", "-") for label, number in further.items()})
    return Enumerated(numbers, tag)


def flags(*labels: str, tag: DataType = DataType.BIT_STRING) -> Flags:
    """Bits with `labels`."""
    return Flags(labels, tag)


ANY = Any()
SCALED = Scaled()
NULL_DATA = Simple(DataType.NULL_DATA)
BOOLEAN = Simple(DataType.BOOLEAN)
BIT_STRING = Simple(DataType.BIT_STRING)
INTEGER = Simple(DataType.INTEGER)
LONG = Simple(DataType.LONG)
DOUBLE_LONG = Simple(DataType.DOUBLE_LONG)
LONG64 = Simple(DataType.LONG64)
UNSIGNED = Simple(DataType.UNSIGNED)
LONG_UNSIGNED = Simple(DataType.LONG_UNSIGNED)
DOUBLE_LONG_UNSIGNED = Simple(DataType.DOUBLE_LONG_UNSIGNED)
LONG64_UNSIGNED = Simple(DataType.LONG64_UNSIGNED)
ENUM = Simple(DataType.ENUM)
VISIBLE_STRING = Simple(DataType.VISIBLE_STRING)
UTF8_STRING = Simple(DataType.UTF8_STRING)
DATE_TIME = Simple(DataType.DATE_TIME)
OCTET_STRING = OctetString()
LOGICAL_NAME = OctetString(Kind.LOGICAL_NAME, 6)
DATE_TIME_OCTETS = OctetString(Kind.DATE_TIME, 12)
DATE_OCTETS = OctetString(Kind.DATE, 5)
TIME_OCTETS = OctetString(Kind.TIME, 4)
TEXT_OCTETS = OctetString(Kind.TEXT)
SYSTEM_TITLE = OctetString(size=8)
SCALER_UNIT = structure(scaler=INTEGER, unit=UnitCode())
SCRIPT = structure(script_logical_name=LOGICAL_NAME, script_selector=LONG_UNSIGNED)
"""what to execute: a script table and one of its scripts"""
ATTRIBUTE_VALUE = structure(class_id=LONG_UNSIGNED, logical_name=LOGICAL_NAME, attribute_index=INTEGER)
"""which attribute is watched"""
CAPTURE_OBJECT = structure(
    class_id=LONG_UNSIGNED, logical_name=LOGICAL_NAME, attribute_index=INTEGER, data_index=LONG_UNSIGNED
)
WINDOW = structure(start_time=DATE_TIME_OCTETS, end_time=DATE_TIME_OCTETS)
COMM_SPEED = enumerated("300", "600", "1200", "2400", "4800", "9600", "19200", "38400", "57600", "115200")
"""bits in a second"""
