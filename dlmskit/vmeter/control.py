"""Changing a virtual meter while it runs, from any thread: what people and tests do to it that no client can."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.exceptions import FirmwareModelError
from dlmskit.vmeter import objects
from dlmskit.vmeter.build import AnyMeter
from dlmskit.vmeter.clock import instant
from dlmskit.vmeter.disconnect import Trigger
from dlmskit.vmeter.faults import Fault, Faults
from dlmskit.vmeter.meter import VirtualMeter

T = TypeVar("T")


class Caller(Protocol):
    """Who does something between the octets of a meter's lines."""

    def call(self, work: Callable[[], T]) -> T: ...


class Control:
    """One meter. Objects are named by the roles of its model, attributes by their names in the Blue Book."""

    def __init__(self, host: Caller, meter: AnyMeter, faults: Faults) -> None:
        self._host = host
        self._meter = meter
        self._faults = faults

    def get(self, role: str, attribute: str = "value") -> Data:
        """What the meter itself knows, whatever the rights. Raises `DataAccessError`, `UnknownObject`."""
        meter = self._cosem()
        return self._host.call(lambda: objects.read(meter.own(meter.model.object(role)), attribute))

    def set(self, role: str, value: object, attribute: str = "value") -> None:
        """Write an attribute, whatever the rights: Data, or what goes into the type that it has now.

        Raises `DataAccessError`, `EncodeError`, `UnknownObject`.
        """
        meter = self._cosem()

        def write() -> None:
            asked = meter.own(meter.model.object(role))
            given = value if isinstance(value, Data) else data.of(objects.read(asked, attribute).tag, value)
            objects.write(asked, attribute, given)

        self._host.call(write)

    def faults(self, *faults: Fault) -> None:
        """These may strike from now on and no others."""
        declared: Iterable[Fault] = faults
        self._host.call(lambda: self._faults.declare(declared))

    def set_clock(self, moment: datetime) -> None:
        """Move the meter's reading of the time. Raises `FirmwareModelError` for one that it cannot show."""
        if not self._host.call(lambda: self._meter.firmware.set_clock(instant(moment))):
            raise FirmwareModelError(f"a meter cannot show the year {moment.year}")

    def power(self, on: bool) -> None:
        """Mains fails, or comes back."""
        self._host.call(lambda: self._meter.firmware.power(on))

    def press(self) -> None:
        """The consumer presses the button of the supply switch."""
        self._host.call(lambda: self._meter.firmware.operate(Trigger.MANUAL_RECONNECT))

    def event(self, name: str) -> None:
        """Something happened that logs and alarms may tell of, by the firmware's name."""
        self._host.call(lambda: self._meter.firmware.event(name))

    def _cosem(self) -> VirtualMeter:
        if not isinstance(self._meter, VirtualMeter):
            raise FirmwareModelError(f"model {self._meter.model.id} has no COSEM objects")
        return self._meter
