"""A virtual IEC 62056-21 meter: the firmware as data sets, read out or asked for register by register.

Addresses, formats, units and rights are the model's. Association ``public`` is the data read-out, any other one is
programming mode. Times are local to the meter's zone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from hmac import compare_digest
from itertools import groupby

import msgspec

from dlmskit.codec.data import Data
from dlmskit.codec.iec21 import DataSet, DataValue
from dlmskit.exceptions import ActionError, DataAccessError, DlmskitError, FirmwareModelError
from dlmskit.model.device import DeviceModel, Iec21Format, ModelObject
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.store.journal import Journal
from dlmskit.vmeter import defaults
from dlmskit.vmeter.clock import instant, moment
from dlmskit.vmeter.disconnect import Trigger
from dlmskit.vmeter.firmware import Firmware
from dlmskit.vmeter.memory import Command, Memory, Register, ending
from dlmskit.vmeter.profile import Entry
from dlmskit.vmeter.quantities import counts, measured_by

READ_OUT = "public"
PROGRAMMING = "programming"
_FIELDS = {"YY": "year", "MM": "month", "DD": "day", "hh": "hour", "mm": "minute", "ss": "second"}
_WEEKDAY = "WW"
"""0 is Sunday"""
_CENTURY = 2000


class RegisterMeter:
    """Implements `RegisterServer` for a mode C model. Raises `FirmwareModelError` where the model cannot be simulated.

    A refusal raises `DataAccessError` or `ActionError` with the standard's label that fits best.
    """

    def __init__(
        self,
        model: DeviceModel,
        *,
        seed: int = defaults.SEED,
        start: datetime,
        keys: KeySet | None = None,
        journal: Journal | None = None,
    ) -> None:
        if model.connection is None or model.connection.iec21 is None:
            raise FirmwareModelError(f"model {model.id} has no [connection.iec21]")
        self.model = model
        self.settings = model.connection.iec21
        self.memory = memory = Memory(journal) if journal is not None else None
        made = memory.first() if memory is not None else None
        self.firmware = Firmware(model, self, seed=seed, start=start if made is None else moment(made.start))
        self._secret = (keys or defaults.keys()).secret()
        self._rows = {row.address: row for row in model.objects if row.address is not None}
        self.read_out()
        self.firmware.begin()
        if memory is not None:
            memory.attach(self, start)

    def advance(self, now: float) -> None:
        """Let physical time pass up to the host's monotonic `now` in seconds."""
        self.firmware.advance(now)
        if self.memory is not None:
            self.memory.told()

    def password_ok(self, level: str, value: str) -> bool:
        """Whether `value` is the password; the meter has one for both levels."""
        return compare_digest(value.encode("utf-8"), self._secret)

    def read_out(self) -> list[DataSet]:
        """What needs no password, in the model's order."""
        now = self.firmware.present()
        rows = (row for row in self._rows.values() if "r" in row.rights(READ_OUT))
        return [DataSet(row.address or "", (shown(self.firmware, row, now),)) for row in rows]

    def read(self, address: str, value: str, command: str) -> list[DataSet]:
        """Answer the model's read command; `value` is its argument."""
        row = self._row(address, "r", command, self.settings.read_command)
        if row.format is None or row.format.kind != "profile":
            return [DataSet(address, (shown(self.firmware, row, self.firmware.present()),))]
        rows = [DataSet(address, cells) for cells in self._between(row, row.format, value)]
        return rows or [DataSet(address, (DataValue(""),))]

    def write(self, address: str, value: str, command: str) -> None:
        """Do the model's write command. Only date and time can be written."""
        if self.memory is None:
            return self._write(address, value, command)
        record = Register(self.firmware.clock.physical, address, value, command, execute=False)
        return self.memory.command(record, lambda: self._write(address, value, command))

    def execute(self, address: str, value: str, command: str) -> list[DataSet]:
        """Do the model's execute command. The supply switch is the only thing that can be commanded."""
        if self.memory is None:
            return self._execute(address, value, command)
        record = Register(self.firmware.clock.physical, address, value, command, execute=True)
        return self.memory.command(record, lambda: self._execute(address, value, command))

    def carry_out(self, record: Command | Register) -> str:
        """Do a command again; how it ended, empty for success."""
        assert isinstance(record, Register)
        try:
            if record.execute:
                self._execute(record.address, record.value, record.command)
            else:
                self._write(record.address, record.value, record.command)
        except DlmskitError as error:
            return ending(error)
        return ""

    def _write(self, address: str, value: str, command: str) -> None:
        row = self._row(address, "w", command, self.settings.write_command)
        if row.format is None or row.format.kind not in ("date", "time", "date-time"):
            raise DataAccessError("type-unmatched", address)
        local = self.firmware.clock.local(self.firmware.clock.reading)
        changed = parsed(value, row.format.pattern, local)
        if not self.firmware.set_clock(instant(changed)):
            raise DataAccessError("other-reason", f"{address}: a time that the clock cannot show")

    def _execute(self, address: str, value: str, command: str) -> list[DataSet]:
        row = self._row(address, "x", command, self.settings.execute_command)
        trigger = COMMANDS.get((row.name, value))
        if trigger is None:
            raise ActionError("type-unmatched", address)
        if not self.firmware.operate(trigger):
            raise ActionError("read-write-denied", address)
        return []

    def render(self, row: ModelObject, at: Entry) -> bytes:
        """What a profile keeps of a moment."""
        columns = (self.model.object(column.object) for column in row.capture)
        return msgspec.msgpack.encode([shown(self.firmware, column, at) for column in columns])

    def run_script(self, table: Obis, selector: int) -> bool:
        """There are no scripts among data sets."""
        return False

    def look(self, row: ModelObject, attribute: int) -> Data:
        """There are no attributes among data sets."""
        raise DataAccessError("object-undefined", row.name)

    def _row(self, address: str, right: str, command: str, default: str) -> ModelObject:
        row = self._rows.get(address)
        if row is None:
            raise DataAccessError("object-undefined", address)
        if right not in row.rights(PROGRAMMING) or command != (row.command or default):
            raise DataAccessError("read-write-denied", address)
        return row

    def _between(self, row: ModelObject, form: Iec21Format, value: str) -> Iterator[tuple[DataValue, ...]]:
        """Rows with from <= stamp < to, the stamp first."""
        begin, _, end = value.partition(";")
        midnight = self.firmware.clock.local(0)
        lowest, highest = (instant(parsed(limit, form.pattern, midnight)) for limit in (begin, end))
        for kept in self.firmware.profiles[row.name].between(lowest, highest - 1):
            stamp = DataValue(stamped(self.firmware.clock.local(kept.reading), form.pattern))
            yield (stamp, *msgspec.msgpack.decode(kept.octets, type=tuple[DataValue, ...]))


