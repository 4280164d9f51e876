"""What procedures of one connection share: the model, what was negotiated, the object list, scalers and units."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from dlmskit.codec.data import Data
from dlmskit.cosem.classes import interface_class
from dlmskit.cosem.interface import InterfaceClass
from dlmskit.cosem.short_names import ASSOCIATION_SN_CLASS, short_named
from dlmskit.cosem.time import TimeRules
from dlmskit.cosem.units import Unit, unit_of
from dlmskit.exceptions import DecodeError, ServiceError, UnknownObject
from dlmskit.model.device import DeviceModel
from dlmskit.obis import Obis
from dlmskit.reading.memory import Memory
from dlmskit.reading.objects import ASSOCIATION_LN, ObjectRow, object_rows
from dlmskit.reading.short_names import by_short_names
from dlmskit.session.operations import Get
from dlmskit.stack.dialogue import Procedure

REGISTER, EXTENDED_REGISTER, DEMAND_REGISTER, PROFILE_GENERIC, CLOCK = 3, 4, 5, 7, 8
SCALER_UNIT = {REGISTER: 3, EXTENDED_REGISTER: 3, DEMAND_REGISTER: 4}
SCALED = {REGISTER: (2,), EXTENDED_REGISTER: (2,), DEMAND_REGISTER: (2, 3)}
"""attributes that scaler_unit speaks of, by class"""
CURRENT_ASSOCIATION = Obis(0, 0, 40, 0, 0)
_WELL_KNOWN = {Obis(0, 0, 1, 0, 0): CLOCK, CURRENT_ASSOCIATION: ASSOCIATION_LN}
NOT_OFFERED = frozenset(
    {
        "read-write-denied",
        "object-undefined",
        "object-class-inconsistent",
        "object-unavailable",
        "type-unmatched",
        "scope-of-access-violated",
        "other-reason",
    }
)
"""refusals that are about what was asked for; after any other the same may well be given later"""

ScalerUnit = tuple[int, Unit | None]
Where = Obis | str
"""A logical name, written in any usual way, or with a device model the name of one of its objects."""


class Place(msgspec.Struct, frozen=True):
    """An object of the meter: its class is known, its version where the object list or the model tells it."""

    class_id: int
    obis: Obis
    version: int = 0

    @property
    def declaration(self) -> InterfaceClass:
        """The interface class."""
        return interface_class(self.class_id, self.version)

    def attribute(self, key: int | str) -> int:
        """The number of an attribute by number or name. Raises `UnknownObject` naming those that there are."""
        if isinstance(key, int):
            return key
        found = self.declaration.attribute(key)
        if found is None:
            names = ", ".join(item.name for item in self.declaration.attributes) or "only numbers"
            raise UnknownObject(f"{self.declaration.name} {self.obis} has no attribute {key} (it has: {names})")
        return found.index

    def method(self, key: int | str) -> int:
        """The number of a method by number or name. Raises `UnknownObject` naming those that there are."""
        if isinstance(key, int):
            return key
        found = self.declaration.method(key)
        if found is None:
            names = ", ".join(item.name for item in self.declaration.methods) or "only numbers"
            raise UnknownObject(f"{self.declaration.name} {self.obis} has no method {key} (it has: {names})")
        return found.index


class Reader:
    """What is known about one connection; object list, scalers and units are read once and kept.

    `model` lends names, and classes, scalers and units where the meter does not tell them. `negotiated` is what the
    association granted, in words.
    """

    def __init__(self, model: DeviceModel | None = None, memory: Memory | None = None) -> None:
        self.model = model
        self.negotiated: Mapping[str, Any] = {}
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.most_items: int | None = None
        """items that the meter takes in one list, None as long as it has refused none"""
        self._scalers: dict[tuple[int, Obis], ScalerUnit | None] = {}
        self._objects: dict[Obis, list[ObjectRow]] | None = None
        self._memory = memory
        self._list: Data | None = None

    def opened(self, negotiated: Mapping[str, Any]) -> None:
        """An association begins that was granted this."""
        self.negotiated = negotiated
        if self._memory is not None:
            self._memory.forget()

    @property
    def rules(self) -> TimeRules:
        """How stamps of this meter are read and written."""
        return self.model.time if self.model is not None else TimeRules()

    def grants(self, service: str) -> bool:
        """Whether the association has the named conformance bit."""
        return service in self.negotiated.get("conformance", ())

    def obis(self, where: Where) -> Obis:
        """The logical name that `where` stands for. Raises `DecodeError` when it stands for none."""
        if isinstance(where, Obis):
            return where
        if self.model is not None and self.model.has_object(where):
            found = self.model.object(where).obis
            if found is not None:
                return found
        return Obis.parse(where)

    def objects(self, *, fresh: bool = False) -> Procedure[tuple[ObjectRow, ...]]:
        """The objects of this association with their access rights; in short names these are not told.

        With a cache they are those of the last time where meter and firmware are the same; `fresh` asks the meter.
        """
        found: Data | None = None
        if self._memory is not None:
            found = yield from self._memory.recall(self.negotiated.get("system_title"))
        short = by_short_names(self.negotiated)
        if found is None or fresh:
            found = yield Get(ASSOCIATION_SN_CLASS if short else ASSOCIATION_LN, CURRENT_ASSOCIATION, 2)
        rows = _short_rows(found) if short else object_rows(found)
        self.learn(rows)
        self._list = found
        self._recall_scalers()
        return rows

    def _recall_scalers(self) -> None:
        known = self._memory.known if self._memory is not None else None
        if known is None or self._list is None or known.object_list != self._list.to_bytes():
            return
        for class_id, obis in _scaled_of(self._objects or {}):
            if (text := f"{class_id} {obis}") in known.scalers:
                scaler_unit = known.scalers[text]
                told = None if scaler_unit is None else (scaler_unit[0], unit_of(scaler_unit[1]))
                self._scalers.setdefault((class_id, obis), told)

    def keep(self) -> None:
        """Remember what was read, where there is a cache."""
        if self._memory is not None and self._list is not None:
            told = {
                f"{class_id} {obis}": None if each is None else (each[0], int(each[1] or 0))
                for (class_id, obis), each in self._scalers.items()
            }
            self._memory.keep(self._list, told)

    def learn(self, rows: tuple[ObjectRow, ...]) -> None:
        """Find objects in these rows from now on."""
        self._objects = {}
        for row in rows:
            self._objects.setdefault(row.obis, []).append(row)

    def place(self, where: Where | Place, class_id: int | None = None) -> Procedure[Place]:
        """Where an object is: by the object list if it was read, by the model, and else by reading the object list.
        A place is where it says.

        Raises `UnknownObject` where none of them has it, and `DecodeError` for a text that is no name.
        """
        if isinstance(where, Place):
            return where
        obis = self.obis(where)
        if (found := self.known(obis, class_id)) is not None:
            return found
        if class_id is not None:
            return Place(class_id, obis)
        if self._objects is None:
            try:
                yield from self.objects()
            except ServiceError as error:
                if error.result not in NOT_OFFERED:
                    raise
                self._objects = {}
            if (found := self.known(obis, None)) is not None:
                return found
        if obis in _WELL_KNOWN:
            return Place(_WELL_KNOWN[obis], obis)
        raise UnknownObject(f"neither the meter's object list nor a model has {where}: say its class with class_id=")

    def known(self, obis: Obis, class_id: int | None) -> Place | None:
        """The object in the object list, if that was read, or in the model."""
        for row in (self._objects or {}).get(obis, ()):
            if class_id in (None, row.class_id):
                return Place(row.class_id, obis, row.version)
        for modelled in self.model.objects if self.model is not None else ():
            if modelled.obis == obis and modelled.class_id is not None and class_id in (None, modelled.class_id):
                return Place(modelled.class_id, obis, modelled.version)
        return None

    def scaler_unit(self, class_id: int, obis: Obis) -> Procedure[ScalerUnit | None]:
        """Scaler and unit of a register, None where neither the meter nor the model tells them."""
        if (class_id, obis) not in self._scalers:
            try:
                value = yield Get(class_id, obis, SCALER_UNIT.get(class_id, 3))
            except ServiceError as error:
                value = error
            self.learn_scaler(class_id, obis, value)
        return self._scalers[class_id, obis]

    def scaler_missing(self, class_id: int, obis: Obis, attribute: int) -> Get | None:
        """What must still be read before the attribute's number says something."""
        if attribute in SCALED.get(class_id, ()) and (class_id, obis) not in self._scalers:
            return Get(class_id, obis, SCALER_UNIT[class_id])
        return None

    def learn_scaler(self, class_id: int, obis: Obis, answer: Any) -> None:
        """Keep what came for scaler_unit, or the model's where it was refused for good or is known to lie.

        Other refusals are raised.
        """
        row = self.model.object_at(class_id, obis) if self.model is not None else None
        modelled = (row.scaler, row.unit) if row is not None and row.unit is not None else None
        told = row.attributes.get("scaler_unit") if row is not None else None
        if told is not None and told.scaler is not None:  # the model knows that what the meter tells is not so
            self._scalers[class_id, obis] = modelled
        elif not isinstance(answer, ServiceError):
            self._scalers[class_id, obis] = _scaler_unit(answer.value, obis)
        elif answer.result in NOT_OFFERED:
            self._scalers[class_id, obis] = modelled
        else:
            raise answer


def _short_rows(found: Data) -> tuple[ObjectRow, ...]:
    return tuple(ObjectRow(item.class_id, item.version, item.obis) for item in short_named(found))


def _scaled_of(objects: Mapping[Obis, list[ObjectRow]]) -> Iterator[tuple[int, Obis]]:
    for obis, rows in objects.items():
        yield from ((row.class_id, obis) for row in rows if row.class_id in SCALED)


def _scaler_unit(value: Any, obis: Obis) -> ScalerUnit:
    match value:
        case [int() as scaler, int() as unit]:
            return scaler, unit_of(unit)
    raise DecodeError(f"scaler_unit of {obis} must be {{scaler, unit}}")
