"""Activity calendar (class 20) and Special days table (class 11): attributes that the calendar's organ goes by."""

from __future__ import annotations

from dlmskit.codec.data import Data
from dlmskit.cosem.classes.special_days_table import ENTRY
from dlmskit.enums import DataType
from dlmskit.exceptions import ActionError, DataAccessError
from dlmskit.vmeter.activity import ACTIVATION, ActivityCalendar
from dlmskit.vmeter.behaviour import Asked, Behaviour, parameter_of, store


def _activate(asked: Asked, parameters: Data | None) -> None:
    organ = asked.firmware.organs[asked.row.name]
    assert isinstance(organ, ActivityCalendar)
    organ.activate()


def _set_time(asked: Asked, value: Data) -> None:
    """When the passive calendar is to be activated; zeros, which are no date, are a meaning too."""
    if value.tag is not DataType.OCTET_STRING or len(value.value) != _DATE_TIME:
        raise DataAccessError("type-unmatched", f"{asked.row.name} wants a date-time of {_DATE_TIME} octets")
    asked.firmware.written[asked.row.name, ACTIVATION] = value
    asked.firmware.changed(asked.row.name, ACTIVATION)


def _insert(asked: Asked, parameters: Data | None) -> None:
    new = parameter_of(ENTRY, parameters)
    present = asked.firmware.meaning(asked.row, "entries") or []
    store(asked, "entries", [each for each in present if each["index"] != new["index"]] + [new])


def _delete(asked: Asked, parameters: Data | None) -> None:
    if parameters is None or parameters.tag is not DataType.LONG_UNSIGNED:
        raise ActionError("type-unmatched", "delete wants a long-unsigned")
    present = asked.firmware.meaning(asked.row, "entries") or []
    left = [each for each in present if each["index"] != parameters.value]
    if len(left) == len(present):
        raise ActionError("other-reason", f"{asked.row.name} has no entry {parameters.value}")
    store(asked, "entries", left)


_DATE_TIME = 12
ACTIVITY_CALENDAR = Behaviour(write={ACTIVATION: _set_time}, invoke={"activate_passive_calendar": _activate})
SPECIAL_DAYS_TABLE = Behaviour(invoke={"insert": _insert, "delete": _delete})
