"""`dlmskit events`: a log of a virtual meter, with the meanings of a model's table and without."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dlmskit.model import registry
from dlmskit.vmeter import SimMeter, defaults
from dlmskit.vmeter.build import meter_of, port_of
from dlmskit.vmeter.host import MeterHost

from .command_line import accepted, dlmskit, refused

LOGIN = ("--client", "17", "--password", defaults.PASSWORD.decode())
START = datetime(2026, 7, 2, 12, tzinfo=UTC)
MODEL = """
[device]
id = "with-log"
name = "A generic meter that notes every hour that it had power"
inherit = "generic"
fictional = true
remove = ["event_table.standard_events"]

[[object]]
name = "event_code"
class_id = 1
obis = "0-0:96.11.0*255"
type = "unsigned"
value = 2
access = { reader = "r" }
source = "this test"
confidence = "fictional"

[[object]]
name = "event_log"
class_id = 7
version = 1
obis = "0-0:99.98.0*255"
capture_period = 3600
entries = 100
capture = [{ object = "clock", attribute = 2 }, { object = "event_code", attribute = 2 }]
access = { reader = "r" }
source = "this test"
confidence = "fictional"
"""
TABLE = """
[[event_table]]
name = "events"
logs = ["0-0:99.98.0*255"]
source = "this test"
confidence = "fictional"
codes = { 2 = "had power" }
"""


@pytest.fixture
def target(tmp_path: Path) -> Iterator[str]:
    """A meter with a log; its model without and with an event table lie in `tmp_path`."""
    for name, text in (("plain.toml", MODEL), ("decoded.toml", MODEL + TABLE)):
        (tmp_path / name).write_text(text)
    meter = meter_of(registry.load_file(str(tmp_path / "plain.toml")), start=START)
    host = MeterHost(lambda: port_of(meter, os.urandom))
    port = host.listen(0)
    host.start()
    try:
        yield f"tcp://127.0.0.1:{port}"
    finally:
        host.stop()


def test_codes_are_decoded_by_the_model(target: str, tmp_path: Path) -> None:
    decoded = ("--model", tmp_path / "decoded.toml")
    answer = accepted(dlmskit("events", target, *LOGIN, *decoded, "--last", "3", "--json")).json()
    assert (answer["schema"], answer["obis"]) == ("dlmskit/events/1", "0-0:99.98.0*255")
    assert [(item["code"], item["label"], item["source"]) for item in answer["items"]] == [
        (2, "had power", "this test")
    ] * 3
    out = accepted(dlmskit("events", target, *LOGIN, *decoded, "--last", "1")).out.splitlines()
    assert out[0].split() == ["time", "code", "event"]
    assert out[1].split("  ") == ["2026-07-02 14:00:00+02:00", "", " 2", "had power"]


def test_a_virtual_meter_tells_what_happened_to_it() -> None:
    with SimMeter("generic", start=START, speed=0) as meter:
        login = (*LOGIN, "--model", "generic")
        accepted(dlmskit("set", meter.target, *login, "--yes", "clock", "time", "2026-07-02T12:30:00Z"))
        out = accepted(dlmskit("events", meter.target, *login)).out.splitlines()
    assert out[0].split() == ["time", "code", "event"]
    assert [line.split("  ")[-1].strip() for line in out[1:]] == [
        "clock adjusted, old time",
        "clock adjusted, new time",
    ]


def test_codes_of_another_model_and_none(target: str) -> None:
    [item] = accepted(dlmskit("events", target, *LOGIN, "--codes", "dsmr", "--last", "1", "--json")).json()["items"]
    assert item["label"] == "power up"
    [item] = accepted(dlmskit("events", target, *LOGIN, "--last", "1", "--json")).json()["items"]
    assert (item["code"], item["label"]) == (2, None)
    assert "not in a table" in accepted(dlmskit("events", target, *LOGIN, "--last", "1")).out


def test_events_of_a_period(target: str) -> None:
    begin = START - timedelta(hours=5)
    words = ("--from", begin.isoformat(), "--to", (begin + timedelta(hours=2)).isoformat(), "--json")
    items = accepted(dlmskit("events", target, *LOGIN, *words)).json()["items"]
    assert len(items) == 3
    none = dlmskit("events", target, *LOGIN, "--to", "2020-01-01T00:00Z")
    assert (none.code, none.err) == (0, "0 events\n")


def test_what_cannot_be_told(target: str) -> None:
    refused(dlmskit("events", "sim:", "0-0:99.98.9"), 6, "no object 0-0:99.98.9*255")
    refused(dlmskit("events", target, *LOGIN, "--codes", "zzc"), 2, "zzc", "no event table")
    refused(dlmskit("events", target, *LOGIN, "--last", "1", "--from", "2026-07-01T00:00Z"), 2, "use one")
