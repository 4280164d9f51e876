"""Lines into one virtual meter that break at a chosen message, and clients that open the next one."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from dlmskit.client import Client
from dlmskit.connecting import Plan, Wishes, plan
from dlmskit.exceptions import TransportClosed
from dlmskit.model import registry
from dlmskit.model.device import DeviceModel
from dlmskit.stack.recovery import Retry
from dlmskit.store.objects import ObjectCache
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import meter_of, port_of
from dlmskit.vmeter.sim import SimTransport

AT_ONCE = Retry(repeats=2, pause=0.0)


class CutMeter:
    """A virtual meter of `model`; the line breaks at the transfers of octets that are numbered in `cuts`, from 0.

    `transfers` counts them over all lines, `lines` the lines.
    """

    def __init__(self, model: str | DeviceModel, *cuts: int, **wishes: Any) -> None:
        known = registry.load(model) if isinstance(model, str) else model
        self.meter = meter_of(known, seed=defaults.SEED, start=datetime.now(UTC))
        self.cuts = set(cuts)
        self.transfers = self.lines = 0
        self._target = f"sim:{known.id}"
        self._wishes: Wishes = {"association": "reader", "model": known, **wishes}  # type: ignore[typeddict-item]

    def line(self) -> tuple[CutLine, Plan]:
        self.lines += 1
        return CutLine(self), plan(self._target, **self._wishes)

    def client(self, retry: Retry = AT_ONCE, cache: ObjectCache | None = None) -> Client:
        line, wanted = self.line()
        return Client(
            line,
            wanted.stack,
            keys=wanted.keys,
            counters=wanted.counters,
            model=wanted.model,
            retry=retry,
            reopen=self.line,
            cache=cache,
        )


class CutLine(SimTransport):
    """One line into the meter."""

    def __init__(self, meter: CutMeter) -> None:
        super().__init__(port_of(meter.meter, os.urandom))
        self._meter = meter

    def write(self, data: bytes) -> None:
        self._pass()
        super().write(data)

    def read(self, timeout: float | None) -> bytes:
        data = super().read(timeout)
        self._pass()
        return data

    def _pass(self) -> None:
        number, self._meter.transfers = self._meter.transfers, self._meter.transfers + 1
        if number in self._meter.cuts:
            self.close()
        if self._closed:
            raise TransportClosed("the line was cut")
