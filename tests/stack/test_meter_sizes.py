"""Answers about as long as a link carries at most: the meter divides or withholds them, and never raises."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dlmskit.apdu import GetRequestNormal
from dlmskit.apdu.descriptors import AttributeDescriptor, SelectiveAccess
from dlmskit.apdu.gateway import GatewayRequest
from dlmskit.codec.data import Data, octet_string
from dlmskit.enums import ApplicationContext, Conformance
from dlmskit.exceptions import DataAccessError, EncodeError
from dlmskit.link.base import BoundedLink, Link, LinkEvent
from dlmskit.link.gateway import GatewayLink
from dlmskit.link.wrapper import WrapperLink
from dlmskit.obis import Obis
from dlmskit.security.keys import KeySet
from dlmskit.session.base import Completed, Failed, SessionEvent
from dlmskit.session.cosem.client import CosemClientSession
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.cosem.settings import SERVER_CONFORMANCE, AssociationSettings, ServerAssociation
from dlmskit.session.operations import Get, Operation
from dlmskit.stack.associations import CosemMeterStack
from dlmskit.stack.client import ClientStack
from dlmskit.stack.meter import MeterStack
from dlmskit.store.answer import answer
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import MemoryKeyStore

KEYS = KeySet(bytes(range(0x10)), bytes(range(0xD0, 0xE0)))
CLIENT_TITLE, METER_TITLE = b"CLI\x00\x00\x00\x00\x01", b"MMM\x00\x00\xbcaN"
NEAR = [65_000, 65_400, 65_450, *range(65_480, 65_545), 65_600, 70_000, 200_000]
PROFILE = Obis(1, 0, 99, 1, 0)


class Meter:
    """One value, as long as is asked for by the attribute's number."""

    def __init__(self, rules: ServerAssociation) -> None:
        self.rules = rules
        self.value = b""

    def association(self, client_sap: int) -> ServerAssociation:
        return self.rules

    def get(self, client_sap: int, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data:
        return octet_string(self.value)

    def set(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> None:
        raise NotImplementedError

    def action(self, client_sap: int, method: Any, parameters: Data | None) -> Data | None:
        raise NotImplementedError


LINKS: dict[str, Callable[[], tuple[Link, Link]]] = {
    "wrapper": lambda: (WrapperLink(16, 1), WrapperLink(1, None, "meter")),
    "datagrams": lambda: (WrapperLink(16, 1, datagrams=True), WrapperLink(1, None, "meter", datagrams=True)),
    "gateway": lambda: (
        GatewayLink(WrapperLink(16, 1), 0, b"meter-17"),
        GatewayLink(WrapperLink(1, None, "meter"), 0, b"meter-17", "meter"),
    ),
    "any-device": lambda: (
        GatewayLink(WrapperLink(16, 1), 0, b"m" * 0x7F),
        GatewayLink(WrapperLink(1, None, "meter"), 0, None, "meter"),
    ),
}
BLOCKS = Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
GENERAL = Conformance.GENERAL_BLOCK_TRANSFER
ALONE = SERVER_CONFORMANCE & ~BLOCKS & ~GENERAL
CONFORMANCES = {"service-blocks": ALONE | BLOCKS, "general-blocks": ALONE | GENERAL, "no-blocks": ALONE}


class Line:
    """A client and a meter on a link of theirs."""

    def __init__(self, link: str, conformance: Conformance, size: int, *, ciphered: bool) -> None:
        context = ApplicationContext.LN_CIPHERED if ciphered else ApplicationContext.LN
        self.meter = Meter(
            ServerAssociation(context=context, keys=KEYS, system_title=METER_TITLE, conformance=conformance)
        )
        settings = AssociationSettings(
            context=context, system_title=CLIENT_TITLE, max_receive_pdu_size=size, conformance=conformance
        )
        below, above = LINKS[link]()
        self.client = ClientStack(below, CosemClientSession(settings, os.urandom))
        self.stack = CosemMeterStack(above, lambda: CosemServerSession(self.meter, os.urandom))
        self.store = MemoryKeyStore(KEYS)
        self.counters = MemoryCounters()
        self.heard: list[SessionEvent | LinkEvent] = []
        self.told: list[SessionEvent | LinkEvent] = []
        self.longest = 0
        self.stack.open(0.0)
        self.client.open(0.0)
        self.settle()

    def settle(self) -> None:
        moved = True
        while moved:
            moved = self._events(self.client, self.heard) | self._events(self.stack, self.told)
            if octets := self.client.data_to_send():
                moved = True
                self.stack.receive_data(octets, 0.0)
            if octets := self.stack.data_to_send():
                moved = True
                self.longest = max(self.longest, len(octets))
                self.client.receive_data(octets, 0.0)

    def _events(self, stack: Any, into: list[SessionEvent | LinkEvent]) -> bool:
        moved = False
        while (event := stack.next_event()) is not None:
            moved = True
            into.append(event)
            if (reply := answer(event, self.store, self.counters)) is not None:
                stack.provide(reply, 0.0)
        return moved

    def ask(self, operation: Operation) -> Any:
        before = len(self.heard)
        self.client.start(operation, 0.0)
        self.settle()
        for event in self.heard[before:]:
            if isinstance(event, Completed):
                return event.result
            if isinstance(event, Failed):
                raise event.error
        raise LookupError("no answer")


@pytest.mark.parametrize("ciphered", [False, True], ids=["plain", "ciphered"])
@pytest.mark.parametrize("conformance", CONFORMANCES)
@pytest.mark.parametrize("size", [0, 0xFFFF, 0xFFF0])
@pytest.mark.parametrize("link", LINKS)
def test_an_answer_of_any_length_is_read_or_withheld(link: str, size: int, conformance: str, ciphered: bool) -> None:
    line = Line(link, CONFORMANCES[conformance], size, ciphered=ciphered)
    withheld = 0
    for octets in NEAR:
        line.meter.value = os.urandom(1) * octets
        try:
            assert line.ask(Get(1, PROFILE, 2)).value == line.meter.value
        except DataAccessError as error:
            withheld += error.result == "data-block-unavailable"
    assert not any(isinstance(event, Failed) for event in line.told)
    assert (0 < withheld < len(NEAR)) is (conformance == "no-blocks")
    if link == "datagrams" and conformance == "no-blocks":
        assert line.longest <= 65_507


def test_what_no_link_carries_is_told_to_the_host_and_raised_to_nobody() -> None:
    """A client that names itself in more octets than leave room for an answer."""
    link = GatewayLink(WrapperLink(1, None, "meter"), 0, None, "meter")
    meter = Meter(ServerAssociation(pre_established=True))
    meter.value = bytes(200)
    stack = MeterStack(link, CosemServerSession(meter, os.urandom))
    request = GetRequestNormal(0xC1, AttributeDescriptor(1, PROFILE, 2)).to_bytes()
    prefixed = GatewayRequest(0, bytes(65_500), request)
    stack.open(0.0)
    sender = WrapperLink(16, 1)
    sender.open(0.0)
    sender.send(prefixed.to_bytes(), 0.0)
    stack.receive_data(sender.data_to_send(), 0.0)
    told = []
    while (event := stack.next_event()) is not None:
        told.append(event)
    assert any(isinstance(event, Failed) and isinstance(event.error, EncodeError) for event in told)
    assert stack.data_to_send() == b""
    sender.send(msgspec.structs.replace(prefixed, physical_device_address=b"7").to_bytes(), 0.0)
    stack.receive_data(sender.data_to_send(), 0.0)
    assert len(stack.data_to_send()) > 200


def test_a_links_bound_is_what_it_carries() -> None:
    for make in LINKS.values():
        _, link = make()
        assert isinstance(link, BoundedLink)
        assert 65_000 < (link.most_octets or 0) <= 0xFFFF
