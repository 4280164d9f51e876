"""APDUs through a gateway, over the wrapper."""

from __future__ import annotations

import pytest

from dlmskit.exceptions import LocalProtocolError
from dlmskit.link.base import Connected, FrameDropped, Received
from dlmskit.link.gateway import GatewayLink
from dlmskit.link.wrapper import WrapperLink, WrapperPdu
from link.channel import Channel, events_of

GET = bytes.fromhex("c001c100080000010000ff0200")
ANSWER = bytes.fromhex("c401c10006075bcd15")
DEVICE = b"12345678"


def client() -> GatewayLink:
    return GatewayLink(WrapperLink(16, 1), 0, DEVICE)


def test_prefix_goes_out_as_the_green_book_lays_it_out() -> None:
    link = client()
    link.open(0.0)
    link.send(GET, 0.0)
    assert WrapperPdu.from_bytes(link.data_to_send()).apdu == bytes.fromhex("e60008") + DEVICE + GET


@pytest.mark.parametrize("address", [DEVICE, None])
def test_a_question_and_its_answer(address: bytes | None) -> None:
    line = Channel(client(), GatewayLink(WrapperLink(1, None, "meter"), 0, address, "meter"), answer=lambda _: ANSWER)
    line.open()
    line.client.send(GET, 0.0)
    line.run(1)
    assert line.meter_events == [Connected(), Received(GET, 16, 1)]
    assert line.client_events == [Connected(), Received(ANSWER, 1, 16)]


@pytest.mark.parametrize(
    "message",
    [
        ANSWER,
        bytes.fromhex("e60008") + DEVICE + ANSWER,
        bytes.fromhex("e70108") + DEVICE + ANSWER,
        bytes.fromhex("e70008") + DEVICE[::-1] + ANSWER,
        bytes.fromhex("e70008") + DEVICE,
        bytes.fromhex("e700ff"),
        b"\xe7",
    ],
)
def test_what_is_not_the_devices_answer_is_dropped(message: bytes) -> None:
    link = client()
    link.open(0.0)
    link.receive_data(WrapperPdu(1, 16, message).to_bytes(), 0.0)
    connected, dropped = events_of(link)
    assert connected == Connected()
    assert isinstance(dropped, FrameDropped)
    assert dropped.octets == len(message)


def test_who_is_spoken_to_must_be_known() -> None:
    with pytest.raises(LocalProtocolError):
        GatewayLink(WrapperLink(16, 1), 0, None)
    meter = GatewayLink(WrapperLink(1, None, "meter"), 0, None, "meter")
    meter.open(0.0)
    with pytest.raises(LocalProtocolError):
        meter.send(ANSWER, 0.0)
