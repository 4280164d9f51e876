"""Access rights that want protection: how each version of Association LN shows them, and that they hold."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from dlmskit.apdu.descriptors import AttributeDescriptor
from dlmskit.client import Client
from dlmskit.codec import data
from dlmskit.cosem import interface_class
from dlmskit.cosem.typed import view
from dlmskit.exceptions import ActionError, DataAccessError, PluginLoadError
from dlmskit.model import registry
from dlmskit.model.device import DeviceModel, Wanted
from dlmskit.model.loader import load_text
from dlmskit.obis import Obis
from dlmskit.reading.objects import ObjectRow
from dlmskit.security.policy import SecurityPolicy
from dlmskit.stack.build import LinkSettings, association_settings, client_stack
from dlmskit.store.counters import MemoryCounters
from dlmskit.store.keys import MemoryKeyStore
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import port_of
from dlmskit.vmeter.meter import VirtualMeter
from dlmskit.vmeter.rights import attribute_mode, method_mode, policy
from dlmskit.vmeter.sim import SimTransport

START = datetime(2026, 11, 21, 10, tzinfo=UTC)
LABELS: tuple[Wanted, ...] = (
    "authenticated-request",
    "encrypted-request",
    "digitally-signed-request",
    "authenticated-response",
    "encrypted-response",
    "digitally-signed-response",
)
CHILD = """
[device]
id = "guarded"
name = "Guarded"
inherit = "interop"

[[object]]
name = "association_current"
version = {version}
source = "this test"
confidence = "fictional"

[[object]]
name = "clock"
protection = {{ low = ["authenticated-request"] }}
methods = {{ adjust_to_quarter = "x" }}
method_protection = {{ adjust_to_quarter = ["authenticated-request", "authenticated-response"] }}
source = "this test"
confidence = "fictional"

[object.attributes]
time = {{ access = "rw", protection = ["authenticated-request", "encrypted-response"] }}
time_zone = {{ protection = [] }}
"""
CLOCK = (8, "0-0:1.0.0")
TITLE = b"TST\x00\x00\x00\x00\x07"


def guarded(version: int = 3, text: str = CHILD) -> DeviceModel:
    return load_text(text.format(version=version), "child.toml", registry._find)


def client(meter: VirtualMeter, name: str) -> Client:
    association = meter.model.association(name)
    stack = client_stack(LinkSettings(), association_settings(association, TITLE), os.urandom)
    store = MemoryKeyStore(defaults.keys(0, b"Gurux"))
    return Client(SimTransport(port_of(meter, os.urandom, speed=0)), stack, keys=store, counters=MemoryCounters())


def row_of(meter: VirtualMeter, name: str) -> ObjectRow:
    with client(meter, name) as asking:
        return next(row for row in asking.objects() if row.class_id == 8)


MODES = {0: (6, 1), 1: (6, 2), 2: (6, 2), 3: (0x03 | 0x04 | 0x40, 0x01 | 0x04 | 0x20)}


@pytest.mark.parametrize("version", range(4))
def test_the_object_list_shows_what_its_version_can_say(version: int) -> None:
    meter = VirtualMeter(guarded(version), start=START)
    clock = row_of(meter, "gmac")
    time, methods = clock.attributes[2], clock.methods
    assert ((time.access_mode, methods[1]), time.readable, time.writable) == (MODES[version], True, True)
    assert clock.attributes[3].access_mode == 3
    assert row_of(meter, "low").attributes[4].access_mode == (6 if version < 3 else 7)
    raw = meter.get(1, descriptor(15, "0-0:40.0.0", 2), None)
    declared = interface_class(15, version).attribute(2)
    assert declared is not None
    assert view(declared.form, raw, name="object_list").misfits == ()


def descriptor(class_id: int, obis: str, number: int) -> AttributeDescriptor:
    return AttributeDescriptor(class_id, Obis.parse(obis), number)


def refused(call: Callable[[], Any]) -> None:
    with pytest.raises((DataAccessError, ActionError)) as caught:
        call()
    assert caught.value.result == "read-write-denied"


def test_what_is_not_protected_enough_is_refused() -> None:
    meter = VirtualMeter(guarded(), start=START)
    with client(meter, "gmac") as ciphered:
        now = ciphered.get(*CLOCK, 2)
        ciphered.set(*CLOCK, 2, now)
        ciphered.action(*CLOCK, 1, data.integer(0))
        assert ciphered.get(*CLOCK, 0).value[1] is not None
    with client(meter, "low") as plain:
        assert plain.get(*CLOCK, 3) is not None
        refused(lambda: plain.get(*CLOCK, 2))
        refused(lambda: plain.get(*CLOCK, 4))
        refused(lambda: plain.get(*CLOCK, 0))
        refused(lambda: plain.set(*CLOCK, 2, now))
        refused(lambda: plain.action(*CLOCK, 1, data.integer(0)))


def test_a_model_without_protection_wants_none() -> None:
    meter = VirtualMeter(registry.load("interop"), start=START)
    assert meter.access_policy(1, descriptor(8, "0-0:1.0.0", 2)) == 0
    found = VirtualMeter(guarded(), start=START)
    assert found.access_policy(1, descriptor(8, "0-0:1.0.0", 2)) == 0x44
    for unknown in (descriptor(8, "0-0:1.0.9", 2), descriptor(8, "0-0:1.0.0", 99)):
        assert found.access_policy(1, unknown) == found.access_policy(999, unknown) == 0


@pytest.mark.parametrize("number", range(64))
def test_bits_are_those_of_a_policy(number: int) -> None:
    wanted = tuple(label for place, label in enumerate(LABELS) if number >> place & 1)
    assert policy(wanted) == SecurityPolicy(number << 2)
    for rights, mode in (("r", 1), ("w", 2), ("rw", 3)):
        assert attribute_mode(rights, wanted, 3).value == mode | number << 2  # type: ignore[arg-type]
        assert attribute_mode(rights, wanted, 2).value == mode + 3 * (number & 1)  # type: ignore[arg-type]
    assert method_mode("x", wanted, 3).value == 1 | number << 2
    assert method_mode("x", wanted, 1).value == 1 + (number & 1)
    for version in range(4):
        assert not attribute_mode("-", wanted, version).value
        assert not method_mode("-", wanted, version).value


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"encrypted-response"', '"encrypted"', "encrypted"),
        ("low = [", "lowest = [", "no association named lowest"),
        ("method_protection = {{ adjust_to_quarter", "method_protection = {{ adjust_to_year", "adjust_to_year"),
        ("protection = []", 'protection = "x"', "protection"),
    ],
)
def test_a_wrong_protection_is_refused_with_its_line(old: str, new: str, reason: str) -> None:
    with pytest.raises(PluginLoadError, match=reason) as caught:
        guarded(text=CHILD.replace(old, new))
    assert caught.value.line is not None


def test_protection_survives_being_replaced_by_a_child() -> None:
    grandchild = CHILD.replace("guarded", "grandchild").replace('"interop"', '"guarded"')
    kept = load_text(
        grandchild.format(version=3).replace('["authenticated-request", "encrypted-response"]', "[]"),
        "grandchild.toml",
        lambda name: (CHILD.format(version=3), "child.toml") if name == "guarded" else registry._find(name),
    )
    assert kept.object("clock").wants("gmac", "time") == ()
    assert kept.object("clock").wants("low", "status") == ("authenticated-request",)
    assert msgspec.structs.replace(kept.object("clock"), protection=()).wants("low", "status") == ()
