"""Events: what happened in the firmware, by name, as the model's logs and alarm registers tell of it.

Which logs an event is in and under which code is the model's `[[event_table]]` (`raised`); which bit of which alarm
register it sets is the `bits` of the register's object. A log is a profile that captures when it gets an event; the
object of its code column holds the code. A role ``alarm_register`` is filtered by ``alarm_filter``, and
``alarm_register_2`` by ``alarm_filter_2``: a bit that the filter does not have is not set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from dlmskit.codec import data
from dlmskit.model.device import ModelObject
from dlmskit.obis import Obis
from dlmskit.vmeter.agenda import Organ

if TYPE_CHECKING:
    from dlmskit.vmeter.firmware import Firmware

_REGISTER, _FILTER = "alarm_register", "alarm_filter"
_CLOCK = 8
_VALUE = "value"
CLEARED = "log-cleared"


class Events(Organ):
    """Codes and alarms are values of their objects, so a client reads and clears them as any value.

    `listeners` are called with the name of every event after it was logged.
    """

    def __init__(self, firmware: Firmware) -> None:
        self.listeners: list[Callable[[str], None]] = []
        self._firmware = firmware
        self._alarms = [row for row in firmware.model.objects if row.name.startswith(_REGISTER) and row.bits]
        self._logs = list(self._rules())

    def raise_event(self, name: str) -> None:
        """Log it, set its alarms, tell the listeners."""
        for log, code, codes in self._logs:
            if name in codes:
                self._hold(code, codes[name])
                self._firmware.profiles[log].capture()
        for row in self._alarms:
            if name in row.bits and self._lets_through(row, row.bits[name]):
                self._hold(row, self._number(row) | 1 << row.bits[name])
        for listener in self.listeners:
            listener(name)

    def cleared(self, log: str) -> None:
        """A log was emptied: where its table has a code for that, it is the first entry of the new one."""
        for role, code, codes in self._logs:
            if role == log and CLEARED in codes:
                self._hold(code, codes[CLEARED])
                self._firmware.profiles[log].capture()

    def changed(self, attribute: str) -> None:
        if not any(self._number(row) for row in self._alarms):
            self._firmware.event("alarm-register-cleared")

    def alarmed(self, role: str) -> bool:
        """Whether a role is an alarm register that events set."""
        return any(row.name == role for row in self._alarms)

    def _hold(self, row: ModelObject, number: int) -> None:
        tag = row.type or self._firmware.setting(row, _VALUE).tag
        self._firmware.written[row.name, _VALUE] = data.of(tag, number)

    def _number(self, row: ModelObject) -> int:
        value = self._firmware.setting(row, _VALUE).value
        return value if isinstance(value, int) else 0

    def _lets_through(self, row: ModelObject, bit: int) -> bool:
        name = row.name.replace(_REGISTER, _FILTER)
        if not self._firmware.model.has_object(name):
            return True
        return bool(self._number(self._firmware.model.object(name)) >> bit & 1)

    def _rules(self) -> Iterator[tuple[str, ModelObject, dict[str, int]]]:
        """Role of the log, the object of its codes, codes by event, for every log that the meter has."""
        model = self._firmware.model
        for table in model.event_tables:
            for row in model.objects:
                if table.raised and row.obis in table.logs and row.name in self._firmware.profiles:
                    code = self._code_object(row, table.column)
                    if code is not None:
                        yield row.name, code, table.raised

    def _code_object(self, log: ModelObject, column: Obis | None) -> ModelObject | None:
        """What holds the code: the column that the table names, else the first that is no clock."""
        columns = [self._firmware.model.object(each.object) for each in log.capture]
        others = [row for row in columns if row.class_id != _CLOCK]
        named = [row for row in others if column is not None and row.obis == column]
        return next(iter([*named, *others]), None)
