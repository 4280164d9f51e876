"""Our commands against a meter of another maker's stack, over both framings."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command_line import accepted, dlmskit, refused
from tests.interop.test_peer_meter import meter

__all__ = ["meter"]

LOW = ("--client", "17", "--password", "Gurux")


@pytest.fixture(params=["tcp+hdlc", "tcp"])
def target(request: pytest.FixtureRequest, meter: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DLMSKIT_CACHE", str(tmp_path / "cache"))
    return f"{request.param}://127.0.0.1:{meter + (request.param == 'tcp')}"


def items(*words: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = accepted(dlmskit(*words, *LOW, "--json")).json()["items"]
    return found


def test_what_the_meter_has_is_shown_and_read(target: str) -> None:
    nodes = {item["obis"]: item for item in items("tree", target)}
    assert nodes["1-0:1.8.0*255"]["class"] == "Register"
    assert [each["rights"] for each in nodes["0-0:1.0.0*255"]["attributes"]] == ["r", "rw", "rw"]
    found = items("get", target, "active_energy_import", "voltage_l1", "0-0:42.0.0", "0-0:1.0.0/time_zone")
    assert [item["value"] for item in found] == ["12345678", "230.1", "PYD1000000000001", -60]
    assert [item.get("unit") for item in found] == ["Wh", "V", None, None]
    refused(dlmskit("get", target, "1-0:99.88.0", *LOW), 6, "object-undefined")


def test_the_profile_is_read_whole_and_in_part(target: str) -> None:
    head, *rows = csv.reader(io.StringIO(accepted(dlmskit("profile", target, *LOW, "--csv", "-")).out))
    assert head == ["0-0:1.0.0*255", "0-0:1.0.0*255 status", "1-0:1.8.0*255 [Wh]"]
    assert [row[2] for row in rows] == [str(1000 + 7 * number) for number in range(96)]
    assert rows[4][0] == "2024-05-01 01:00:00+00:00"
    words = ("--from", "2024-05-01T01:00Z", "--to", "2024-05-01T02:00Z", "--json")
    assert len(accepted(dlmskit("profile", target, *LOW, *words)).json()["rows"]) == 5
    assert "active energy import [Wh]" in accepted(dlmskit("profile", target, *LOW, "--plot")).out
    assert len(items("events", target, "1-0:99.1.0", "--last", "3")) == 3


def test_what_is_changed_is_changed_there(target: str) -> None:
    [written] = items("set", target, "1-0:32.7.0", "value", "231.5", "--yes")
    assert Decimal(written["value"]) == Decimal("231.5")
    assert items("get", target, "1-0:32.7.0")[0]["value"] == "231.5"
    assert accepted(dlmskit("act", target, "0-0:96.3.10", "remote_disconnect", *LOW, "--yes")).out == "done\n"
    assert items("get", target, "0-0:96.3.10")[0]["value"] is False
    accepted(dlmskit("clock", "set", target, *LOW, "--yes"))
    assert abs(accepted(dlmskit("clock", "show", target, *LOW, "--json")).json()["drift"]) < 5
