"""`dlmskit tree`: objects, attributes, methods and rights, asked for once and remembered."""

from __future__ import annotations

import json
from pathlib import Path

from dlmskit.model import registry
from dlmskit.vmeter import SimMeter, defaults

from .command_line import accepted, dlmskit, refused

ENERGY = "1-0:1.8.0*255"
OBJECTS = len(registry.load("generic").objects)
LOGIN = ("--client", "17", "--password", defaults.PASSWORD.decode())


def test_objects_come_with_names_attributes_and_rights() -> None:
    answer = accepted(dlmskit("tree", "sim:", "--json")).json()
    assert answer["schema"] == "dlmskit/tree/1"
    by_code = {item["obis"]: item for item in answer["items"]}
    energy = by_code[ENERGY]
    assert (energy["class"], energy["name"], energy["role"]) == (
        "Register",
        "active energy import",
        "energy_import_total",
    )
    assert [(each["name"], each["rights"]) for each in energy["attributes"]][1:] == [
        ("value", "r"),
        ("scaler_unit", "r"),
    ]
    assert [(each["name"], each["rights"]) for each in by_code["0-0:1.0.0*255"]["attributes"]][1] == ("time", "rw")
    methods = {each["name"]: each["rights"] for each in by_code["0-0:96.3.10*255"]["methods"]}
    assert methods == {"remote_disconnect": "x", "remote_reconnect": "x"}


def test_people_see_a_tree() -> None:
    lines = accepted(dlmskit("tree", "sim:")).out.splitlines()
    assert lines[0] == f"sim:  {OBJECTS} objects"
    at = lines.index(f"├── {ENERGY}  Register  active energy import  energy_import_total")
    assert [line.strip() for line in lines[at + 1 : at + 5]] == [
        "│   ├── r   1 logical_name",
        "│   ├── r   2 value",
        "│   ├── r   3 scaler_unit",
        "│   └── -   1 reset()",
    ]


def test_a_part_of_the_tree() -> None:
    lines = accepted(dlmskit("tree", "sim:", "--find", "export", "--objects")).out.splitlines()
    assert [line.split()[1] for line in lines[1:]] == [
        "1-0:2.8.0*255",
        "1-0:2.8.1*255",
        "1-0:2.8.2*255",
        "1-0:2.7.0*255",
    ]
    refused(dlmskit("tree", "sim:", "--find", "teapot"), 2, f"none of the {OBJECTS} objects", "teapot")


def test_rights_that_nobody_tells_are_not_made_up() -> None:
    items = accepted(dlmskit("tree", "sim:", "--short-names", "--json")).json()["items"]
    assert [each for item in items for each in item["attributes"] if "rights" in each] == []
    assert "?   2 value" in accepted(dlmskit("tree", "sim:", "--short-names", "--find", ENERGY)).out


def test_the_object_list_is_read_once_and_again_when_asked(own_cache: Path, tmp_path: Path) -> None:
    def object_lists(*words: str) -> int:
        record = tmp_path / "session.jsonl"
        accepted(dlmskit("tree", meter.target, *LOGIN, "--record", record, *words))
        asked = [json.loads(line) for line in record.read_text().splitlines()]
        return sum(entry.get("detail", {}).get("obis") == "0-0:40.0.0*255" for entry in asked)

    with SimMeter("generic") as meter:
        assert object_lists() == 1
        assert len(list(own_cache.iterdir())) == 1
        assert object_lists() == 0
        assert object_lists("--refresh") == 1


def test_a_meter_without_objects_says_so() -> None:
    refused(dlmskit("tree", "sim:zzc"), 2, "IEC 62056-21")
