"""Between Data and plain Python, as the declaration of an attribute or method means it.

::

    structure              dict by field name              enumerated      its label, or the number without one
    array                  list                            flags           list of the labels that are set
    octet-string           Obis, CosemDateTime, CosemDate, CosemTime, text, or bytes, by what it carries
    scaler_unit's unit     Unit, or its code               SCALED          Quantity where a scaler is given
    everything else        what `Data.value` gives

What a meter sends does not always fit. A value of a near type (another width, a date-time of its own type) is read all
the same and what does not fit at all stays a `Data` in its place; both are told in `View.misfits`. Data may stand
anywhere in what is written and goes out as it is, so nothing is lost on the way through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from dlmskit.codec import axdr, data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDate, CosemDateTime, CosemTime
from dlmskit.codec.values import BitString, Node
from dlmskit.cosem import types
from dlmskit.cosem.quantity import INTEGERS, NUMBERS, Quantity, scale
from dlmskit.cosem.types import Kind, Type
from dlmskit.cosem.units import Unit, unit_of
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, EncodeError
from dlmskit.obis import Obis

Scaling = tuple[int, Unit | None]
"""scaler and unit of the object that a value belongs to"""

_COUNTS = INTEGERS | {DataType.ENUM, DataType.BCD}
_STRINGS = frozenset({DataType.OCTET_STRING, DataType.VISIBLE_STRING, DataType.UTF8_STRING})
_LISTS = (DataType.ARRAY, DataType.COMPACT_ARRAY)
_MOMENTS: dict[Kind, tuple[DataType, type[CosemDateTime] | type[CosemDate] | type[CosemTime]]] = {
    Kind.DATE_TIME: (DataType.DATE_TIME, CosemDateTime),
    Kind.DATE: (DataType.DATE, CosemDate),
    Kind.TIME: (DataType.TIME, CosemTime),
}


class Misfit(msgspec.Struct, frozen=True):
    """A place where a value is not what the declaration says."""

    path: str
    wanted: str
    found: str

    def __str__(self) -> str:
        return f"{self.path}: wanted {self.wanted}, found {self.found}"


class View(msgspec.Struct, frozen=True):
    """A value as plain Python, and where it is not what was declared."""

    value: Any
    misfits: tuple[Misfit, ...] = ()


def view(form: Type, value: Data, *, scaling: Scaling | None = None, name: str = "value") -> View:
    """`value` as `form` means it; paths of misfits begin with `name`. Never raises for what a meter sent."""
    reader = _Reader(name, scaling)
    seen = reader.read(form, value.tree())
    return View(seen, tuple(reader.misfits))


def to_data(
    form: Type, value: Any, *, like: Data | None = None, scaling: Scaling | None = None, name: str = "value"
) -> Data:
    """Plain Python, in the shapes that `view` gives, as Data.

    Where the declaration leaves a choice, `like` decides: what the attribute held before, or held in another meter.
    With `scaling`, numbers of a `SCALED` value are quantities in that unit. Raises `EncodeError` that names the place.
    """
    return Data(_Writer(scaling).write(form, value, like.tree() if like is not None else None, name))


class _Misfit(Exception):
    """Internal: the node is not of the form at all."""


class _Reader:
    def __init__(self, name: str, scaling: Scaling | None) -> None:
        self._path = [name]
        self._scaling = scaling
        self.misfits: list[Misfit] = []

    def read(self, form: Type, node: Node) -> Any:
        try:
            return self._read(form, node)
        except _Misfit as error:
            self._note(form, error.args[0])
            return _raw(node)

    def _note(self, form: Type, found: str) -> None:
        self.misfits.append(Misfit("".join(self._path), str(form), found))

    def _inside(self, step: str, form: Type, node: Node) -> Any:
        self._path.append(step)
        try:
            return self.read(form, node)
        finally:
            self._path.pop()

    def _read(self, form: Type, node: Node) -> Any:
        match form:
            case types.Structure(fields):
                return self._structure(fields, node)
            case types.ArrayOf(item):
                if node.tag not in _LISTS:
                    raise _Misfit(_shown(node))
                return [self._inside(f"[{index}]", item, each) for index, each in enumerate(node.value)]
            case types.Choice(alternatives):
                return self._choice(alternatives, node)
            case types.Any():
                return _plain(node)
            case types.Scaled():
                return self._scaled(node)
            case types.Flags(labels):
                return self._flags(form, labels, node)
            case types.OctetString(kind, size):
                return self._octets(form, kind, size, node)
        self._expect_near(form, node, _COUNTS if form.tags[0] in _COUNTS else _STRINGS)
        if isinstance(form, types.Enumerated):
            return form.labels.get(node.value, node.value)
        if isinstance(form, types.UnitCode):
            unit = unit_of(node.value)
            return node.value if unit is None else unit
        return _plain(node)

    def _expect_near(self, form: Type, node: Node, near: frozenset[DataType]) -> None:
        """Note another type of the same kind; raise for one of another kind."""
        if node.tag in form.tags:
            return
        if node.tag not in near or form.tags[0] not in near:
            raise _Misfit(_shown(node))
        self._note(form, _shown(node))

    def _structure(self, fields: tuple[types.Field, ...], node: Node) -> dict[str, Any]:
        if node.tag != DataType.STRUCTURE:
            raise _Misfit(_shown(node))
        if len(node.value) != len(fields):
            raise _Misfit(f"a structure of {len(node.value)}")
        elements = zip(fields, node.value, strict=True)
        return {field.name: self._inside(f".{field.name}", field.type, each) for field, each in elements}

    def _choice(self, alternatives: tuple[Type, ...], node: Node) -> Any:
        fitting = [each for each in alternatives if not each.tags or node.tag in each.tags]
        if not fitting:
            near = next((each for each in alternatives if _near(each, node)), None)
            if near is None:
                raise _Misfit(_shown(node))
            return self._read(near, node)
        before = len(self.misfits)
        for alternative in fitting:
            value = self.read(alternative, node)
            if len(self.misfits) == before:
                return value
            if alternative is not fitting[-1]:
                del self.misfits[before:]
        return value

    def _scaled(self, node: Node) -> Any:
        if self._scaling is None or node.tag not in NUMBERS:
            return _plain(node)
        scaler, unit = self._scaling
        return Quantity(scale(node.value, scaler), unit)

    def _flags(self, form: Type, labels: tuple[str, ...], node: Node) -> Any:
        if form.tags[0] is DataType.BIT_STRING:
            if node.tag != DataType.BIT_STRING:
                raise _Misfit(_shown(node))
            if len(node.value) != len(labels):
                self._note(form, f"a bit-string of {len(node.value)}")
                return node.value
            return [label for index, label in enumerate(labels) if node.value[index]]
        self._expect_near(form, node, _COUNTS)
        if node.value < 0:
            raise _Misfit(f"{node.value}")
        return [_bit(labels, index) for index in range(node.value.bit_length()) if node.value >> index & 1]

    def _octets(self, form: Type, kind: Kind, size: int | None, node: Node) -> Any:
        if kind in _MOMENTS and node.tag == _MOMENTS[kind][0]:
            self._note(form, _shown(node))
            return _plain(node)
        self._expect_near(form, node, _STRINGS)
        octets = node.value.encode() if isinstance(node.value, str) else node.value
        if size is not None and len(octets) != size:
            raise _Misfit(f"{len(octets)} octets")
        try:
            return _meaning(kind, octets)
        except DecodeError as error:
            raise _Misfit(error.reason) from None


class _Writer:
    def __init__(self, scaling: Scaling | None) -> None:
        self._scaling = scaling

    def write(self, form: Type, value: Any, like: Node | None, path: str) -> bytes:
        """The octets of `value`, tag first."""
        if isinstance(value, Data):
            return value.to_bytes()
        match form:
            case types.Structure(fields):
                return self._structure(fields, value, like, path)
            case types.ArrayOf(item):
                if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
                    raise _unfit(path, "a list", value)
                nodes = _nodes(like, _LISTS)
                pieces = [
                    self.write(item, each, nodes[min(index, len(nodes) - 1)] if nodes else None, f"{path}[{index}]")
                    for index, each in enumerate(value)
                ]
                return _composite(DataType.ARRAY, pieces)
            case types.Choice(alternatives):
                return self._choice(form, alternatives, value, like, path)
            case types.Any():
                return _any(value, like, path)
            case types.Scaled():
                return _any(self._unscaled(value, path), like, path)
        tag = like.tag if like is not None and (like.tag in form.tags or _near(form, like)) else form.tags[0]
        try:
            return bytes((tag,)) + axdr.encode_scalar(tag, _wire(form, value, DataType(tag)))
        except (EncodeError, DecodeError, TypeError) as error:
            reason = error.reason if isinstance(error, DecodeError) else str(error)
            raise EncodeError(f"{path}: wanted {form}, found {_brief(value)}: {reason}") from None

    def _structure(self, fields: tuple[types.Field, ...], value: Any, like: Node | None, path: str) -> bytes:
        if isinstance(value, Mapping):
            names = [field.name for field in fields]
            wrong = [f"no {name}" for name in names if name not in value]
            wrong += [f"unknown {name}" for name in value if name not in names]
            if wrong:
                raise EncodeError(f"{path}: wanted the fields {', '.join(names)}; {', '.join(wrong)}")
            values = [value[name] for name in names]
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes) and len(value) == len(fields):
            values = list(value)
        else:
            raise _unfit(path, f"a dictionary of {', '.join(field.name for field in fields)}", value)
        nodes = _nodes(like, (DataType.STRUCTURE,))
        pieces = [
            self.write(field.type, each, nodes[index] if index < len(nodes) else None, f"{path}.{field.name}")
            for index, (field, each) in enumerate(zip(fields, values, strict=True))
        ]
        return _composite(DataType.STRUCTURE, pieces)

    def _choice(self, form: Type, alternatives: tuple[Type, ...], value: Any, like: Node | None, path: str) -> bytes:
        if value is None and DataType.NULL_DATA in form.tags:
            return bytes((DataType.NULL_DATA,))
        reasons = []
        ordered = sorted(alternatives, key=lambda each: like is None or (bool(each.tags) and like.tag not in each.tags))
        for alternative in ordered:
            try:
                return self.write(alternative, value, like, path)
            except EncodeError as error:
                reasons.append(str(error))
        raise EncodeError("; ".join(reasons))

    def _unscaled(self, value: Any, path: str) -> Any:
        if isinstance(value, Quantity):
            if self._scaling is None:
                raise EncodeError(f"{path}: a quantity is written only where scaler and unit are known")
            if value.unit is not None and value.unit is not self._scaling[1]:
                unit = self._scaling[1].symbol if self._scaling[1] is not None else "no known unit"
                raise EncodeError(f"{path}: wanted {unit}, found {value}")
            value = value.value
        if self._scaling is None or isinstance(value, bool) or not isinstance(value, int | Decimal):
            return value
        raw = scale(value, 0).scaleb(-self._scaling[0])
        if raw != raw.to_integral_value():
            raise EncodeError(f"{path}: {value} is finer than the scaler {self._scaling[0]} can say")
        return int(raw)


def _any(value: Any, like: Node | None, path: str) -> bytes:
    """A value of open type: as `like` where that is given, else by the Python type where this leaves no doubt."""
    if isinstance(value, Data):
        return value.to_bytes()
    if like is not None:
        octets = _as(value, like, path)
        if octets is not None:
            return octets
    found = next((tag for kind, tag in _CERTAIN if isinstance(value, kind)), None)
    if value is None:
        found = DataType.NULL_DATA
    if found is None:
        raise EncodeError(f"{path}: {_brief(value)} may be of several types: say which, as dlmskit.codec.data does")
    return data.of(found, value).to_bytes()


_CERTAIN: tuple[tuple[type, DataType], ...] = (
    (bool, DataType.BOOLEAN),
    (bytes, DataType.OCTET_STRING),
    (str, DataType.VISIBLE_STRING),
    (BitString, DataType.BIT_STRING),
    (CosemDateTime, DataType.DATE_TIME),
    (CosemDate, DataType.DATE),
    (CosemTime, DataType.TIME),
)


def _as(value: Any, like: Node, path: str) -> bytes | None:
    """`value` in the type of `like`, None where it is of another kind."""
    if like.tag in (*_LISTS, DataType.STRUCTURE):
        if _plain(like) == value:
            return bytes(axdr.encode_tree(like))
        if not isinstance(value, list) or (like.tag == DataType.STRUCTURE and len(value) != len(like.value)):
            return None
        nodes = like.value or (None,)
        pieces = [_any(each, nodes[min(i, len(nodes) - 1)], f"{path}[{i}]") for i, each in enumerate(value)]
        return _composite(DataType.STRUCTURE if like.tag == DataType.STRUCTURE else DataType.ARRAY, pieces)
    try:
        return bytes((like.tag,)) + axdr.encode_scalar(like.tag, value)
    except EncodeError:
        if like.tag in NUMBERS and isinstance(value, int):
            raise EncodeError(f"{path}: {value} does not fit {DataType(like.tag).label}") from None
        return None


def _wire(form: Type, value: Any, tag: DataType) -> Any:
    """A value without elements, as the codec takes it for `tag`. Raises `EncodeError` or `DecodeError`."""
    match form:
        case types.Enumerated(labels) if isinstance(value, str):
            number = next((number for number, label in labels.items() if label == value), None)
            if number is None:
                raise EncodeError("no such label")
            return number
        case types.UnitCode() if isinstance(value, str):
            try:
                return int(Unit.from_symbol(value))
            except KeyError:
                raise EncodeError("no such unit") from None
        case types.Flags(labels) if not isinstance(value, int | BitString | str):
            return _bits_of(labels, list(value), tag)
        case types.OctetString(kind, size):
            octets = _octets_of(kind, value)
            if size is not None and len(octets) != size:
                raise EncodeError(f"{len(octets)} octets")
            return octets
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _bits_of(labels: tuple[str, ...], chosen: list[Any], tag: DataType) -> Any:
    numbered = {_bit(labels, index): index for index in range(64)}
    unknown = [str(label) for label in chosen if label not in numbered]
    if unknown:
        raise EncodeError(f"no flag {', '.join(unknown)}")
    indexes = {numbered[label] for label in chosen}
    if tag is DataType.BIT_STRING:
        return BitString.from_str("".join("01"[index in indexes] for index in range(len(labels))))
    return sum(1 << index for index in indexes)


def _bit(labels: tuple[str, ...], index: int) -> str:
    return labels[index] if index < len(labels) else f"bit-{index}"


def _octets_of(kind: Kind, value: Any) -> bytes:
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if kind is Kind.LOGICAL_NAME:
        name = Obis.parse(value) if isinstance(value, str) else value
        if isinstance(name, Obis):
            return name.to_bytes()
    elif kind in _MOMENTS:
        if isinstance(value, _MOMENTS[kind][1]):
            return value.to_bytes()
    elif isinstance(value, str):
        return value.encode()
    raise EncodeError(f"not {kind}")


def _meaning(kind: Kind, octets: bytes) -> Any:
    """What octets carry. Raises `DecodeError`."""
    if kind is Kind.LOGICAL_NAME:
        return Obis.from_bytes(octets)
    if kind in _MOMENTS:
        return _moment(kind, octets)
    if kind is Kind.TEXT and octets.isascii() and octets.decode().isprintable():
        return octets.decode()
    return octets


def _moment(kind: Kind, octets: bytes) -> CosemDateTime | CosemDate | CosemTime:
    return _MOMENTS[kind][1].from_bytes(octets)


def _near(form: Type, node: Node | None) -> bool:
    """Whether a node of another type than the declared one carries a value of the same kind."""
    if node is None or not form.tags or isinstance(form, types.Choice):
        return False
    wanted = form.tags[0]
    if isinstance(form, types.OctetString) and form.kind in _MOMENTS and node.tag == _MOMENTS[form.kind][0]:
        return True
    return any(wanted in kind and node.tag in kind for kind in (_COUNTS, _STRINGS))


def _nodes(like: Node | None, tags: tuple[DataType, ...]) -> tuple[Node, ...]:
    return like.value if like is not None and like.tag in tags else ()


def _composite(tag: DataType, pieces: list[bytes]) -> bytes:
    return bytes((tag,)) + axdr.encode_length(len(pieces)) + b"".join(pieces)


def _plain(node: Node) -> Any:
    return [_plain(each) for each in node.value] if isinstance(node.value, tuple) else node.value


def _raw(node: Node) -> Data:
    return Data(bytes(axdr.encode_tree(node)))


def _shown(node: Node) -> str:
    return DataType(node.tag).label


def _brief(value: Any) -> str:
    """The kind of a value and, of what cannot be a secret, the value."""
    shown = isinstance(value, int | Decimal | Obis | CosemDateTime | CosemDate | CosemTime | Quantity | None)
    return str(value) if shown else type(value).__name__


def _unfit(path: str, wanted: str, value: Any) -> EncodeError:
    return EncodeError(f"{path}: wanted {wanted}, found {_brief(value)}")
