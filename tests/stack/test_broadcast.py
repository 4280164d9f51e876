"""What goes to all stations reaches the meter's session and is not answered."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from dlmskit.apdu import AttributeDescriptor, GetRequestNormal
from dlmskit.link.hdlc import Control, FrameKind, FrameReader, HdlcAddress, HdlcFrame, HdlcServerLink
from dlmskit.model import registry
from dlmskit.obis import Obis
from dlmskit.session.cosem.server import CosemServerSession
from dlmskit.stack.meter import MeterStack
from dlmskit.vmeter.meter import VirtualMeter

CLIENT = HdlcAddress(16)
GET = GetRequestNormal(0xC1, AttributeDescriptor(8, Obis(0, 0, 1, 0, 0), 2), None).to_bytes()


def test_a_question_to_all_stations_is_not_answered() -> None:
    meter = VirtualMeter(registry.load("generic"), start=datetime(2026, 11, 22, tzinfo=UTC))
    stack = MeterStack(HdlcServerLink(HdlcAddress(1)), CosemServerSession(meter, os.urandom))
    stack.open(0.0)
    stack.receive_data(HdlcFrame(HdlcAddress(1), CLIENT, Control(FrameKind.SNRM)).to_bytes(), 0.0)
    assert stack.data_to_send()
    everyone = HdlcFrame(HdlcAddress.all_station(), CLIENT, Control(FrameKind.UI, False), b"\xe6\xe6\x00" + GET)
    stack.receive_data(everyone.to_bytes(), 0.0)
    assert stack.data_to_send() == b""
    asked = HdlcFrame(HdlcAddress(1), CLIENT, Control(FrameKind.I, True, 0, 0), b"\xe6\xe6\x00" + GET)
    stack.receive_data(asked.to_bytes(), 0.0)
    assert [type(item) for item in FrameReader().feed(stack.data_to_send())] == [HdlcFrame]