COMMANDS: dict[tuple[str, str], Trigger] = {
    ("supply_command", "0"): Trigger.REMOTE_DISCONNECT,
    ("supply_command", "1"): Trigger.REMOTE_RECONNECT,
}
"""what executing a value at a role does"""

TOLD: dict[str, Callable[[Firmware, Entry], str]] = {
    "serial_number": lambda firmware, at: firmware.identity.serial_number,
    "profile_status": lambda firmware, at: f"{int(at.status):02X}",
    "supply_status": lambda firmware, at: str(int(firmware.switch.state)),
}
"""roles whose text is the firmware's own knowledge"""


def shown(firmware: Firmware, row: ModelObject, at: Entry) -> DataValue:
    """The value of a data set at an entry. Raises `FirmwareModelError` where the model leaves it open."""
    form = row.format
    if form is not None and form.kind == "decimal":
        return _decimal(row, form, at)
    if form is not None and form.kind in ("date", "time", "date-time"):
        return DataValue(stamped(firmware.clock.local(at.reading), form.pattern))
    told = TOLD.get(row.name)
    if told is not None:
        return DataValue(told(firmware, at))
    if isinstance(row.value, str):
        return DataValue(row.value)
    raise FirmwareModelError(f"{row.name} at {row.address} has neither a measured quantity nor a fixed text")


def _decimal(row: ModelObject, form: Iec21Format, at: Entry) -> DataValue:
    """Zero padded decimal text; a register that is full starts at zero again."""
    measured = measured_by(row)
    if measured is None:
        raise FirmwareModelError(f"{row.name} is written as a decimal and measures nothing")
    raw = counts(measured, at.truth, row.scaler - form.decimals) % 10**form.digits
    digits = str(raw).rjust(form.digits, "0")
    text = f"{digits[: -form.decimals]}.{digits[-form.decimals :]}" if form.decimals else digits
    return DataValue(text, form.suffix)


def stamped(local: datetime, pattern: str) -> str:
    """A local time in a pattern of YY MM DD WW hh mm ss."""
    return "".join(f"{_number(local, field):02}" for field in _split(pattern))


def _number(local: datetime, field: str) -> int:
    number: int = local.isoweekday() % 7 if field == _WEEKDAY else getattr(local, _FIELDS[field]) % 100
    return number


def parsed(text: str, pattern: str, base: datetime) -> datetime:
    """`base` with the fields of a pattern replaced, smaller ones than those zeroed. Raises `DataAccessError`."""
    if len(text) != len(pattern) or not (text.isascii() and text.isdigit()):
        raise DataAccessError("type-unmatched", f"a time in the form {pattern}")
    fields = enumerate(_split(pattern))
    numbers = {_FIELDS[field]: int(text[2 * i : 2 * i + 2]) for i, field in fields if field != _WEEKDAY}
    if "year" in numbers:
        numbers["year"] += _CENTURY
    smaller = {"second": 0, "microsecond": 0} if "hour" in numbers else {}
    try:
        return base.replace(**{**smaller, **numbers})  # type: ignore[arg-type]
    except ValueError:
        raise DataAccessError("other-reason", f"a time in the form {pattern}") from None


def _split(pattern: str) -> list[str]:
    fields = ["".join(letters) for _, letters in groupby(pattern)]
    if any(field not in (*_FIELDS, _WEEKDAY) for field in fields):
        raise FirmwareModelError(f"the pattern {pattern} is not made of {', '.join(_FIELDS)}, {_WEEKDAY}")
    return fields
