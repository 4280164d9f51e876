"""A line that several clients share: each has its own link, and none disturbs another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.exceptions import LocalProtocolError
from dlmskit.link.base import Connected, Disconnected, FrameDropped, LinkEvent, Received
from dlmskit.link.hdlc import Control, FrameKind, FrameReader, HdlcAddress, HdlcClientLink, HdlcFrame, HdlcServerLine

METER = HdlcAddress(1)


class Bus:
    """A meter that answers in capitals, and clients that hear everything on the line."""

    def __init__(self, most: int = 8) -> None:
        self.line = HdlcServerLine(METER, most=most)
        self.line.open(0.0)
        self.clients: dict[int, HdlcClientLink] = {}
        self.events: list[LinkEvent] = []

    def join(self, client: int) -> HdlcClientLink:
        self.clients[client] = link = HdlcClientLink(client, METER)
        link.open(0.0)
        self.settle()
        return link

    def settle(self, now: float = 0.0) -> None:
        moved = True
        while moved:
            moved = False
            for link in self.clients.values():
                if said := link.data_to_send():
                    moved = True
                    self.line.receive_data(said, now)
            while (event := self.line.next_event()) is not None:
                self.events.append(event)
                if isinstance(event, Received) and not event.unsolicited:
                    self.line.answer(event.octets.upper(), now, event.source or 0)
            if said := self.line.data_to_send():
                moved = True
                for link in self.clients.values():
                    link.receive_data(said, now)

    def ask(self, client: int, message: bytes, now: float = 0.0) -> list[bytes]:
        self.clients[client].send(message, now)
        self.settle(now)
        return self.heard(client)

    def heard(self, client: int) -> list[bytes]:
        found = []
        while (event := self.clients[client].next_event()) is not None:
            if isinstance(event, Received):
                found.append(event.octets)
        return found


@given(order=st.lists(st.sampled_from([16, 17, 1, 100]), max_size=20), size=st.integers(1, 400))
def test_every_client_hears_its_own_answers(order: list[int], size: int) -> None:
    bus = Bus()
    for client in (16, 17, 1, 100):
        bus.join(client)
    for number, client in enumerate(order):
        message = (f"{number} of {client} ".encode() * size)[:size]
        assert bus.ask(client, message) == [message.upper()]
    assert {event.client for event in bus.events if isinstance(event, Connected)} == {16, 17, 1, 100}


def test_one_leaves_and_the_others_stay() -> None:
    bus = Bus()
    for client in (16, 17):
        bus.join(client)
    bus.clients[16].close(0.0)
    bus.settle()
    assert [event.client for event in bus.events if isinstance(event, Disconnected)] == [16]
    assert bus.ask(17, b"still") == [b"STILL"]
    with pytest.raises(LocalProtocolError):
        bus.line.answer(b"nobody", 0.0, 16)
    bus.line.send(b"the only one", 0.0)
    bus.line.close(0.0)
    bus.settle()
    assert [event.client for event in bus.events if isinstance(event, Disconnected)] == [16, 17]


def test_when_all_places_are_taken_a_client_finds_the_meter_disconnected() -> None:
    bus = Bus(most=2)
    for client in (16, 17):
        bus.join(client)
    snrm = HdlcFrame(METER, HdlcAddress(18), Control(FrameKind.SNRM), b"").to_bytes()
    bus.line.receive_data(snrm, 0.0)
    (frame,) = FrameReader().feed(bus.line.data_to_send())
    assert isinstance(frame, HdlcFrame)
    assert (frame.control.kind, frame.destination.upper) == (FrameKind.DM, 18)
    bus.clients[16].close(0.0)
    bus.settle()
    bus.join(18)
    assert bus.ask(18, b"now") == [b"NOW"]


def test_a_silent_client_gives_its_place_back() -> None:
    bus = Bus(most=1)
    bus.join(16)
    bus.line.handle_timeout(119.0)
    assert bus.ask(16, b"here", 119.0) == [b"HERE"]
    bus.line.handle_timeout(240.0)
    bus.settle(240.0)
    assert [event.client for event in bus.events if isinstance(event, Disconnected)] == [16]
    assert bus.line.next_deadline() is None
    bus.join(17)
    assert bus.ask(17, b"mine", 240.0) == [b"MINE"]


strangers = st.tuples(st.integers(0, 127), st.sampled_from(list(FrameKind)), st.binary(max_size=30))


@given(noise=st.lists(strangers, max_size=40))
def test_strangers_neither_raise_nor_take_memory_nor_disturb(noise: list[tuple[int, FrameKind, bytes]]) -> None:
    bus = Bus(most=3)
    bus.join(16)
    for source, kind, information in noise:
        if source == 16:
            continue
        numbers = {FrameKind.I: (0, 0), FrameKind.RR: (None, 0), FrameKind.RNR: (None, 0)}.get(kind, (None, None))
        frame = HdlcFrame(METER, HdlcAddress(source), Control(kind, True, *numbers), information)
        bus.line.receive_data(frame.to_bytes() + information, 0.0)
        bus.line.data_to_send()
    assert len(bus.line._links) <= 3
    bus.settle()
    bus.line.handle_timeout(1.0)  # what noise began is given up
    bus.settle(1.0)
    bus.heard(16)
    assert bus.ask(16, b"me", 1.0) == [b"ME"]
    assert all(isinstance(event, FrameDropped | Connected | Disconnected | Received) for event in bus.events)
