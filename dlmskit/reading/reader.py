"""Procedures for what people ask of a meter: its objects, its clock, a register, a profile."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import msgspec

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.cosem.profile import rows
from dlmskit.cosem.quantity import NUMBERS, Quantity, scale
from dlmskit.cosem.selective import CaptureObject, RangeDescriptor
from dlmskit.cosem.short_names import ASSOCIATION_SN_CLASS, short_named
from dlmskit.cosem.time import TimeRules, to_limit
from dlmskit.cosem.units import Unit, unit_of
from dlmskit.exceptions import DecodeError, LocalProtocolError, ServiceError
from dlmskit.model.device import DeviceModel
from dlmskit.obis import Obis
from dlmskit.reading.objects import ASSOCIATION_LN, ObjectRow, object_rows
from dlmskit.reading.profile import CLOCK_CLASS, Profile, ProfileColumn, has_null_clock, profile_rows, within
from dlmskit.session.operations import Get

REGISTER, EXTENDED_REGISTER, DEMAND_REGISTER, PROFILE_GENERIC = 3, 4, 5, 7
_SCALER_UNIT = {REGISTER: 3, EXTENDED_REGISTER: 3, DEMAND_REGISTER: 4}
_SCALED = {REGISTER: (2,), EXTENDED_REGISTER: (2,), DEMAND_REGISTER: (2, 3)}
_CLOCK = Obis(0, 0, 1, 0, 0)
_CURRENT_ASSOCIATION = Obis(0, 0, 40, 0, 0)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)
_NOT_OFFERED = frozenset(
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


class Reader:
    """Procedures over one connection; scalers and units are read once and kept.

    `model` lends names, and scalers and units where the meter does not tell them.
    """

    def __init__(self, model: DeviceModel | None = None) -> None:
        self._model = model
        self._scalers: dict[tuple[int, Obis], ScalerUnit | None] = {}
        self._objects: tuple[ObjectRow, ...] | None = None

    def obis(self, where: Where) -> Obis:
        """The logical name that `where` stands for. Raises `DecodeError` when it stands for none."""
        if isinstance(where, Obis):
            return where
        if self._model is not None and self._model.has_object(where):
            found = self._model.object(where).obis
            if found is not None:
                return found
        return Obis.parse(where)

    def objects(self, *, short_names: bool = False) -> Generator[Get, Data, tuple[ObjectRow, ...]]:
        """Every object of the current association with its access rights; in short names these are not told."""
        object_list = yield Get(ASSOCIATION_SN_CLASS if short_names else ASSOCIATION_LN, _CURRENT_ASSOCIATION, 2)
        if short_names:
            listed = short_named(object_list)
            self._objects = tuple(ObjectRow(item.class_id, item.version, item.obis) for item in listed)
        else:
            self._objects = object_rows(object_list)
        return self._objects

    def clock(self, where: Where = _CLOCK) -> Generator[Get, Data, CosemDateTime]:
        """The meter's time as it says it."""
        value = (yield Get(CLOCK_CLASS, self.obis(where), 2)).value
        return _date_time(value)

    def register(self, where: Where, class_id: int | None = None) -> Generator[Get, Data, Quantity]:
        """The scaled value of a Register, Extended register or Demand register.

        `class_id` left out is taken from the model or from the object list if that was read, and else is 3. Raises
        `DecodeError` where neither the meter nor the model tells the scaler.
        """
        obis = self.obis(where)
        class_id = class_id or self._class_of(obis)
        scaler_unit = yield from self._scaler_unit(class_id, obis)
        if scaler_unit is None and class_id in _SCALER_UNIT:
            raise DecodeError(f"the meter does not tell the scaler of {obis}, so its number says nothing")
        value = yield Get(class_id, obis, 2)
        if value.tag not in NUMBERS:
            raise DecodeError(f"the value of {obis} is no number but {value.tag.label}")
        scaler, unit = scaler_unit or (0, None)
        return Quantity(scale(value.value, scaler), unit)

    def profile(
        self, where: Where, start: datetime | None = None, end: datetime | None = None
    ) -> Generator[Get, Data, Profile]:
        """Rows of a Profile generic, all of them or those between two aware moments, both included.

        The meter is asked for the range where it grants selective access; else the buffer is read whole and cut here.
        """
        obis = self.obis(where)
        columns = yield from self._columns(obis)
        access = self._range(columns, start, end)
        try:
            buffer = yield Get(PROFILE_GENERIC, obis, 2, access)
        except (ServiceError, LocalProtocolError) as error:
            if access is None or (isinstance(error, ServiceError) and error.result not in _NOT_OFFERED):
                raise
            buffer = yield Get(PROFILE_GENERIC, obis, 2)
        cells = tuple(rows(buffer, len(columns)))
        period = (yield from self._capture_period(obis)) if has_null_clock(cells, columns) else 0
        found = profile_rows(cells, columns, period)
        if start is not None or end is not None:
            found = within(found, columns, start, end, self._rules)
        return Profile(obis, columns, found)

    def _columns(self, obis: Obis) -> Generator[Get, Data, tuple[ProfileColumn, ...]]:
        captured = (yield Get(PROFILE_GENERIC, obis, 3)).value
        if not isinstance(captured, list):
            raise DecodeError("capture_objects of a profile is an array")
        columns = []
        for item in captured:
            source = CaptureObject.from_value(item)
            column = ProfileColumn(self._column_name(source), source)
            if source.data_index == 0 and source.attribute_index in _SCALED.get(source.class_id, ()):
                scaler_unit = yield from self._scaler_unit(source.class_id, source.logical_name)
                if scaler_unit is not None:
                    column = msgspec.structs.replace(column, scaler=scaler_unit[0], unit=scaler_unit[1])
            columns.append(column)
        return tuple(columns)

    def _column_name(self, source: CaptureObject) -> str:
        row = self._model.object_at(source.class_id, source.logical_name) if self._model is not None else None
        name = row.name if row is not None else str(source.logical_name)
        attribute = "" if source.attribute_index == 2 else f"/{source.attribute_index}"
        return f"{name}{attribute}" + (f"[{source.data_index}]" if source.data_index else "")

    def _range(
        self, columns: tuple[ProfileColumn, ...], start: datetime | None, end: datetime | None
    ) -> SelectiveAccess | None:
        clock = next((column.captured for column in columns if column.is_clock), None)
        if clock is None or (start is None and end is None):
            return None
        limits = (self._limit(start or _EARLIEST), self._limit(end or _LATEST))
        return RangeDescriptor.between(*limits, restricting_object=clock).to_access()

    def _limit(self, moment: datetime) -> CosemDateTime:
        return to_limit(moment, self._rules) if self._model is not None else CosemDateTime.from_datetime(moment)

    def _capture_period(self, obis: Obis) -> Generator[Get, Data, int]:
        try:
            value = (yield Get(PROFILE_GENERIC, obis, 4)).value
        except ServiceError as error:
            if error.result not in _NOT_OFFERED:
                raise
            return 0
        return value if isinstance(value, int) else 0

    def _scaler_unit(self, class_id: int, obis: Obis) -> Generator[Get, Data, ScalerUnit | None]:
        if (class_id, obis) in self._scalers:
            return self._scalers[class_id, obis]
        try:
            value = (yield Get(class_id, obis, _SCALER_UNIT.get(class_id, 3))).value
            found: ScalerUnit | None = _scaler_unit(value, obis)
        except ServiceError as error:
            if error.result not in _NOT_OFFERED:
                raise
            found = self._model_scaler(class_id, obis)
        self._scalers[class_id, obis] = found
        return found

    def _model_scaler(self, class_id: int, obis: Obis) -> ScalerUnit | None:
        row = self._model.object_at(class_id, obis) if self._model is not None else None
        return (row.scaler, row.unit) if row is not None and row.unit is not None else None

    def _class_of(self, obis: Obis) -> int:
        if self._model is not None:
            for row in self._model.objects:
                if row.obis == obis and row.class_id in _SCALED:
                    return row.class_id
        for listed in self._objects or ():
            if listed.obis == obis and listed.class_id in _SCALED:
                return listed.class_id
        return REGISTER

    @property
    def _rules(self) -> TimeRules:
        return self._model.time if self._model is not None else TimeRules()


def _date_time(value: Any) -> CosemDateTime:
    if isinstance(value, CosemDateTime):
        return value
    if isinstance(value, bytes):
        return CosemDateTime.from_bytes(value)
    raise DecodeError(f"wanted a date-time, found {type(value).__name__}")


def _scaler_unit(value: Any, obis: Obis) -> ScalerUnit:
    match value:
        case [int() as scaler, int() as unit]:
            return scaler, unit_of(unit)
    raise DecodeError(f"scaler_unit of {obis} must be {{scaler, unit}}")
