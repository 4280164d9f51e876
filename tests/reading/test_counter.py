"""Recovery of the invocation counter: from the meter's counter object, with a bound, never lower."""

from __future__ import annotations

import pytest

import dlmskit
from dlmskit.codec.data import Data, double_long, double_long_unsigned, octet_string
from dlmskit.exceptions import DecodeError, SecurityError, UnknownObject
from dlmskit.model import registry
from dlmskit.obis import Obis
from dlmskit.reading.counter import MOST_AHEAD, counter_object, go_on_from, last_counter, recovered
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.session.operations import Get
from dlmskit.store.counters import LAST, MemoryCounters

KEYS = KeySet(bytes(16), bytes(16))
TITLE = b"DKT\x00\x00\x00\x00\x01"
OBIS = Obis(0, 0, 43, 1, 0, 255)


def read(answer: Data) -> int:
    procedure = last_counter(OBIS)
    assert next(procedure) == Get(1, OBIS, 2)
    with pytest.raises(StopIteration) as end:
        procedure.send(answer)
    found: int = end.value.value
    return found


def test_a_counter_is_a_number_of_32_bits() -> None:
    assert read(double_long_unsigned(LAST)) == LAST
    for wrong in (octet_string(b"1"), double_long(-1)):
        with pytest.raises(DecodeError):
            read(wrong)


def test_counters_go_on_behind_and_never_lower() -> None:
    counters = MemoryCounters()
    name = KEYS.key_id(KeyPurpose.GUEK), TITLE
    assert go_on_from(5000, counters=counters, keys=KEYS, system_title=TITLE) == 4999
    assert counters.reserve(*name, 1) == (5001, 1)
    assert go_on_from(7, counters=counters, keys=KEYS, system_title=TITLE) == 0
    assert counters.reserve(*name, 1) == (5003, 1)


def test_an_unproven_answer_does_not_use_up_a_key() -> None:
    counters = MemoryCounters()
    with pytest.raises(SecurityError, match="not skipped"):
        go_on_from(LAST, counters=counters, keys=KEYS, system_title=TITLE)
    assert go_on_from(MOST_AHEAD, counters=counters, keys=KEYS, system_title=TITLE)
    go_on_from(LAST, counters=counters, keys=KEYS, system_title=TITLE, most_ahead=LAST)
    with pytest.raises(SecurityError, match="left"):
        go_on_from(LAST, counters=counters, keys=KEYS, system_title=TITLE, most_ahead=LAST)


def test_the_model_says_where() -> None:
    model = registry.load("generic")
    assert counter_object(model, "management") == OBIS
    with pytest.raises(UnknownObject):
        counter_object(model, "public")


def test_the_public_client_reads_it() -> None:
    with dlmskit.connect("sim:generic", association="public") as meter:
        model = registry.load("generic")
        wanted = recovered(model, "management", counters=MemoryCounters(), keys=KEYS, system_title=TITLE)
        assert meter.follow(wanted) >= 0
