"""`dlmskit set`, `act` and `clock set`: asked before, sent once, read back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from dlmskit.vmeter import SimMeter, defaults

from .command_line import accepted, dlmskit, refused

KEYS = ("--client", "1", "--guek", defaults.GUEK.hex(), "--gak", defaults.GAK.hex())


@pytest.fixture
def target() -> Iterator[str]:
    with SimMeter("generic") as meter:
        yield meter.target


@pytest.mark.parametrize("value", ["60", "-60", '{"type": "long", "value": 60}'])
def test_what_was_written_is_read_back(target: str, value: str) -> None:
    [item] = accepted(dlmskit("set", target, "0-0:1.0.0", "time_zone", value, *KEYS, "--yes", "--json")).json()["items"]
    assert item["value"] == (-60 if value == "-60" else 60)
    [item] = accepted(dlmskit("get", target, "0-0:1.0.0/3", *KEYS, "--json")).json()["items"]
    assert item["value"] == (-60 if value == "-60" else 60)


def test_a_label_is_written_and_a_method_invoked(target: str) -> None:
    supply = "70/0-0:96.3.10"
    accepted(dlmskit("set", target, supply, "control_mode", "mode-4", *KEYS, "--yes"))
    assert accepted(dlmskit("act", target, supply, "remote_disconnect", *KEYS, "--yes")).out == "done\n"
    items = accepted(dlmskit("get", target, f"{supply}/3", f"{supply}/control_mode", *KEYS, "--json")).json()["items"]
    assert [item["value"] for item in items] == ["disconnected", "mode-4"]


def test_nothing_is_changed_without_a_yes(target: str) -> None:
    before = accepted(dlmskit("get", target, "0-0:96.3.10/3", *KEYS, "--json")).out
    refused(dlmskit("act", target, "0-0:96.3.10", "1", *KEYS), 2, "--yes")
    refused(dlmskit("set", target, "0-0:1.0.0", "3", "60", *KEYS), 2, "--yes")
    refused(dlmskit("clock", "set", target, *KEYS), 2, "--yes")
    assert accepted(dlmskit("get", target, "0-0:96.3.10/3", *KEYS, "--json")).out == before


def test_the_clock_is_set_and_shown(target: str) -> None:
    words = ("--to", "2026-03-01T12:00+01:00", "--yes", "--json")
    told = accepted(dlmskit("clock", "set", target, *KEYS, "--model", "generic", *words)).json()
    assert told["written"].startswith("2026-03-01 weekday 7 12:00:00")
    assert told["time"].startswith("2026-03-01 weekday 7 12:00:0")
    out = accepted(dlmskit("clock", "show", target, *KEYS)).out.splitlines()
    assert out[0].startswith("2026-03-01 12:00:0")
    ahead = datetime(2026, 3, 1, 11, tzinfo=UTC) > datetime.now(UTC)
    assert ("ahead of" if ahead else "behind") in out[1]
    accepted(dlmskit("clock", "set", target, *KEYS, "--yes"))
    told = accepted(dlmskit("clock", "show", target, *KEYS, "--json")).json()
    assert abs(told["drift"]) < 5
    assert told["known_to"] < 5


def test_a_refusal_of_the_meter_has_its_own_code(target: str) -> None:
    reader = ("--client", "17", "--password", defaults.PASSWORD.decode(), "--yes")
    refused(dlmskit("act", target, "0-0:96.3.10", "remote_disconnect", *reader), 6, "read-write-denied")
    refused(dlmskit("set", target, "1-0:1.8.0", "value", "5", *reader), 6, "read-write-denied")


def test_the_member_may_be_in_one_word_with_its_object() -> None:
    apart = accepted(dlmskit("set", "sim:", "clock", "time_zone", "60", "--yes", "--json")).json()
    assert accepted(dlmskit("set", "sim:", "clock.time_zone", "60", "--yes", "--json")).json() == apart
    for words in (["disconnect_control", "remote_disconnect"], ["disconnect_control.remote_disconnect"]):
        assert accepted(dlmskit("act", "sim:", *words, "--yes")).out == "done\n"
    apart = dlmskit("act", "sim:", "clock", "shift_time", "30", "--dry-run")
    assert dlmskit("act", "sim:", "clock.shift_time", "30", "--dry-run") == apart
    assert apart.out.startswith("action 8 0-0:1.0.0*255 method 6")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["set", "sim:", "clock", "time_zone", "99999"], ["time_zone", "99999"]),
        (["set", "sim:", "clock", "time_zone", "soon"], ["time_zone", "long"]),
        (["set", "sim:", "clock", "time", "tomorrow"], ["ISO 8601", "tomorrow"]),
        (["set", "sim:", "clock", "teapot", "1"], ["no attribute teapot", "time_zone"]),
        (["set", "sim:", "clock/3", "time_zone", "1"], ["already says 3"]),
        (["set", "sim:", "clock", "0", "1"], ["from 1 to 127"]),
        (["set", "sim:", "clock", "time_zone", "[1"], ["no JSON"]),
        (["set", "sim:", "clock", "time_zone", '{"type": "teapot", "value": 1}'], ["teapot"]),
        (["set", "sim:", "disconnect_control", "control_mode", "mode-9"], ["no such label"]),
        (["act", "sim:", "clock", "teapot"], ["no method teapot", "shift_time"]),
        (["act", "sim:", "clock", "shift_time", "soon"], ["long", "soon"]),
        (["clock", "set", "sim:", "--to", "noon"], ["--to", "noon"]),
    ],
)
def test_what_cannot_be_sent_is_refused_before_it_is(words: list[str], why: list[str]) -> None:
    refused(dlmskit(*words, "--yes"), 2, *why)


def test_what_would_be_sent_is_shown_without_a_meter() -> None:
    """No port of that name is opened, and the octets are those of hand-made requests."""
    out = accepted_with_note("set", "tcp://192.0.2.7", "8/0-0:1.0.0", "time_zone", "60", "--dry-run")
    assert out.splitlines()[:3] == [
        "set 8 0-0:1.0.0*255 attribute 3",
        'value {"type":"long","value":60}',
        "00 01 00 10 00 01 00 10 C1 01 C1 00 08 00 00 01 00 00 FF 03 00 10 00 3C",
    ]
    out = accepted_with_note("act", "tcp+hdlc://192.0.2.7:1", "8/0-0:1.0.0", "shift_time", "-30", "--dry-run")
    assert "7E A0 1C 03 21 32" in out
    assert "C3 01 C1 00 08 00 00 01 00 00 FF 06 01 10 FF E2" in out
    refused(dlmskit("set", "tcp://192.0.2.7", "0-0:1.0.0", "3", "60", "--dry-run"), 2, "asks no meter", "8/")
    refused(dlmskit("set", "sim:", "serial_number", "value", "5", "--dry-run"), 2, "which type it holds")
    refused(dlmskit("act", "sim:zzc", "8/0-0:1.0.0", "1", "--dry-run"), 10, "sr translate")


def accepted_with_note(*words: object) -> str:
    said = dlmskit(*words)
    assert said.code == 0, said
    assert said.err.startswith("nothing was sent")
    return said.out
