"""Client and meter stacks joined in memory: order of opening and closing, failures, pushes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dlmskit.apdu import AttributeDescriptor, DataNotification, ExceptionResponse, GetRequestNormal
from dlmskit.codec import data
from dlmskit.enums import Mechanism
from dlmskit.exceptions import LocalProtocolError, ServiceError, TransportClosed, TransportTimeout
from dlmskit.link.base import Connected, Disconnected, Received
from dlmskit.link.hdlc import HdlcParameters, HdlcPushLink
from dlmskit.link.wrapper import WrapperLink
from dlmskit.model import registry
from dlmskit.obis import Obis
from dlmskit.security.needs import CounterNeed, CounterProvided, KeysNeed, KeysProvided
from dlmskit.session.base import Completed, Failed, Notified, Opened
from dlmskit.session.cosem.receiver import ReceiverSession
from dlmskit.session.cosem.settings import AssociationSettings
from dlmskit.session.operations import Get, Set
from dlmskit.stack.base import StackEvent
from dlmskit.stack.build import LinkSettings, association_settings, client_link, client_stack, meter_stack
from dlmskit.stack.client import ClientStack, State
from dlmskit.stack.meter import MeterStack
from dlmskit.stack.receiver import ReceiverStack
from dlmskit.vmeter import defaults
from dlmskit.vmeter.meter import VirtualMeter

CLOCK = Get(8, Obis(0, 0, 1, 0, 0), 2)
MODELS = ["generic", "zzh"]


def counting(count: int) -> bytes:
    return bytes(range(count))


class Pair:
    """A client and a virtual meter, and everything that the client said had happened."""

    def __init__(self, model_id: str, association: str = "reader") -> None:
        model = registry.load(model_id)
        assert model.connection is not None
        row = model.association(association)
        settings = association_settings(row, b"DKTTEST1")
        virtual = VirtualMeter(model, start=datetime(2026, 11, 21, 10, tzinfo=UTC))
        virtual.advance(0.0)
        self.client = client_stack(LinkSettings.of(model.connection), settings, counting)
        self.meter: MeterStack = meter_stack(model.connection, virtual, lambda n: bytes(range(100, 100 + n)))
        self.meter.open(0.0)
        self.events: list[StackEvent] = []

    def run(self, *, deaf: bool = False) -> None:
        for _ in range(2000):
            out = self.client.data_to_send()
            if out and not deaf:
                self.meter.receive_data(out, 0.0)
            self.answer(self.meter, [])
            back = self.meter.data_to_send()
            if back:
                self.client.receive_data(back, 0.0)
            moved = self.answer(self.client, self.events)
            if not (out or back or moved):
                return
        raise AssertionError("the stacks never come to rest")

    @staticmethod
    def answer(stack: ClientStack | MeterStack, events: list[StackEvent]) -> bool:
        moved = False
        while (event := stack.next_event()) is not None:
            moved = True
            if isinstance(event, KeysNeed):
                stack.provide(KeysProvided(defaults.keys()), 0.0)
            elif isinstance(event, CounterNeed):
                stack.provide(CounterProvided(1, event.count), 0.0)
            else:
                events.append(event)
        return moved

    def opened(self) -> Pair:
        self.client.open(0.0)
        self.run()
        assert isinstance(self.events[-1], Opened), self.events
        self.events.clear()
        return self


@pytest.mark.parametrize("association", ["public", "reader", "management"])
def test_open_ask_close(association: str) -> None:
    pair = Pair("generic", association).opened()
    pair.client.start(CLOCK, 0.0)
    pair.run()
    (completed,) = (event for event in pair.events if isinstance(event, Completed))
    assert completed.operation == CLOCK
    pair.client.close(0.0)
    pair.run()
    assert isinstance(pair.events[-1], Disconnected)
    assert pair.events[-1].clean
    assert pair.client.state == State.DOWN


@pytest.mark.parametrize("model", MODELS)
def test_a_refusal_leaves_the_stack_open(model: str) -> None:
    pair = Pair(model).opened()
    pair.client.start(Set(1, Obis(0, 0, 42, 0, 0), 2, data.null_data()), 0.0)
    pair.run()
    (failed,) = (event for event in pair.events if isinstance(event, Failed))
    assert isinstance(failed.error, ServiceError)
    assert pair.client.state == State.OPEN
    pair.client.start(CLOCK, 0.0)
    pair.run()
    assert isinstance(pair.events[-1], Completed)


def test_nothing_can_be_asked_before_the_stack_is_open() -> None:
    pair = Pair("generic")
    with pytest.raises(LocalProtocolError, match="idle"):
        pair.client.start(CLOCK, 0.0)
    pair.opened()
    with pytest.raises(LocalProtocolError):
        pair.client.open(0.0)


def test_a_lost_line_fails_what_runs_and_ends_the_stack() -> None:
    pair = Pair("generic").opened()
    pair.client.start(CLOCK, 0.0)
    pair.client.data_to_send()
    pair.client.connection_lost(TransportClosed("the peer closed the connection"), 1.0)
    pair.run(deaf=True)
    failed, disconnected = pair.events
    assert isinstance(failed, Failed)
    assert failed.operation == CLOCK
    assert isinstance(failed.error, TransportClosed)
    assert isinstance(disconnected, Disconnected)
    assert not disconnected.clean
    assert pair.client.next_deadline() is None


@pytest.mark.parametrize("model", MODELS)
def test_a_silent_meter_is_a_time_out(model: str) -> None:
    pair = Pair(model)
    pair.client.open(0.0)
    pair.run(deaf=True)
    for _ in range(20):
        deadline = pair.client.next_deadline()
        if deadline is None:
            break
        pair.client.handle_timeout(deadline)
        pair.run(deaf=True)
        if any(isinstance(event, Failed) for event in pair.events):
            break
    (failed,) = (event for event in pair.events if isinstance(event, Failed))
    assert isinstance(failed.error, TransportTimeout)


def test_closing_before_the_end_of_opening_is_clean() -> None:
    pair = Pair("zzh")
    pair.client.open(0.0)
    pair.client.close(0.0)
    pair.run(deaf=True)
    assert isinstance(pair.events[-1], Disconnected)
    assert pair.client.state == State.DOWN


def test_a_stack_that_was_never_opened_can_be_closed() -> None:
    pair = Pair("generic")
    pair.client.close(0.0)
    pair.run()
    assert pair.events == [Disconnected("never opened", True)]


def test_a_wrong_mechanism_is_refused_and_the_link_still_ended() -> None:
    pair = Pair("zzh", "public")
    model = registry.load("zzh")
    assert model.connection is not None
    wrong = AssociationSettings(client_sap=99, mechanism=Mechanism.NONE)
    pair.client = client_stack(LinkSettings.of(model.connection), wrong, counting)
    pair.client.open(0.0)
    pair.run()
    assert any(isinstance(event, Failed) for event in pair.events)
    pair.client.close(0.0)
    pair.run()
    assert isinstance(pair.events[-1], Disconnected)


def test_a_push_of_the_meter_reaches_client_and_receiver() -> None:
    push = DataNotification(1, None, data.structure(data.unsigned(7)))
    pair = Pair("generic").opened()
    pair.meter.push(push.to_bytes(), 0.0)
    octets = pair.meter.data_to_send()
    pair.client.receive_data(octets, 0.0)
    pair.answer(pair.client, pair.events)
    (notified,) = (event for event in pair.events if isinstance(event, Notified))
    assert notified.apdu == push
    receiver = ReceiverStack(WrapperLink(None, None, "meter"), ReceiverSession(allow_unauthenticated=True))
    receiver.open(0.0)
    receiver.receive_data(octets, 0.0)
    assert isinstance(receiver.next_event(), Connected)
    heard = receiver.next_event()
    assert isinstance(heard, Notified)
    assert heard.apdu == push
    assert not heard.authenticated


def test_a_push_over_hdlc_goes_in_ui_frames_while_an_answer_is_awaited() -> None:
    push = DataNotification(1, None, data.octet_string(bytes(300)))
    pair = Pair("zzh", "reader").opened()
    pair.client.start(Get(1, Obis(0, 0, 42, 0, 0), 2), 0.0)
    request = pair.client.data_to_send()
    pair.meter.push(push.to_bytes(), 0.0)
    pair.client.receive_data(pair.meter.data_to_send(), 0.0)
    pair.meter.receive_data(request, 0.0)
    pair.run()
    assert [type(event) for event in pair.events][-2:] == [Notified, Completed]
    (notified,) = (event for event in pair.events if isinstance(event, Notified))
    assert notified.apdu == push


def test_a_push_over_hdlc_to_a_named_client_reaches_a_mere_listener() -> None:
    push = DataNotification(1, None, data.octet_string(bytes(300)))
    meter = Pair("zzh").meter
    with pytest.raises(LocalProtocolError):
        meter.push(push.to_bytes(), 0.0)
    meter.push(push.to_bytes(), 0.0, client_sap=1)
    receiver = ReceiverStack(HdlcPushLink(), ReceiverSession(allow_unauthenticated=True))
    receiver.open(0.0)
    receiver.receive_data(meter.data_to_send(), 0.0)
    receiver.next_event()
    heard = receiver.next_event()
    assert isinstance(heard, Notified)
    assert heard.apdu == push


@pytest.mark.parametrize("goodbye", [True, False])
def test_the_next_client_of_a_line_does_not_inherit_the_association(goodbye: bool) -> None:
    pair = Pair("zzh", "reader").opened()
    model = registry.load("zzh")
    assert model.connection is not None
    settings = association_settings(model.association("reader"))
    if goodbye:
        pair.client.close(0.0)
        pair.meter.receive_data(pair.client.data_to_send(), 0.0)  # RLRQ, or DISC, and nothing more
    intruder = client_link(LinkSettings.of(model.connection), settings)
    intruder.open(0.0)
    question = GetRequestNormal(0xC1, AttributeDescriptor(1, Obis(0, 0, 42, 0, 0), 2), None).to_bytes()
    answers = []
    for _ in range(20):
        while (event := intruder.next_event()) is not None:
            if isinstance(event, Connected):
                intruder.send(question, 0.0)
            if isinstance(event, Received):
                answers.append(event.octets)
        pair.meter.receive_data(intruder.data_to_send(), 0.0)
        pair.answer(pair.meter, [])
        intruder.receive_data(pair.meter.data_to_send(), 0.0)
    (answer,) = answers
    assert answer[0] == ExceptionResponse.HEAD[0]


def test_nothing_comes_after_the_end_when_link_and_session_run_out_of_time_together() -> None:
    pair = Pair("zzh", "reader").opened()
    pair.client._link._parameters = HdlcParameters(retries=0)  # type: ignore[attr-defined]
    pair.client.start(CLOCK, 0.0)
    pair.client.handle_timeout(1000.0)
    pair.answer(pair.client, pair.events)
    assert [type(event) for event in pair.events] == [Failed, Disconnected]
    assert pair.client.next_deadline() is None
