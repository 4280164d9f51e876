"""Virtual meters asked for operations directly, without octets between; what a test of plans runs on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from dlmskit.apdu.descriptors import AttributeDescriptor, MethodDescriptor
from dlmskit.exceptions import LocalProtocolError
from dlmskit.model.device import DeviceModel
from dlmskit.session.operations import (
    Action,
    ExecuteCommand,
    Get,
    Operation,
    ReadOut,
    ReadRegister,
    Set,
    WriteRegister,
)
from dlmskit.vmeter.iec21 import RegisterMeter
from dlmskit.vmeter.meter import VirtualMeter


class DirectMeter:
    """Runs operations on a virtual meter of `model`; `asked` lists them, `clock` is the right time.

    `disturb` is called with each operation before (True) and after (False) the meter has done it, and may raise.
    """

    def __init__(self, model: DeviceModel, start: datetime, client_sap: int = 1) -> None:
        self.asked: list[Operation] = []
        self.disturb: Callable[[Operation, bool], None] = lambda operation, before: None
        self.clock = start
        self._start = start
        self._client_sap = client_sap
        cosem = model.connection is not None and model.connection.link != "iec21"
        self.meter: Any = VirtualMeter(model, start=start) if cosem else RegisterMeter(model, start=start)
        self.meter.advance(0.0)

    def now(self) -> datetime:
        """The runner's clock: every look takes half a second."""
        self.clock += timedelta(seconds=0.5)
        self.meter.advance((self.clock - self._start).total_seconds())
        return self.clock

    def run(self, operation: Operation) -> Any:
        self.asked.append(operation)
        self.disturb(operation, True)
        result = self._answer(operation)
        self.disturb(operation, False)
        return result

    def _answer(self, operation: Operation) -> Any:
        match operation:
            case Get():
                attribute = AttributeDescriptor(operation.class_id, operation.obis, operation.attribute)
                return self.meter.get(self._client_sap, attribute, operation.access)
            case Set():
                attribute = AttributeDescriptor(operation.class_id, operation.obis, operation.attribute)
                return self.meter.set(self._client_sap, attribute, operation.value)
            case Action():
                method = MethodDescriptor(operation.class_id, operation.obis, operation.method)
                return self.meter.action(self._client_sap, method, operation.parameters)
            case ReadOut():
                return tuple(self.meter.read_out())
            case ReadRegister():
                return tuple(self.meter.read(operation.address, operation.value, operation.command))
            case WriteRegister():
                return self.meter.write(operation.address, operation.value, operation.command)
            case ExecuteCommand():
                return tuple(self.meter.execute(operation.address, operation.value, operation.command))
        raise LocalProtocolError(f"no direct way for {operation}")
