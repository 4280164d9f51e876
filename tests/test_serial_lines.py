"""Clients on real pseudo-terminals: HDLC, IEC 62056-21, and mode E from sign-on to register."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

import dlmskit
from dlmskit import aio
from dlmskit.codec.iec21 import BlockReader, OptionSelect, Request, decode
from dlmskit.cosem.units import Unit
from dlmskit.exceptions import TransportError
from dlmskit.link.hdlc import HdlcAddress, HdlcServerLink
from dlmskit.model import registry
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.operations import ReadOut, ReadRegister
from dlmskit.stack.meter import MeterStack
from dlmskit.vmeter import defaults
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.port import MeterPort
from dlmskit.vmeter.sim import SimMeter


@pytest.mark.parametrize("model", ["zzh", "generic"])
def test_hdlc_on_a_serial_port(model: str) -> None:
    with SimMeter(model, on="pty") as simulated:
        assert simulated.target.startswith("serial://")
        for _ in range(2):
            with dlmskit.connect(simulated.target, model=model, password=defaults.PASSWORD, timeout=5) as meter:
                assert meter.register("energy_import_total").unit == Unit.WATT_HOUR

        async def by_asyncio() -> object:
            async with await aio.connect(simulated.target, model=model, password=defaults.PASSWORD) as meter:
                return await meter.register("energy_import_total")

        assert asyncio.run(by_asyncio())


def test_text_meter_on_an_optical_head() -> None:
    with SimMeter("zzc", on="pty") as simulated:
        assert simulated.target.startswith("optical://")
        with dlmskit.connect(simulated.target, model="zzc", association="public") as meter:
            assert any(data_set.address == "1.8.0" for data_set in meter.run(ReadOut()))
        with dlmskit.connect(
            simulated.target, model="zzc", association="programming", password=defaults.PASSWORD
        ) as meter:
            assert meter.run(ReadRegister("1.8.0"))
            with pytest.raises(TransportError, match="another program uses it"):
                dlmskit.connect(simulated.target, model="zzc")


class ModeEMeter:
    """A COSEM meter behind a mode E sign-on, on a pseudo-terminal; `heard` are the messages of the sign-on."""

    def __init__(self, *, echo: bool, own_ack: bool) -> None:
        self.ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        self.target = f"optical://{os.ttyname(self._theirs)}"
        self.heard: list[object] = []
        self._echo, self._own_ack = echo, own_ack
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @contextmanager
    def running(self) -> Iterator[ModeEMeter]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join()
            os.close(self.ours)
            os.close(self._theirs)

    def _read(self) -> bytes:
        ready, _, _ = select.select([self.ours], [], [], 0.02)
        data = os.read(self.ours, 4096) if ready else b""
        if self._echo:
            os.write(self.ours, data)
        return data

    def _run(self) -> None:
        reader = BlockReader(selects=True)
        while not self._stop.is_set():
            for item in reader.feed(self._read()):
                assert isinstance(item, bytes)
                self.heard.append(decode(item))
                if isinstance(self.heard[-1], Request):
                    os.write(self.ours, b"/ZZE5\\2MODE-E\r\n")
                else:
                    os.write(self.ours, b"\x06252\r\n" if self._own_ack else b"")
                    self._speak_hdlc()
                    return

    def _speak_hdlc(self) -> None:
        meter = VirtualMeter(registry.load("generic"), start=datetime(2026, 11, 21, 10, tzinfo=UTC))
        stack = MeterStack(HdlcServerLink(HdlcAddress(1)), CosemServerSession(meter, os.urandom))
        port = MeterPort(meter, stack, keeper=meter)
        port.open(time.monotonic())
        while not self._stop.is_set():
            if data := self._read():
                port.receive(data, time.monotonic())
            if answer := port.data_to_send():
                os.write(self.ours, answer)


@pytest.mark.parametrize(("echo", "own_ack"), [(False, True), (False, False), (True, True)])
def test_mode_e_from_sign_on_to_register(echo: bool, own_ack: bool) -> None:
    with (
        ModeEMeter(echo=echo, own_ack=own_ack).running() as meter,
        dlmskit.connect(f"{meter.target}?client=17&device=12345", password=defaults.PASSWORD, timeout=5) as client,
    ):
        assert client.register("1-0:1.8.0*255").unit == Unit.WATT_HOUR
        assert meter.heard == [Request("12345"), OptionSelect("2", "5", "2")]


def test_a_meter_that_offers_no_mode_e_is_said_so_and_the_port_is_free_again() -> None:
    with SimMeter("zzc", on="pty") as simulated:
        for _ in range(2):
            with pytest.raises(TransportError), dlmskit.connect(simulated.target, client_sap=17, timeout=0.3):
                pass
