"""Virtual meters to talk to at once: in this process without any thread, or behind a port of this machine.

::

    transport = open_sim("zzh")                 # the other end of a line, for a client in this process
    with SimMeter("generic") as meter:          # or a meter that any program can reach
        print(meter.target)                     # tcp://127.0.0.1:49152
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self, TypeGuard

from dlmskit.exceptions import FirmwareModelError, TransportClosed, TransportError, TransportTimeout
from dlmskit.model import registry
from dlmskit.security.credentials import Credentials
from dlmskit.security.keys import KeySet
from dlmskit.store.counters import Counters
from dlmskit.store.journal import Journal
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import AnyMeter, CosemLink, connection_of, meter_of, port_of
from dlmskit.vmeter.control import Control
from dlmskit.vmeter.faults import Fault, Faults
from dlmskit.vmeter.fleet import Fleet, SharedPort
from dlmskit.vmeter.host import BAUD, HOST, MeterHost
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


On = Literal["tcp", "pty", "optical"]


class SimMeter:
    """A virtual meter behind TCP on 127.0.0.1 or a pseudo-terminal, for as long as the context lasts.

    `targets` say where, as clients write it, and `target` is the first of them. `links` serves a COSEM model over these
    links, each on its port, instead of its own link on `port`; port 0 is a free one. On a pseudo-terminal it is HDLC,
    after a sign-on where that is ``optical``. `dial` is a head end, ``host:port``, that the meter connects to instead.
    `faults` may strike, drawn from `seed`; the attribute of this name changes them, and `control` the meter itself.
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
        on: On = "tcp",
        links: Mapping[CosemLink, int] | None = None,
        port: int = 0,
        speed: float = 1.0,
        faults: Iterable[Fault] = (),
        dial: str | None = None,
    ) -> None:
        self.faults = Faults(faults, seed)
        model = registry.load(model_id)
        self.meter = meter_of(
            model, seed=seed, start=start, keys=keys, pairs=pairs, counters=counters, suite=suite, journal=journal
        )
        self._speed = speed
        own = connection_of(model).link
        if on != "tcp" and own not in _ALONE:
            links = {"hdlc" if on == "pty" else "mode-e": 0}  # the wrapper is for TCP only
        head_end = None if dial is None else _head_end(dial)
        chosen: Mapping[Any, int] = links or {None: port}
        for link in chosen:
            self._connect(link)  # what cannot be built fails here, not in the host's thread
        self._sender = PushSender(self.meter, speed=speed) if _pushes(self.meter) else None
        work = None if self._sender is None else self._sender.work
        self.host = MeterHost(partial(self._connect, next(iter(chosen))), work=work)
        self.control = Control(self.host, self.meter, self.faults)
        if head_end is not None:
            self.host.dial(*head_end)
            self.targets = [f"tcp://{dial}"]
            return
        self.targets = [self._serve(link, own, on, number) for link, number in chosen.items()]

    @property
    def target(self) -> str:
        """The first of `targets`."""
        return self.targets[0]

    def _serve(self, link: CosemLink | None, own: str, on: On, number: int) -> str:
        connect, kind = partial(self._connect, link), link or own
        if on != "tcp":
            return f"{_SERIAL_SCHEMES[kind]}://{self.host.open_pty(connect, _baud(self.meter))}"
        if kind == "udp":
            return f"udp://{HOST}:{self.host.listen_udp(number, connect)}"
        return f"{_TCP_SCHEMES[kind]}://{HOST}:{self.host.listen(number, connect)}"

    def _connect(self, link: CosemLink | None) -> Port:
        return port_of(self.meter, os.urandom, link=link, speed=self._speed, chance=self.faults.line())

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


class SimFleet:
    """`count` virtual meters of a model with seeds counted up from `seed`, all behind TCP and served by one thread.

    Each has a port of its own, counted up from `port`, or the free ones from 10000 on for 0. With `shared` all are
    behind one port: over the wrapper by SAP, over HDLC by physical device address, from 1 on. `targets` say where.
    Raises as `SimMeter`, and `TransportError` where this process may not open so many files.
    """

    def __init__(
        self,
        model_id: str,
        count: int,
        *,
        seed: int = defaults.SEED,
        start: datetime | None = None,
        suite: int | None = None,
        link: CosemLink | None = None,
        port: int = 0,
        shared: bool = False,
        speed: float = 1.0,
        faults: Iterable[Fault] = (),
        connections: int = 4_000,
    ) -> None:
        model = registry.load(model_id)
        start = start or model.simulation.start or datetime.now(UTC)
        self.fleet = Fleet(
            count, lambda number: meter_of(model, seed=seed + number, start=start, suite=suite), tuple(faults)
        )
        self._speed = speed
        own = connection_of(model).link
        if own in _ALONE and (shared or link is not None):
            raise FirmwareModelError(f"only COSEM meters share an address, and {model_id} is none")
        self._link: CosemLink = link or ("hdlc" if own == "hdlc" else "wrapper")
        self._own = link is None
        scheme = _TCP_SCHEMES[link or own]
        self._connect(0)  # what cannot be built fails here, not in the host's thread
        self.host = MeterHost(partial(self._connect, 0), connections=connections)
        if shared:
            place = f"{scheme}://{HOST}:{self.host.listen(port, self._share)}"
            options = "?octets=4&lower={}" if self._link == "hdlc" else "?server={}"
            self.targets = [place + options.format(number + 1) for number in range(count)]
            return
        _allow_files(count + connections + 100)
        ports = iter(range(_FLEET_PORTS, _LAST_PORT + 1))
        self.targets = [
            f"{scheme}://{HOST}:{self._listen(number, [port + number] if port else ports)}" for number in range(count)
        ]

    def _connect(self, number: int, address: int | None = None) -> Port:
        link = None if self._own and address is None else self._link
        chance = self.fleet.faults(number).line()
        return port_of(
            self.fleet.meter(number), os.urandom, link=link, speed=self._speed, chance=chance, address=address
        )

    def _listen(self, number: int, ports: Iterable[int]) -> int:
        """The first port of these that is free. Where thousands are taken, a system is slow to find one by itself."""
        refusal = TransportError("no port is free")
        for port in ports:
            try:
                return self.host.listen(port, partial(self._connect, number))
            except TransportError as error:
                refusal = error
        self.host.stop()
        raise refusal

    def _share(self) -> Port:
        return SharedPort(
            self._link,
            lambda address: self._connect(address - 1, address) if 1 <= address <= self.fleet.count else None,
        )

    def __enter__(self) -> Self:
        self.host.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.host.stop()


def _allow_files(count: int) -> None:
    """Let this process open so many files. Raises `TransportError` where the system does not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise TransportError(f"{count} open files are needed, and this system allows {hard}; meters may share a port")
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def _head_end(text: str) -> tuple[str, int]:
    """Where to dial. Raises `TransportError`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise TransportError(f"a head end to dial is host:port, found {text!r}")
    return host, int(port)


def _baud(meter: AnyMeter) -> int:
    """The rate of a line whose link sets none."""
    return BAUD if isinstance(meter, VirtualMeter) else meter.settings.baud


_FLEET_PORTS, _LAST_PORT = 10_000, 65_535
"""where a fleet looks for free ports"""
_ALONE = ("iec21", "dlt645")
"""links that need no other on a pseudo-terminal"""
_TCP_SCHEMES = {"wrapper": "tcp", "hdlc": "tcp+hdlc", "iec21": "tcp", "dlt645": "tcp"}
_SERIAL_SCHEMES = {"hdlc": "serial", "mode-e": "optical", "iec21": "optical", "dlt645": "serial"}
