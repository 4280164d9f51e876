"""A virtual DL/T 645-2007 meter: the firmware as data identifiers, read one by one or in blocks.

Identifiers, formats, units and rights are the model's: an object's `address` is DI3 to DI0 in hex. Association
``public`` reads, ``programming`` writes. Times are local to the meter's zone.

Source: DL/T 645-2007, data identifier tables; supply control (function 1C) as its later supplement has it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hmac import compare_digest

from dlmskit.codec.data import Data
from dlmskit.exceptions import DataAccessError, FirmwareModelError
from dlmskit.model.device import DeviceModel, Iec21Format, ModelObject
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.session.dlt645 import bcd
from dlmskit.session.dlt645.message import ErrorWord
from dlmskit.vmeter import defaults
from dlmskit.vmeter.clock import SECOND, instant
from dlmskit.vmeter.disconnect import ControlState, Trigger
from dlmskit.vmeter.firmware import Firmware
from dlmskit.vmeter.identity import counted_on
from dlmskit.vmeter.iec21 import PROGRAMMING, READ_OUT, parsed, stamped
from dlmskit.vmeter.profile import Entry
from dlmskit.vmeter.quantities import counts, measured_by

SUPPLY_CONTROL = 0x1C
LARGEST_STEP = 300
"""seconds that a broadcast may move the clock"""
_PASSWORD, _OPERATOR = 4, 4
_TRIGGERS = {
    0x1A: (Trigger.REMOTE_DISCONNECT,),
    0x1B: (Trigger.REMOTE_RECONNECT,),
    0x1C: (Trigger.REMOTE_RECONNECT, Trigger.MANUAL_RECONNECT),
}
"""trip, permit to close, and close at once"""
_OPEN = 0x0010
"""bit of running status word 3 that tells an open relay"""


class IdentifierMeter:
    """Implements `IdentifierServer` for a model. Raises `FirmwareModelError` where the model cannot be simulated.

    Refusals raise `DataAccessError` with a label of `ErrorWord`.
    """

    def __init__(
        self, model: DeviceModel, *, seed: int = defaults.SEED, start: datetime, keys: KeySet | None = None
    ) -> None:
        if model.connection is None or not model.connection.dlt645.address:
            raise FirmwareModelError(f"model {model.id} has no [connection.dlt645] with an address")
        self.model = model
        self.settings = model.connection.dlt645
        self.address = counted_on(self.settings.address, seed - 1)
        self.firmware = Firmware(model, self, seed=seed, start=start)
        self._secret = (keys or defaults.keys(password=defaults.password(model))).secret()
        self._rows = {int(row.address, 16): row for row in model.objects if row.address is not None}
        for row in self._rows.values():
            if "r" in row.rights(READ_OUT):
                self._shown(row, self.firmware.present())
        self.firmware.begin()

    def advance(self, now: float) -> None:
        """Let physical time pass up to the host's monotonic `now` in seconds."""
        self.firmware.advance(now)

    def read(self, identifier: int, parameters: bytes) -> bytes:
        """The octets of an identifier."""
        row = self._rows.get(identifier)
        if row is None or "r" not in row.rights(READ_OUT):
            raise _refused(ErrorWord.NO_REQUESTED_DATA)
        return self._shown(row, self.firmware.present())

    def write(self, identifier: int, value: bytes, operator: bytes) -> None:
        """Take new octets. Only date and time can be written."""
        row = self._rows.get(identifier)
        if row is None or "w" not in row.rights(PROGRAMMING):
            raise _refused(ErrorWord.NO_REQUESTED_DATA)
        if row.format is None or row.format.kind not in ("date", "time", "date-time"):
            raise _refused(ErrorWord.OTHER_ERROR)
        local = self.firmware.clock.local(self.firmware.clock.reading)
        if not self.firmware.set_clock(instant(parsed(bcd.digits(value), row.format.pattern, local))):
            raise _refused(ErrorWord.OTHER_ERROR)

    def command(self, function: int, data: bytes) -> bytes:
        """Do another command. The supply switch is the only thing that can be commanded."""
        code = data[_PASSWORD + _OPERATOR : _PASSWORD + _OPERATOR + 1]
        triggers = _TRIGGERS.get(code[0]) if function == SUPPLY_CONTROL and code else None
        if triggers is None:
            raise _refused(ErrorWord.OTHER_ERROR)
        if not self.password_ok(data[:_PASSWORD]):
            raise _refused(ErrorWord.WRONG_PASSWORD)
        offered = [self.firmware.operate(trigger) for trigger in triggers]
        if not all(offered):
            raise _refused(ErrorWord.OTHER_ERROR)
        return b""

    def set_clock(self, local: datetime) -> None:
        """Follow a broadcast time where the step is small."""
        clock = self.firmware.clock
        wanted = instant(local.replace(tzinfo=clock.zone))
        if abs(wanted - clock.reading) <= LARGEST_STEP * SECOND:
            self.firmware.set_clock(wanted)

    def password_ok(self, password: bytes) -> bool:
        """Whether these four octets, the level first, are the password."""
        return compare_digest(password, self._secret)

    def _shown(self, row: ModelObject, at: Entry) -> bytes:
        """The octets of an object at an entry. Raises `FirmwareModelError` where the model leaves it open."""
        form = row.format
        if form is None:
            raise FirmwareModelError(f"{row.name} at {row.address} has no format")
        if form.kind == "block":
            return b"".join(self._shown(self.model.object(column.object), at) for column in row.capture)
        if form.kind == "decimal":
            return _decimal(row, form, at)
        if form.kind in ("date", "time", "date-time"):
            return bcd.from_digits(stamped(self.firmware.clock.local(at.reading), form.pattern))
        told = _TOLD.get(row.name)
        text = told(self) if told is not None else row.value
        if not isinstance(text, str):
            raise FirmwareModelError(f"{row.name} at {row.address} has neither a measured quantity nor fixed digits")
        return bytes.fromhex(text)[::-1]

    def render(self, row: ModelObject, at: Entry) -> bytes:
        """What a profile keeps of a moment: its columns."""
        return b"".join(self._shown(self.model.object(column.object), at) for column in row.capture)

    def run_script(self, table: Obis, selector: int) -> bool:
        """There are no scripts among identifiers."""
        return False

    def look(self, row: ModelObject, attribute: int) -> Data:
        """There are no attributes among identifiers."""
        raise DataAccessError("object-undefined", row.name)


_TOLD: dict[str, Callable[[IdentifierMeter], str]] = {
    "serial_number": lambda meter: meter.address,
    "supply_status": lambda meter: f"{0 if meter.firmware.switch.state is ControlState.CONNECTED else _OPEN:04X}",
}
"""roles whose octets are the firmware's own knowledge, highest first"""


def _decimal(row: ModelObject, form: Iec21Format, at: Entry) -> bytes:
    """Packed digits; a register that is full starts at zero again."""
    measured = measured_by(row)
    if measured is None:
        raise FirmwareModelError(f"{row.name} is written as a decimal and measures nothing")
    raw = counts(measured, at.truth, row.scaler - form.decimals) % 10**form.digits
    return bcd.from_digits(str(raw).rjust(form.digits + form.digits % 2, "0"))


def _refused(word: ErrorWord) -> DataAccessError:
    return DataAccessError(word.label)
