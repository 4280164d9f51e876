"""Several clients of one virtual meter at once: on one line and on several, up to a bound, until they fall silent."""

from __future__ import annotations

import os
from typing import Any, Literal

import pytest
from msgspec import structs

from dlmskit.apdu import Aare, Aarq, GetRequestNormal, InitiateRequest, decode
from dlmskit.apdu.descriptors import AttributeDescriptor
from dlmskit.client import Client
from dlmskit.enums import ApplicationContext, AssociationResult
from dlmskit.exceptions import DlmskitError, TransportTimeout
from dlmskit.link.hdlc import Control, FrameKind, HdlcAddress, HdlcFrame, HdlcServerLine
from dlmskit.link.wrapper import WrapperLink, WrapperPdu, WrapperReader
from dlmskit.model import registry
from dlmskit.obis import Obis
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.cosem.settings import CLIENT_CONFORMANCE
from dlmskit.stack.associations import CosemMeterStack
from dlmskit.stack.build import LinkSettings, association_settings, client_stack
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import MemoryKeyStore
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import meter_of, port_of
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.port import MeterPort

Framing = Literal["hdlc", "wrapper"]
NAMES = ("none", "low", "high_md5", "gmac", "none_ciphered")
MODEL = registry.load("interop")


class Line:
    """One line into the meter that every client hears, as on a multi-drop bus."""

    def __init__(self, port: MeterPort) -> None:
        self.port = port
        self.now = 0.0
        self.behind = b""
        """comes in with everything that a client writes"""
        self.taps: list[Tap] = []
        port.open(self.now)

    def write(self, data: bytes) -> None:
        self.port.receive(data + self.behind, self.now)
        heard = self.port.data_to_send()
        for tap in self.taps:
            tap.heard += heard


