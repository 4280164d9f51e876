"""Faults by name: what each does to a client of ours, over real sockets. A retry, a resumed read or one clear error.

Invariant: whatever strikes, a value that comes is the one that the meter without faults gives.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

import dlmskit
from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.client import Client
from dlmskit.codec import data
from dlmskit.exceptions import (
    ActionError,
    DataAccessError,
    DlmskitError,
    FirmwareModelError,
    RemoteProtocolError,
    ReplayError,
    TransportClosed,
    TransportTimeout,
)
from dlmskit.model import registry
from dlmskit.obis import Obis
from dlmskit.reading import image as images
from dlmskit.session.operations import Get, ReadRegister
from dlmskit.stack.build import association_settings
from dlmskit.stack.recovery import NO_RETRY, Retry
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import meter_of, port_of
from dlmskit.vmeter.faults import KINDS, Fault, Faults
from dlmskit.vmeter.sim import SimMeter

START = datetime(2026, 11, 21, 10, 7, 30, tzinfo=UTC)
GENERIC = registry.load("generic")
SMALL = 256
PATIENT = Retry(repeats=8, pause=0.05, longest=0.3)
WAYS: dict[str, tuple[Any, str]] = {
    "hdlc": ({"hdlc": 0}, "reader"),
    "wrapper": ({"wrapper": 0}, "reader"),
    "sealed": ({"wrapper": 0}, "management"),
}
NEWEST = SelectiveAccess(
    2,
    data.structure(
        data.double_long_unsigned(1),
        data.double_long_unsigned(48),
        data.long_unsigned(1),
        data.long_unsigned(0),
    ),
)
READS: dict[str, Callable[[Client], Any]] = {
    "clock": lambda client: client.get(8, "0-0:1.0.0"),
    "register": lambda client: client.get(3, "1-0:1.8.0"),
    "profile": lambda client: client.run(Get(7, Obis.parse("1-0:99.1.0*255"), 2, NEWEST)),
}


class Met(dict[str, Any]):
    """What each read gave, a value or our error, and what struck meanwhile."""

    struck: dict[str, int]


def simulated(way: str, *faults: Fault, seed: int = 1) -> SimMeter:
    """A meter whose time stands still; a repeated read has to give the same. `seed` is that of the faults."""
    meter = SimMeter("generic", start=START, links=WAYS[way][0], speed=0.0, faults=faults)
    meter.faults.seed = seed
    return meter


def client_of(meter: SimMeter, way: str, retry: Retry, timeout: float = 0.5) -> Client:
    settings = association_settings(GENERIC.association(WAYS[way][1]))
    return dlmskit.connect(
        meter.target,
        model="generic",
        association=structs.replace(settings, max_receive_pdu_size=SMALL),
        keys=defaults.keys_of(GENERIC),
        timeout=timeout,
        retry=retry,
    )


def meet(way: str, *faults: Fault, seed: int = 1, retry: Retry = PATIENT, timeout: float = 0.5) -> Met:
    """Open without faults, then read under them."""
    met = Met()
    with simulated(way, seed=seed) as meter:
        with client_of(meter, way, retry, timeout) as client:
            meter.faults.declare(faults)
            for name, read in READS.items():
                try:
                    met[name] = read(client)
                except DlmskitError as error:
                    met[name] = error
            meter.faults.declare(())
        met.struck = dict(meter.faults.struck)
    return met


@pytest.fixture(scope="module")
def right() -> Met:
    met = meet("wrapper")
    assert len(met["profile"].to_bytes()) > 4 * SMALL
    return met


@pytest.mark.parametrize(
    ("way", "fault"),
    [
        ("hdlc", Fault("drop", 0.1)),
        ("wrapper", Fault("drop", 0.15)),
        ("sealed", Fault("drop", 0.15)),
        ("wrapper", Fault("delay", 0.5, 100)),
        ("hdlc", Fault("delay", 0.5, 20)),
        ("hdlc", Fault("duplicate", 0.5)),
        ("sealed", Fault("duplicate", 0.5)),
        ("hdlc", Fault("reorder", 0.3, 50)),
        ("wrapper", Fault("reorder", 0.3, 50)),
        ("hdlc", Fault("corrupt", 0.04)),
        ("hdlc", Fault("bit-errors", 0.04, 5)),
        ("hdlc", Fault("cut", 0.05)),
        ("wrapper", Fault("cut", 0.15, 3)),
        ("sealed", Fault("cut", 0.15, 30)),
        ("wrapper", Fault("slow", 1.0, 20000)),
        ("hdlc", Fault("slow", 1.0, 20000)),
        ("wrapper", Fault("silent", 0.1, 1)),
        ("hdlc", Fault("echo", 0.5)),
        ("wrapper", Fault("echo", 0.5)),
        ("wrapper", Fault("reboot", 0.1, 100)),
        ("hdlc", Fault("late-push")),
        ("wrapper", Fault("late-push")),
        ("sealed", Fault("late-push")),
    ],
    ids=str,
)
def test_a_client_that_repeats_gets_over_it(way: str, fault: Fault, right: Met) -> None:
    for seed in range(1, 12):
        met = meet(way, fault, seed=seed)
        assert dict(met) == dict(right)
        if met.struck:
            return
    raise AssertionError("it never struck")


@pytest.mark.parametrize(
    ("way", "fault", "read", "error", "reason"),
    [
        ("wrapper", Fault("drop"), "clock", TransportTimeout, "no answer"),
        ("hdlc", Fault("drop"), "clock", TransportTimeout, "no answer"),
        ("wrapper", Fault("delay", 1.0, 5000), "clock", TransportTimeout, "no answer"),
        ("hdlc", Fault("corrupt"), "clock", TransportTimeout, "octets came that could not be used"),
        ("hdlc", Fault("bit-errors"), "clock", TransportTimeout, "octets came that could not be used"),
        ("sealed", Fault("corrupt"), "clock", DlmskitError, "."),
        ("sealed", Fault("bit-errors"), "profile", DlmskitError, "."),
        ("wrapper", Fault("duplicate"), "profile", RemoteProtocolError, "wanted block"),
        ("wrapper", Fault("cut"), "clock", TransportClosed, "closed|lost"),
        ("hdlc", Fault("cut", 1.0, 0), "clock", TransportClosed, "closed|lost"),
        ("wrapper", Fault("slow", 1.0, 10), "profile", TransportTimeout, "no answer"),
        ("wrapper", Fault("silent"), "clock", TransportTimeout, "no answer"),
        ("hdlc", Fault("silent"), "clock", TransportTimeout, "no answer"),
        ("wrapper", Fault("reboot"), "clock", TransportClosed, "closed|lost"),
        ("hdlc", Fault("busy"), "register", DataAccessError, "temporary-failure"),
        ("wrapper", Fault("lost-block"), "profile", RemoteProtocolError, "block"),
        ("sealed", Fault("lost-block"), "profile", RemoteProtocolError, "block"),
        ("wrapper", Fault("repeated-block"), "profile", RemoteProtocolError, "block"),
        ("sealed", Fault("wrong-counter"), "clock", ReplayError, "invocation counter"),
    ],
    ids=str,
)
def test_what_cannot_be_got_over_is_one_clear_error(
    way: str, fault: Fault, read: str, error: type[DlmskitError], reason: str, right: Met
) -> None:
    met = meet(way, fault, retry=NO_RETRY)
    assert met.struck[fault.name]
    with pytest.raises(error, match=reason):
        raise met[read]
    never_wrong(met, right)


def never_wrong(met: Met, right: Met) -> None:
    for name, value in met.items():
        assert isinstance(value, DlmskitError) or value == right[name]


NO_CHECK = ("corrupt", "bit-errors")
"""nobody can notice in a message that carries no check: TCP has one below it"""


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_never_a_wrong_value(way: str, name: str, right: Met) -> None:
    if name in NO_CHECK and way == "wrapper":
        return
    parameter = {"silent": 0, "slow": 5000}.get(name, 50 if KINDS[name].parameter == "milliseconds" else None)
    if name == "clock-jump":
        parameter = 0
    never_wrong(meet(way, Fault(name, 0.3, parameter), seed=2, retry=Retry(1, 0.0), timeout=0.15), right)


def test_a_clock_that_jumps_is_read_as_it_stands_and_the_past_stays(right: Met) -> None:
    met = meet("wrapper", Fault("clock-jump", 1.0, -3600))
    assert met["register"] == right["register"]
    assert met["profile"] == right["profile"]
    assert met["clock"] != right["clock"]


def test_a_full_log_keeps_its_newest_rows() -> None:
    rows = tuple(
        structs.replace(row, capture_period=0, entries=5) if row.name == "load_profile" else row
        for row in GENERIC.objects
    )
    meter = meter_of(structs.replace(GENERIC, objects=rows), start=START)
    profile = meter.firmware.profiles["load_profile"]
    port = port_of(meter, os.urandom, chance=Faults([Fault("full-log")]).line(), speed=0.0)
    port.open(0.0)
    assert len(profile) == 0
    port.receive(b"\x00", 0.0)
    assert len(profile) == profile.capacity == 5
    newest = list(profile)[1:]
    profile.capture()
    assert list(profile)[:4] == newest


def sent_and_verified(image: bytes) -> Any:
    yield from images.send(image, b"firmware-2")
    yield from images.verify()


@pytest.mark.parametrize(
    ("fault", "error", "reason"),
    [
        (Fault("stuck-image"), RemoteProtocolError, "does not arrive"),
        (Fault("refusing-firmware"), ActionError, "other-reason"),
    ],
    ids=str,
)
def test_an_image_that_makes_trouble(fault: Fault, error: type[DlmskitError], reason: str) -> None:
    image = bytes(range(256)) * 4
    with simulated("sealed", fault) as meter, client_of(meter, "sealed", NO_RETRY) as client:
        with pytest.raises(error, match=reason):
            client.follow(sent_and_verified(image))
        assert meter.faults.struck[fault.name]
        meter.faults.declare(())
        client.follow(images.send(image, b"firmware-2", resume=True))


def test_a_push_in_the_middle_is_not_lost_and_not_taken_for_the_answer(right: Met) -> None:
    with simulated("sealed", Fault("late-push")) as meter, client_of(meter, "sealed", NO_RETRY) as client:
        assert READS["clock"](client) == right["clock"]
        pushed = client.notification(0.2)
        assert pushed is not None
        assert pushed.authenticated


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if not kind.cosem])
def test_text_meters_fail_too_and_say_nothing_wrong(name: str) -> None:
    def asked(*faults: Fault) -> Any:
        with (
            SimMeter("zzc", start=START, speed=0.0) as meter,
            dlmskit.connect(
                meter.target, model="zzc", association="programming", password=defaults.PASSWORD, timeout=0.3
            ) as client,
        ):
            meter.faults.declare(faults)
            return client.run(ReadRegister("1.8.0"))

    expected = asked()
    for probability in (0.3, 1.0):
        try:
            assert asked(Fault(name, probability)) == expected
        except DlmskitError:
            continue


@given(seed=st.integers(0, 2**64), name=st.sampled_from(sorted(KINDS)), probability=st.floats(0, 1))
def test_the_same_seed_strikes_the_same(seed: int, name: str, probability: float) -> None:
    def struck(*others: Fault) -> list[bool]:
        chance = Faults([Fault(name, probability), *others], seed).line()
        return [
            (chance.strikes(name) is not None, [chance.strikes(each.name) for each in others])[0] for _ in range(30)
        ]

    alone = struck()
    assert struck() == alone
    if name != "drop":
        assert struck(Fault("drop", 0.5)) == alone


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("drop", Fault("drop")),
        ("drop:0.25", Fault("drop", 0.25)),
        ("delay::50", Fault("delay", 1.0, 50)),
        ("clock-jump:0.5:-60", Fault("clock-jump", 0.5, -60)),
    ],
)
def test_a_fault_is_read_from_text(text: str, fault: Fault) -> None:
    assert Fault.parse(text) == fault


@pytest.mark.parametrize(
    "text", ["", "fire", "drop:2", "drop:-0.1", "drop:nan", "drop:x", "drop:1:1", "slow:1:0", "delay:1:-1", "cut:1:2:3"]
)
def test_what_is_no_fault_is_refused(text: str) -> None:
    with pytest.raises(FirmwareModelError):
        Fault.parse(text)
