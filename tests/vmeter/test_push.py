"""Pushes: by command, schedule and event, spread over time, repeated, the last gasp; taken by our listener."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmskit.apdu import DataNotification, EventNotificationRequest, GeneralGloCiphering, decode
from dlmskit.client import connect
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDate, CosemTime
from dlmskit.cosem import typed
from dlmskit.cosem.classes import interface_class
from dlmskit.exceptions import DataAccessError
from dlmskit.listener import Listening, PushListener
from dlmskit.model.push import PushRules
from dlmskit.security.keys import KeySet
from dlmskit.security.protection import unprotect
from dlmskit.store.journal import MemoryJournal
from dlmskit.store.keys import MemoryKeyStore
from dlmskit.vmeter import defaults
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.push import MOST_WAITING, Outgoing
from dlmskit.vmeter.push_sender import PushSender
from dlmskit.vmeter.sim import SimMeter

from .rigs import START, act, encoded, get, meter_of, model_of, moment_of, put, times_of

NOWHERE = "127.0.0.1:9"
KEYS = defaults.keys()
MESSAGE = "a-xdr-encoded-xdlms-apdu"
TITLE = b"XXX\x00\x00\x00\x00\x01"
ROOT = Path(__file__).parents[2]


def aim(meter: VirtualMeter, role: str, service: str = "tcp", destination: str = NOWHERE) -> VirtualMeter:
    """Give a push setup somewhere to send to."""
    where = {"transport_service": service, "destination": destination, "message": MESSAGE}
    put(meter, role, 3, encoded(40, "send_destination_and_method", where))
    return meter


def opened(push: Outgoing, meter: VirtualMeter, keys: KeySet = KEYS) -> tuple[Any, int]:
    """The notification in a ciphered push, and its invocation counter."""
    envelope = decode(push.apdu)
    assert isinstance(envelope, GeneralGloCiphering)
    assert envelope.system_title == meter.firmware.identity.system_title
    found = unprotect(envelope.content, keys=keys, system_title=envelope.system_title)
    assert found.authenticated
    return decode(found.plain), found.invocation_counter


def test_a_push_carries_its_list_and_what_the_meter_shows_at_that_moment() -> None:
    meter = aim(meter_of(), "push_setup")
    act(meter, "push_setup", 1)
    (push,) = meter.pushes_to_send()
    assert meter.pushes_to_send() == []
    assert (push.service, push.destination, push.server_sap, push.client_sap) == ("tcp", NOWHERE, 1, 1)
    said, _ = opened(push, meter)
    assert isinstance(said, DataNotification)
    body = said.notification_body.value
    assert body[0] == get(meter, "push_setup", 2)
    assert said.date_time == body[1] == get(meter, "clock")
    wanted = [get(meter, role, attribute) for role in ("energy_import_total", "power_import") for attribute in (2, 3)]
    assert body[2:] == wanted


def test_without_a_destination_or_a_list_nothing_is_sent() -> None:
    meter = meter_of()
    act(meter, "push_setup", 1)
    aim(meter, "push_setup")
    put(meter, "push_setup", 2, encoded(40, "push_object_list", []))
    act(meter, "push_setup", 1)
    assert meter.pushes_to_send() == []
    with pytest.raises(DataAccessError, match="type-unmatched"):
        put(meter, "push_setup", 2, data.array(data.unsigned(1)))


def test_what_cannot_be_read_is_null_and_elements_are_taken_out() -> None:
    meter = aim(meter_of(), "push_setup")

    def entry(class_id: int, code: str, attribute: int, index: int) -> dict[str, Any]:
        return {"class_id": class_id, "logical_name": code, "attribute_index": attribute, "data_index": index}

    register = str(meter.model.object("energy_import_total").obis)
    listed = [
        entry(3, register, 3, 2),
        entry(3, register, 3, 3),
        entry(3, register, 9, 0),
        entry(3, "1-0:99.99.99*255", 2, 0),
        entry(1, register, 2, 0),
    ]
    form = interface_class(40, 0).attribute("push_object_list")
    assert form is not None
    put(meter, "push_setup", 2, typed.to_data(form.form, listed))
    act(meter, "push_setup", 1)
    said, _ = opened(meter.pushes_to_send()[0], meter)
    assert said.notification_body.value == [30, None, None, None, None]


def test_a_schedule_pushes_by_its_script() -> None:
    meter = aim(meter_of(), "push_setup")
    put(meter, "push_schedule", 4, times_of((CosemDate(None, None, None), CosemTime(None, 30, 0, None))))
    meter.advance(4 * 3600)
    stamps = [moment_of(opened(each, meter)[0].date_time) for each in meter.pushes_to_send()]
    assert [(each.minute, each.second) for each in stamps] == [(30, 0)] * 4


def test_an_alarm_is_pushed_and_power_that_fails_is_told_with_the_last_breath() -> None:
    meter = aim(meter_of(), "push_setup_alarm", "udp")
    put(meter, "push_setup_alarm", 5, data.long_unsigned(600))
    meter.firmware.event("replace-battery")
    assert meter.pushes_to_send() == []
    meter.firmware.power(False)
    (gasp,) = meter.pushes_to_send()
    assert opened(gasp, meter)[0].notification_body.value[2:] == [1, 2]  # power down; the battery's alarm
    meter.delivered(gasp, False)
    meter.advance(3600)
    assert meter.pushes_to_send() == []
    meter.firmware.power(True)
    late = [opened(each, meter)[0].notification_body.value[2] for each in meter.pushes_to_send()]
    assert late == [2]  # what waited without power tells of the moment at which it goes out
    meter.advance(3600 + 601)
    assert [opened(each, meter)[0].notification_body.value[2] for each in meter.pushes_to_send()] == [2]


def test_an_event_notification_tells_of_the_first_object_in_the_form_that_meters_use() -> None:
    rules = PushRules(form="event-notification", on=("power-down",))
    meter = meter_of(model_of(rows={"push_setup_alarm": {"push": rules}}))
    aim(meter, "push_setup_alarm")
    put(meter, "push_setup_alarm", 2, data.Data(_tail(get_list(meter))))
    meter.firmware.power(False)
    (push,) = meter.pushes_to_send()
    said = decode(push.apdu)  # the first association of the model has no keys
    assert isinstance(said, EventNotificationRequest)
    assert (said.attribute.class_id, said.attribute.attribute_id, push.client_sap) == (1, 2, 16)
    assert said.value.value == 0


def get_list(meter: VirtualMeter) -> Data:
    return meter.firmware.setting(meter.model.object("push_setup_alarm"), "push_object_list")


def _tail(listed: Data) -> bytes:
    """Only the last entry of a list."""
    tree, octets = listed.tree(), listed.to_bytes()
    return b"\x01\x01" + octets[tree.value[-1].offset : tree.value[-1].end]


@settings(max_examples=30, deadline=None)
@given(
    retries=st.integers(0, 5),
    delay=st.integers(0, 300),
    interval=st.integers(0, 900),
    outcomes=st.lists(st.booleans(), max_size=8),
)
def test_a_push_is_tried_until_it_is_delivered_and_no_counter_comes_twice(
    retries: int, delay: int, interval: int, outcomes: list[bool]
) -> None:
    meter = aim(meter_of(), "push_setup")
    put(meter, "push_setup", 5, data.long_unsigned(interval))
    put(meter, "push_setup", 6, data.unsigned(retries))
    put(meter, "push_setup", 7, data.long_unsigned(delay))
    act(meter, "push_setup", 1)
    now, seen = 0.0, list[Outgoing]()
    for outcome in [*outcomes, *[False] * 8]:
        now += max(delay, interval) + 1
        meter.advance(now)
        for push in meter.pushes_to_send():
            seen.append(push)
            meter.delivered(push, outcome)
        if outcome and seen:
            break
    tries = len(seen)
    assert 1 <= tries <= retries + 1
    assert [each.tried for each in seen] == list(range(tries))
    counters = [opened(each, meter)[1] for each in seen]
    assert counters == sorted(set(counters))
    meter.advance(now + 10 * (delay + 1))
    assert meter.pushes_to_send() == []


def test_pushes_of_many_meters_are_spread_over_the_interval() -> None:
    def second(seed: int) -> int:
        meter = aim(meter_of(seed=seed), "push_setup")
        put(meter, "push_setup", 5, data.long_unsigned(600))
        act(meter, "push_setup", 1)
        for now in range(0, 601, 60):
            meter.advance(float(now))
            if meter.pushes_to_send():
                return now
        raise AssertionError("no push within the interval")

    seconds = [second(seed) for seed in range(16)]
    assert seconds == [second(seed) for seed in range(16)]
    assert len(set(seconds)) >= 5


def test_growing_delays_of_version_2() -> None:
    model = model_of(rows={"push_setup": {"version": 2, "attributes": {}}})
    meter = meter_of(model)
    form = interface_class(40, 2).attribute("repetition_delay")
    assert form is not None
    wanted = {"repetition_delay_min": 10, "repetition_delay_exponent": 200, "repetition_delay_max": 60}
    put(meter, "push_setup", 7, typed.to_data(form.form, wanted))
    setup = meter.firmware.organs["push_setup"]
    assert [setup._delay(tried) for tried in range(5)] == [10, 20, 40, 60, 60]  # type: ignore[attr-defined]


def test_a_meter_whose_pushes_nobody_takes_keeps_few() -> None:
    meter = aim(meter_of(), "push_setup")
    for _ in range(MOST_WAITING + 10):
        act(meter, "push_setup", 1)
    found = meter.pushes_to_send()
    assert len(found) == MOST_WAITING
    assert opened(found[-1], meter)[0].long_invoke_id_and_priority == MOST_WAITING + 10


def test_a_setup_for_a_client_that_the_model_lacks_pushes_nothing() -> None:
    meter = aim(meter_of(model_of(rows={"push_setup": {"push": PushRules(association="nobody")}})), "push_setup")
    act(meter, "push_setup", 1)
    assert meter.pushes_to_send() == []


def test_pushes_that_wait_survive() -> None:
    left, right = aim(meter_of(), "push_setup"), meter_of()
    put(left, "push_setup", 5, data.long_unsigned(900))
    act(left, "push_setup", 1)
    right.firmware.load(left.firmware.save())
    right.advance(0)
    right.advance(901)
    assert len(right.pushes_to_send()) == 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


def work(sender: PushSender, seconds: float, *, until: Any) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        sender.work(time.monotonic())
        time.sleep(0.02)


@pytest.mark.parametrize("service", ["tcp", "udp"])
def test_our_listener_takes_pushes_and_the_last_gasp(service: str) -> None:
    meter = meter_of()
    title = meter.firmware.identity.system_title
    store = MemoryKeyStore(by_title={title: KEYS})
    with Listening(service, "127.0.0.1", 0, lambda: PushListener(keys=store)) as pushes:  # type: ignore[arg-type]
        aim(meter, "push_setup", service, f"127.0.0.1:{pushes.port}")
        aim(meter, "push_setup_alarm", service, f"127.0.0.1:{pushes.port}")
        sender = PushSender(meter, speed=0)
        act(meter, "push_setup", 1)
        sender.work(0.0)
        first = pushes.get(10)
        meter.firmware.power(False)
        sender.work(0.0)
        gasp = pushes.get(10)
        sender.close()
    assert first is not None
    assert gasp is not None
    assert first.notified.system_title == gasp.notified.system_title == title
    assert first.notified.authenticated
    assert first.notified.apdu.notification_body.value[2] == get(meter, "energy_import_total")
    assert gasp.notified.apdu.notification_body.value[2] == 1


def test_a_receiver_that_is_away_gets_the_repetition() -> None:
    meter = meter_of()
    put(meter, "push_setup", 7, data.long_unsigned(0))
    aim(meter, "push_setup", destination="127.0.0.1:1")  # nobody listens there
    sender = PushSender(meter, speed=0)
    act(meter, "push_setup", 1)
    setup = meter.firmware.organs["push_setup"]
    work(sender, 10, until=lambda: setup.pushes == 3)  # type: ignore[attr-defined]
    work(sender, 0.3, until=lambda: False)
    assert setup.pushes == 3  # type: ignore[attr-defined]
    sender.close()


@pytest.mark.parametrize("scheme", ["tcp", "udp"])
def test_the_command_shows_what_a_meter_pushes(scheme: str) -> None:
    meter = meter_of(start=datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC))
    words = [
        f"{scheme}://127.0.0.1:{free_port()}",
        "--guek",
        defaults.GUEK.hex(),
        "--gak",
        defaults.GAK.hex(),
        "--count",
        "1",
    ]
    command = [sys.executable, "-m", "dlmskit", "listen", *words, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr is not None
        port = re.search(r":(\d+)\n", process.stderr.readline())
        assert port is not None
        aim(meter, "push_setup", scheme, f"127.0.0.1:{port[1]}")
        act(meter, "push_setup", 1)
        sender = PushSender(meter, speed=0)
        sender.work(0.0)
        sender.close()
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    said = json.loads(out)
    assert said["system_title"] == meter.firmware.identity.system_title.hex()
    items = {each["obis"]: (each["value"], each["unit"]) for each in said["items"]}
    assert items["1-0:1.8.0*255"] == (str(get(meter, "energy_import_total")), "Wh")
    assert items["1-0:1.7.0*255"] == (str(get(meter, "power_import")), "W")


def test_a_hosted_meter_pushes_by_itself() -> None:
    def listener() -> PushListener:
        return PushListener(keys=MemoryKeyStore(by_title={TITLE: KEYS}))

    with Listening("tcp", "127.0.0.1", 0, listener) as pushes, SimMeter("generic", speed=0) as sim:
        where = {"transport_service": "tcp", "destination": f"127.0.0.1:{pushes.port}", "message": MESSAGE}
        setup = sim.meter.model.object("push_setup").obis
        assert setup is not None
        with connect(sim.target, model="generic", association="management", keys=KEYS, timeout=10) as client:
            client.set(40, setup, 3, encoded(40, "send_destination_and_method", where))
            client.action(40, setup, 1, data.integer(0))
            listed = client.get(40, setup, 2)
        found = pushes.get(10)
    assert found is not None
    assert found.notified.apdu.notification_body.value[0] == listed.value


def test_a_restart_sends_nothing_again_and_uses_no_counter_twice() -> None:
    journal = MemoryJournal()

    def begun(at: datetime) -> VirtualMeter:
        meter = VirtualMeter(model_of(), start=at, journal=journal)
        meter.advance(0)
        return meter

    first = aim(begun(START), "push_setup")
    act(first, "push_setup", 1)
    (push,) = first.pushes_to_send()
    first.delivered(push, False)
    assert first.memory is not None
    again = begun(START)
    assert again.pushes_to_send() == []
    again.advance(31)
    (repeated,) = again.pushes_to_send()
    assert repeated.tried == 1
    assert opened(repeated, again)[1] > opened(push, first)[1]