class Tap:
    """One client's end of a line; a `Transport`."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.heard = b""
        line.taps.append(self)

    def write(self, data: bytes) -> None:
        self.line.write(data)

    def read(self, timeout: float | None) -> bytes:
        if not self.heard:
            raise TransportTimeout("nothing came")
        heard, self.heard = self.heard, b""
        return heard

    def set_line(self, baud: int, format: str) -> None: ...

    def drain(self) -> None: ...

    def close(self) -> None: ...


def meter() -> VirtualMeter:
    found = meter_of(MODEL)
    assert isinstance(found, VirtualMeter)
    return found


def client(line: Line, name: str, framing: Framing, number: int = 0) -> Client:
    row = MODEL.association(name)
    settings = association_settings(row, b"TST" + (number << 8 | row.client_sap).to_bytes(5, "big"))
    stack = client_stack(LinkSettings(framing=framing), structs.replace(settings, timeout=0.5), os.urandom)
    store = MemoryKeyStore(defaults.keys(0, b"Gurux"))
    return Client(Tap(line), stack, keys=store, counters=MemoryCounters())


def small(framing: Framing, found: VirtualMeter, most: int) -> Line:
    """A line with few places."""
    link = HdlcServerLine(HdlcAddress(1), most=most) if framing == "hdlc" else WrapperLink(1, None, "meter")
    stack = CosemMeterStack(link, lambda: CosemServerSession(found, os.urandom, guard=found.guard), most)
    return Line(MeterPort(found, stack, keeper=found, speed=0))


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_clients_share_a_line(framing: Framing) -> None:
    found = meter()
    line = Line(port_of(found, os.urandom, link=framing, speed=0))
    clients = [client(line, name, framing).open() for name in NAMES]
    stamp = clients[0].clock()
    for _ in range(3):
        for each in clients:
            assert each.clock() == stamp
            assert each.register("1-0:1.8.0").value == clients[0].register("1-0:1.8.0").value
    clients[1].close()
    for each in (*clients[:1], *clients[2:]):
        assert len(each.get(7, "1-0:99.1.0").value) == 96
    with pytest.raises(DlmskitError):
        clients[1].clock()
    again = client(line, "low", framing).open()
    assert again.clock() == stamp
    for each in (again, *clients):
        each.close()


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_clients_on_lines_of_their_own(framing: Framing) -> None:
    found = meter()
    clients = [
        client(Line(port_of(found, os.urandom, link=framing, speed=0)), name, framing, number).open()
        for number, name in enumerate(NAMES * 2)
    ]
    assert len({str(each.clock()) for each in clients}) == 1
    for each in clients:
        each.close()


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_when_all_places_are_taken_the_next_one_waits(framing: Framing) -> None:
    line = small(framing, meter(), most=2)
    first, second = client(line, "none", framing).open(), client(line, "gmac", framing).open()
    third = client(line, "low", framing)
    with pytest.raises(DlmskitError):
        third.open()
    assert first.clock() == second.clock()
    first.close()
    assert client(line, "low", framing).open().clock() == second.clock()


def apdu(client_sap: int, octets: bytes) -> bytes:
    return WrapperPdu(client_sap, 1, octets).to_bytes()


INITIATE = InitiateRequest(proposed_conformance=CLIENT_CONFORMANCE, client_max_receive_pdu_size=0xFFFF).to_bytes()
AARQ = Aarq(application_context_name=ApplicationContext.LN, user_information=INITIATE).to_bytes()
CLOCK = GetRequestNormal(0xC1, AttributeDescriptor(8, Obis(0, 0, 1, 0, 0), 2), None).to_bytes()


def asked(line: Line, *messages: bytes) -> list[tuple[int, int]]:
    """Who got which kind of answer when all the messages came in one piece."""
    tap = Tap(line)
    line.write(b"".join(messages))
    return [(pdu.destination_wport, pdu.apdu[0]) for pdu in WrapperReader().feed(tap.heard)]


def test_requests_in_one_piece_are_answered_each_to_its_client() -> None:
    found = meter()
    line = Line(port_of(found, os.urandom, link="wrapper", speed=0))
    assert asked(line, apdu(16, AARQ), apdu(99, AARQ), apdu(16, CLOCK)) == [(16, 0x61), (16, 0xC4), (99, 0x61)]
    assert asked(line, apdu(77, CLOCK), apdu(16, CLOCK)) == [(16, 0xC4), (77, 0xD8)]


def test_a_refusal_for_want_of_places_is_transient() -> None:
    line = small("wrapper", meter(), most=1)
    line.write(apdu(16, AARQ))
    tap = Tap(line)
    line.write(apdu(17, AARQ))
    refused: Any = decode(WrapperPdu.from_bytes(tap.heard).apdu)
    assert isinstance(refused, Aare)
    assert refused.result is AssociationResult.REJECTED_TRANSIENT


def test_strangers_take_no_places() -> None:
    line = small("wrapper", meter(), most=2)
    for sap in range(100, 140):
        assert asked(line, apdu(sap, AARQ))[0] == (sap, 0x61)
    assert asked(line, apdu(16, AARQ), apdu(16, CLOCK))[1] == (16, 0xC4)


def test_a_silent_client_is_released() -> None:
    line = small("wrapper", meter(), most=1)
    assert asked(line, apdu(16, AARQ)) == [(16, 0x61)]
    line.now = 170.0
    assert asked(line, apdu(16, CLOCK)) == [(16, 0xC4)]
    line.now = 340.0
    line.port.handle_timeout(line.now)
    assert asked(line, apdu(16, CLOCK)) == [(16, 0xC4)]
    line.now = 521.0
    line.port.handle_timeout(line.now)
    assert asked(line, apdu(16, CLOCK)) == [(16, 0xD8)]


def test_a_silent_station_is_released_alone() -> None:
    found = meter()
    line = Line(port_of(found, os.urandom, link="hdlc", speed=0))
    silent, busy = client(line, "none", "hdlc").open(), client(line, "low", "hdlc").open()
    for now in (60.0, 119.0, 150.0):
        line.now = now
        busy.clock()
        line.port.handle_timeout(now)
    assert not line.port.finished
    busy.clock()
    with pytest.raises(DlmskitError):
        silent.clock()


def test_a_message_to_all_takes_no_answer_from_another_client() -> None:
    """In one piece: a request of a client, and a UI frame to all stations behind it."""
    found = meter()
    line = Line(port_of(found, os.urandom, link="hdlc", speed=0))
    asking = client(line, "none", "hdlc").open()
    told = HdlcFrame(
        HdlcAddress(0x7F), HdlcAddress(17), Control(FrameKind.UI, False), b"\xe6\xe6\x00" + AARQ
    ).to_bytes()
    line.behind = told
    assert asking.clock()
    line.behind = b""
    assert asking.clock()
