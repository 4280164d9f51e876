"""Virtual meters to talk to at once: in this process without any thread, or behind a port of this machine.

::

    transport = open_sim("zzh")                 # the other end of a line, for a client in this process
    with SimMeter("generic") as meter:          # or a meter that any program can reach
        print(meter.target)                     # tcp://127.0.0.1:49152
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Literal, Self, TypeGuard

from dlmskit.exceptions import TransportClosed, TransportTimeout
from dlmskit.model import registry
from dlmskit.security.credentials import Credentials
from dlmskit.security.keys import KeySet
from dlmskit.store.counters import Counters
from dlmskit.store.journal import Journal
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import AnyMeter, CosemLink, connection_of, meter_of, port_of
from dlmskit.vmeter.faults import Fault, Faults
from dlmskit.vmeter.host import HOST, MeterHost
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.port import Port
from dlmskit.vmeter.push import PUSH_SETUP
from dlmskit.vmeter.push_sender import PushSender


class SimTransport:
    """A `Transport` whose other end is a meter's port, worked on by the caller's own reads and writes."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._closed = False
        port.open(time.monotonic())

    def write(self, data: bytes) -> None:
        """Hand `data` to the meter. Raises `TransportClosed`."""
        self._check()
        self._port.receive(data, time.monotonic())

    def read(self, timeout: float | None) -> bytes:
        """What the meter has to say. Raises `TransportTimeout` when that is nothing in time, `TransportClosed`."""
        end = None if timeout is None else time.monotonic() + timeout
        while not (data := self._port.data_to_send()):
            self._check()
            self._wait(end)
            if end is not None and time.monotonic() >= end:
                raise TransportTimeout(f"the virtual meter said nothing within {timeout:g} s")
        return data

    def set_line(self, baud: int, format: str) -> None:
        """A virtual line has neither rate nor format."""

    def drain(self) -> None:
        """Nothing to wait for."""

    def close(self) -> None:
        """Close; harmless when closed already."""
        self._closed = True

    def _check(self) -> None:
        if self._closed or self._port.finished:
            raise TransportClosed("the virtual meter has closed the line")

    def _wait(self, end: float | None) -> None:
        """Until the meter has to act or the caller's patience ends, whichever is first; at most a second."""
        deadline = self._port.next_deadline()
        now = time.monotonic()
        until = min(when for when in (deadline, end, now + 1) if when is not None)
        time.sleep(max(until - now, 0))
        if deadline is not None and deadline <= time.monotonic():
            self._port.handle_timeout(time.monotonic())


def open_sim(
    model_id: str,
    *,
    seed: int = defaults.SEED,
    start: datetime | None = None,
    keys: Mapping[str, KeySet] | None = None,
    speed: float = 1.0,
    faults: Iterable[Fault] = (),
) -> SimTransport:
    """A line to a fresh virtual meter in this process; `start` None means the model's own, else the host's time.

    `faults` may strike, drawn from `seed`.

    Raises `PluginLoadError` for an unknown model and `FirmwareModelError` for one that cannot be simulated.
    """
    meter = meter_of(registry.load(model_id), seed=seed, start=start, keys=keys)
    return SimTransport(port_of(meter, os.urandom, speed=speed, chance=Faults(faults, seed).line()))


class SimMeter:
    """A virtual meter behind TCP on 127.0.0.1 or a pseudo-terminal, for as long as the context lasts.

    `targets` say where, as clients write it, and `target` is the first of them. `links` serves a COSEM model over these
    links, each on its port, instead of its own link on `port`; port 0 is a free one. On a pseudo-terminal it is HDLC.
    `faults` may strike, drawn from `seed`; the attribute of this name changes them.
    Raises as `open_sim`, `SecurityError` for an unknown suite, and `TransportError` where there is no port.
    """

    def __init__(
        self,
        model_id: str,
        *,
        seed: int = defaults.SEED,
        start: datetime | None = None,
        keys: Mapping[str, KeySet] | None = None,
        pairs: Credentials | None = None,
        counters: Counters | None = None,
        suite: int | None = None,
        journal: Journal | None = None,
        on: Literal["tcp", "pty"] = "tcp",
        links: Mapping[CosemLink, int] | None = None,
        port: int = 0,
        speed: float = 1.0,
        faults: Iterable[Fault] = (),
    ) -> None:
        self.faults = Faults(faults, seed)
        model = registry.load(model_id)
        self.meter = meter_of(
            model, seed=seed, start=start, keys=keys, pairs=pairs, counters=counters, suite=suite, journal=journal
        )
        own = connection_of(model).link
        if on == "pty" and own not in _ALONE:
            links = {"hdlc": 0}  # the wrapper is for TCP only
        lines: dict[str, tuple[Callable[[], Port], int]] = {
            link: (partial(self._connect, link, speed), number) for link, number in (links or {}).items()
        }
        if not lines:
            lines = {own: (partial(self._connect, None, speed), port)}
        for connect, _ in lines.values():
            connect()  # what cannot be built fails here, not in the host's thread
        self._sender = PushSender(self.meter, speed=speed) if _pushes(self.meter) else None
        self.host = MeterHost(connect, work=None if self._sender is None else self._sender.work)
        if on == "pty":
            self.targets = [f"{_SERIAL_SCHEMES[link]}://{self.host.open_pty()}" for link in lines]
            return
        self.targets = [
            f"{_TCP_SCHEMES[link]}://{HOST}:{self.host.listen(number, connect)}"
            for link, (connect, number) in lines.items()
        ]

    @property
    def target(self) -> str:
        """The first of `targets`."""
        return self.targets[0]

    def _connect(self, link: CosemLink | None, speed: float) -> Port:
        return port_of(self.meter, os.urandom, link=link, speed=speed, chance=self.faults.line())

    def __enter__(self) -> Self:
        self.host.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.host.stop()
        if self._sender is not None:
            self._sender.close()


def _pushes(meter: AnyMeter) -> TypeGuard[VirtualMeter]:
    """Whether a meter has anything to push with."""
    return isinstance(meter, VirtualMeter) and any(row.class_id == PUSH_SETUP for row in meter.model.objects)


_ALONE = ("iec21", "dlt645")
"""links that need no other on a pseudo-terminal"""
_TCP_SCHEMES = {"wrapper": "tcp", "hdlc": "tcp+hdlc", "iec21": "tcp", "dlt645": "tcp"}
_SERIAL_SCHEMES = {"hdlc": "serial", "iec21": "optical", "dlt645": "serial"}
