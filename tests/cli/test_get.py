"""`dlmskit get` against virtual meters: in process, over TCP and over a pseudo-terminal."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest

from dlmskit.model import registry
from dlmskit.vmeter import SimMeter, defaults

from .command_line import accepted, dlmskit, refused

OBJECTS = len(registry.load("generic").objects)

ENERGY = "1-0:1.8.0*255"
PASSWORD = defaults.PASSWORD.decode()
GUEK, GAK = defaults.GUEK.hex(), defaults.GAK.hex()


def test_a_register_comes_scaled_with_its_unit() -> None:
    answer = accepted(dlmskit("get", "sim:", ENERGY, "--json")).json()
    assert answer["schema"] == "dlmskit/read/1"
    [item] = answer["items"]
    assert (item["obis"], item["class_id"], item["unit"]) == (ENERGY, 3, "Wh")
    assert Decimal(item["value"]) > 0


def test_items_are_written_with_class_and_attribute_where_needed() -> None:
    words = ["8/0-0:1.0.0/2", "1-0:1.8.0/3", "0-0:96.1.0"]
    clock, scaler, _ = accepted(dlmskit("get", "sim:", *words, "--json")).json()["items"]
    assert (clock["class_id"], scaler["attribute"]) == (8, 3)
    assert re.match(r"20\d\d-\d\d-\d\d ", clock["value"])
    assert scaler["value"] == {"scaler": 0, "unit": "Wh"}
    assert (scaler["attribute"], scaler["attribute_name"]) == (3, "scaler_unit")


def test_a_table_is_shown_to_people() -> None:
    out = accepted(dlmskit("get", "sim:", ENERGY)).out
    assert "active energy import" in out
    assert "Wh" in out


def test_short_names_make_no_difference() -> None:
    words = ["get", "sim:", "8/0-0:1.0.0/3", "1-0:1.8.0/3", "0-0:96.1.0", "--json"]
    logical = accepted(dlmskit(*words)).json()
    assert accepted(dlmskit(*words, "--short-names")).json() == logical
    items = accepted(dlmskit("tree", "sim:", "--short-names", "--json")).json()["items"]
    assert ENERGY in [item["obis"] for item in items]
    assert any(item["class_id"] == 12 for item in items)


def test_a_mode_c_meter_is_read_out() -> None:
    items = accepted(dlmskit("get", "sim:zzc", "--json")).json()["items"]
    assert {item["address"] for item in items} >= {"0.0.0", "1.8.0", "0.9.1", "0.9.2"}
    [energy] = accepted(dlmskit("get", "sim:zzc", "1.8.0", "--json")).json()["items"]
    assert energy["unit"] == "kWh"
    refused(dlmskit("get", "sim:zzc", "9.9.9"), 6, "9.9.9", "not in the read-out")


@pytest.mark.parametrize(
    ("model", "item", "on"),
    [
        ("generic", ENERGY, "tcp"),
        ("zzh", "1-0:1.128.0", "tcp"),
        ("zzh", "1-0:1.128.0", "pty"),
        ("zzc", "1.8.0", "tcp"),
        ("zzc", "1.8.0", "pty"),
    ],
)
def test_a_meter_behind_a_port_is_read(model: str, item: str, on: Literal["tcp", "pty"]) -> None:
    with SimMeter(model, on=on) as meter:
        words = ["--model", model, "--password", PASSWORD, "--json"]
        [row] = accepted(dlmskit("get", meter.target, item, *words)).json()["items"]
    assert Decimal(row["value"]) > 0


@pytest.mark.parametrize(
    ("words", "env"),
    [
        ([], {}),
        (["--client", "17", "--password", PASSWORD], {}),
        (["--client", "17", "--password", "env:LLS"], {"LLS": PASSWORD}),
        (["--client", "17", "--mechanism", "low"], {"DLMSKIT_PASSWORD": PASSWORD}),
        (["--client", "1", "--guek", GUEK, "--gak", GAK], {}),
        (["--client", "1"], {"DLMSKIT_GUEK": GUEK, "DLMSKIT_GAK": GAK}),
    ],
)
def test_no_model_is_needed_where_the_login_is_said(words: list[str], env: dict[str, str]) -> None:
    item = ENERGY if words else "0-0:96.1.0"  # the public client sees less
    with SimMeter("generic") as meter:
        accepted(dlmskit("get", meter.target, item, *words, env=env))


def test_what_the_meter_does_not_have_is_named_and_the_rest_still_read() -> None:
    said = refused(dlmskit("get", "sim:", "1-0:99.8.77", ENERGY, "--json"), 7, "1-0:99.8.77*255", "object-undefined")
    missing, energy = said.json()["items"]
    assert missing["code"] == 6
    assert Decimal(energy["value"]) > 0
    refused(dlmskit("get", "sim:", "1-0:99.8.77"), 6, "object-undefined")


def test_a_recording_explains_itself_and_holds_no_secret(tmp_path: Path) -> None:
    record = tmp_path / "session.jsonl"
    accepted(dlmskit("get", "sim:", ENERGY, "--password", PASSWORD, "--record", record))
    text = record.read_text()
    header, *entries = map(json.loads, text.splitlines())
    assert header["dlmskit"] == "recording/1"
    assert {entry["dir"] for entry in entries if "hex" in entry} == {"in", "out"}
    assert PASSWORD not in text
    assert PASSWORD.encode().hex() not in text.lower()


def test_counters_go_on_where_the_file_says(tmp_path: Path) -> None:
    counters = tmp_path / "counters"
    words = [ENERGY, "--client", "1", "--guek", GUEK, "--gak", GAK, "--counters", counters]
    with SimMeter("generic") as meter:
        accepted(dlmskit("get", meter.target, *words))
        first = counters.read_bytes()
        accepted(dlmskit("get", meter.target, *words))
    assert first
    assert counters.read_bytes() != first
    assert GUEK not in counters.read_text().lower()


def test_no_secret_comes_back_in_any_output() -> None:
    wrong = "8765-secret"
    shown = [
        refused(dlmskit("get", "sim:", ENERGY, "--password", wrong), 4),
        accepted(dlmskit("get", "sim:", ENERGY, "--client", "1", "--guek", GUEK, "--gak", GAK)),
        dlmskit("get", "sim:", ENERGY, "--client", "1", "--guek", GAK, "--gak", GUEK),
    ]
    for said in shown:
        for secret in (wrong, GUEK, GAK):
            assert secret not in (said.out + said.err).lower()


def test_a_name_of_the_catalogue_will_do_where_no_model_is_known() -> None:
    words = ["--client", "17", "--password", PASSWORD, "--json"]
    with SimMeter("generic") as meter:
        items = accepted(dlmskit("get", meter.target, "active_energy_import", "clock.time_zone", *words)).json()[
            "items"
        ]
        refused(dlmskit("get", meter.target, "data", *words), 2, "several objects", "0-0:42.0.0*255")
        refused(dlmskit("get", meter.target, "teapot", *words), 2, "teapot")
    assert [(item["obis"], item["attribute"]) for item in items] == [(ENERGY, 2), ("0-0:1.0.0*255", 3)]


def test_raw_values_come_with_their_types() -> None:
    energy, scaler = accepted(dlmskit("get", "sim:", ENERGY, f"{ENERGY}/3", "--raw", "--json")).json()["items"]
    assert energy["value"]["type"] == "double-long-unsigned"
    assert scaler["value"] == {
        "type": "structure",
        "value": [{"type": "integer", "value": 0}, {"type": "enum", "value": 30}],
    }
    assert "double-long-unsigned" in accepted(dlmskit("get", "sim:", ENERGY, "--raw")).out


def test_readings_repeat_as_often_as_asked() -> None:
    lines = accepted(dlmskit("get", "sim:", "clock.time", "-n", "3", "--every", "0.01s", "--json")).json_lines()
    assert [line["schema"] for line in lines] == ["dlmskit/read/1"] * 3
    times = [line["items"][0]["value"] for line in lines]
    assert times == sorted(set(times))


def test_what_does_not_fit_a_line_is_shown_below_the_table() -> None:
    out = accepted(dlmskit("get", "sim:", "association_current/2")).out
    assert f"{OBJECTS} elements" in out
    assert "logical_name 1-0:1.8.0*255" in out


def test_a_buffer_is_shown_with_its_rows() -> None:
    with SimMeter("generic", start=datetime(2026, 7, 2, 12, tzinfo=UTC)) as meter:
        asked = ("get", meter.target, "1-0:99.1.0", "--client", "17", "--password", PASSWORD)
        [item] = accepted(dlmskit(*asked, "--json")).json()["items"]
    assert item["value"] == f"{len(item['rows'])} rows"
    assert [column["unit"] for column in item["columns"]] == ["", "", "Wh", "Wh"]


def test_a_wrong_password_for_a_simulated_meter_is_told_that_none_is_needed() -> None:
    said = dlmskit("get", "sim:interop", "clock", "--password", "12345678")
    refused(said, 4, "authentication-failure", "leave password")
    assert accepted(dlmskit("get", "sim:interop", "clock", "--association", "low")).out
