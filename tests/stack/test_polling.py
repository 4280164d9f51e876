"""Answers of several messages over a link where the meter speaks only when it is polled; no time passes in here."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from dlmskit.apdu import EventNotificationRequest
from dlmskit.apdu.descriptors import AttributeDescriptor, SelectiveAccess
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.enums import Conformance
from dlmskit.link.base import LinkEvent
from dlmskit.link.hdlc import HdlcAddress, HdlcClientLink, HdlcParameters, HdlcServerLink
from dlmskit.model import registry
from dlmskit.obis import Obis
from dlmskit.session.base import Completed, Notified, Progressed, SessionEvent
from dlmskit.session.cosem.client import CosemClientSession
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.session.cosem.settings import CLIENT_CONFORMANCE, AssociationSettings, ServerAssociation
from dlmskit.session.operations import Get
from dlmskit.stack.client import ClientStack
from dlmskit.stack.meter import MeterStack
from dlmskit.vmeter.meter import VirtualMeter

OBJECTS = Get(15, Obis(0, 0, 40, 0, 0), 2)
BLOCKS = CLIENT_CONFORMANCE | Conformance.GENERAL_BLOCK_TRANSFER


class Meter(VirtualMeter):
    """Grants general block transfer; tells an event before it answers where it is told to."""

    link: HdlcServerLink
    event = b""

    def association(self, client_sap: int) -> ServerAssociation | None:
        found = super().association(client_sap)
        return None if found is None else msgspec.structs.replace(found, conformance=BLOCKS)

    def get(self, client_sap: int, attribute: AttributeDescriptor, access: SelectiveAccess | None) -> Data:
        if self.event:
            self.link.send(self.event, 0.0)
        return super().get(client_sap, attribute, access)


def dialogue(
    window: int, octets: int, event: bytes = b"", conformance: Conformance = BLOCKS
) -> list[SessionEvent | LinkEvent]:
    """What the client hears when it asks for the object list."""
    meter = Meter(registry.load("generic"), start=datetime(2026, 11, 21, 10, tzinfo=UTC))
    parameters = HdlcParameters(window_tx=window, window_rx=window)
    meter.link, meter.event = HdlcServerLink(HdlcAddress(1), parameters), event
    stack = MeterStack(meter.link, CosemServerSession(meter, bytes))
    settings = AssociationSettings(conformance=conformance, max_receive_pdu_size=octets, block_window=4)
    client = ClientStack(HdlcClientLink(16, HdlcAddress(1), parameters), CosemClientSession(settings, bytes))
    stack.open(0.0)
    client.open(0.0)
    heard: list[SessionEvent | LinkEvent] = []
    asked = False
    for _ in range(500):
        stack.receive_data(client.data_to_send(), 0.0)
        while stack.next_event() is not None:
            pass
        client.receive_data(stack.data_to_send(), 0.0)
        while (happened := client.next_event()) is not None:
            heard.append(happened)
        if any(isinstance(happened, Completed) for happened in heard):
            return heard
        if client.state.name == "OPEN" and not asked:
            client.start(OBJECTS, 0.0)
            asked = True
    raise AssertionError("no answer without a time-out")


@pytest.mark.parametrize("window", [1, 2, 7])
def test_blocks_that_follow_each_other_are_polled_for(window: int) -> None:
    heard = dialogue(window, 128)
    assert max(event.blocks for event in heard if isinstance(event, Progressed)) == 4
    assert not [event for event in heard if "AnswerDue" in type(event).__name__]


def test_an_event_in_an_information_frame_does_not_stop_the_dialogue() -> None:
    place = AttributeDescriptor(1, Obis(0, 0, 96, 1, 0), 2)
    event = EventNotificationRequest(None, place, data.visible_string("event"))
    heard = dialogue(1, 1024, event.to_bytes(), CLIENT_CONFORMANCE)
    assert [happened.apdu for happened in heard if isinstance(happened, Notified)] == [event]
