"""`dlmskit profile`: rows chosen, shown, drawn and written to files without losing a digit."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from dlmskit.cli.plot import HEIGHT
from dlmskit.vmeter import SimMeter, defaults

from .command_line import Said, accepted, dlmskit, refused

START = datetime(2026, 7, 2, 12, tzinfo=UTC)
LOGIN = ("--client", "17", "--password", defaults.PASSWORD.decode())
HOUR = ("--from", "2026-07-01T00:00Z", "--to", "2026-07-01T01:00Z")


@pytest.fixture
def target() -> Iterator[str]:
    with SimMeter("generic", start=START) as meter:
        yield meter.target


def profile(target: str, *words: object) -> Said:
    return dlmskit("profile", target, *LOGIN, "--model", "generic", *words)


def test_rows_of_a_period(target: str) -> None:
    answer = accepted(profile(target, *HOUR, "--json")).json()
    assert (answer["schema"], answer["obis"]) == ("dlmskit/profile/1", "1-0:99.1.0*255")
    assert [column["name"] for column in answer["columns"]][2:] == ["energy_import_total", "energy_export_total"]
    assert [column["unit"] for column in answer["columns"]] == ["", "", "Wh", "Wh"]
    assert {row[0][:19] for row in answer["rows"]} == {"2026-07-01 weekday "}
    energies = [Decimal(row[2]) for row in answer["rows"]]
    assert len(energies) == 5
    assert energies == sorted(energies)
    table = accepted(profile(target, *HOUR)).out.splitlines()
    assert re.split("  +", table[0]) == [
        "clock",
        "profile status",
        "active energy import Wh",
        "active energy export Wh",
    ]
    assert table[1].startswith("2026-07-01 02:00:00+02:00  ")
    assert len(table) == 6


def test_rows_by_number_and_columns_by_name(target: str) -> None:
    whole = accepted(profile(target, "--entries", "1-3", "--json")).json()["rows"]
    words = ("--entries", "1-3", "--columns", "1-0:2.8.0", "--json")
    narrow = accepted(profile(target, *words)).json()
    assert [column["name"] for column in narrow["columns"]] == ["clock", "energy_export_total"]
    assert narrow["rows"] == [[row[0], row[3]] for row in whole]
    last = accepted(profile(target, "--last", "2", "--json")).json()["rows"]
    assert len(last) == 2
    assert last[1][0] > last[0][0] > whole[2][0]


def test_the_last_hours_are_those_of_this_computers_clock() -> None:
    rows = accepted(dlmskit("profile", "sim:", "--last", "2h", "--json")).json()["rows"]
    assert len(rows) in (8, 9)


def test_csv_has_exact_values_and_all_of_the_stamp(target: str, tmp_path: Path) -> None:
    out = accepted(profile(target, *HOUR, "--csv", "-")).out
    head, *rows = csv.reader(io.StringIO(out))
    assert head == ["clock", "clock status", "profile_status", "energy_import_total [Wh]", "energy_export_total [Wh]"]
    told = accepted(profile(target, *HOUR, "--json")).json()["rows"]
    assert [row[2:] for row in rows] == [[str(cell) for cell in row[1:]] for row in told]
    assert rows[0][:2] == ["2026-07-01 02:00:00+02:00", "80"]
    file = tmp_path / "hour.csv"
    assert accepted(profile(target, *HOUR, "--csv", file)).out == ""
    assert file.read_text() == out
    refused(profile(target, *HOUR, "--csv", "/nowhere/at/all.csv"), 2, "/nowhere/at/all.csv", "No such file")


def test_parquet_has_decimals_and_says_what_they_are(target: str, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    file = tmp_path / "hour.parquet"
    accepted(profile(target, *HOUR, "--parquet", file))
    table = parquet.read_table(file)
    told = accepted(profile(target, *HOUR, "--json")).json()["rows"]
    assert table["energy_import_total"].to_pylist() == [Decimal(row[2]) for row in told]
    assert table["clock"].to_pylist()[0] == datetime(2026, 7, 1, tzinfo=UTC)
    metadata = table.schema.field("energy_import_total").metadata
    assert (metadata[b"unit"], metadata[b"scaler"], metadata[b"obis"]) == (b"Wh", b"0", b"1-0:1.8.0*255")


def test_without_pyarrow_the_way_to_it_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("dlmskit.cli.profile.find_spec", lambda name: None)
    refused(dlmskit("profile", "sim:", "--parquet", tmp_path / "x"), 2, "pyarrow", "dlmskit[parquet]")


def test_a_picture_is_as_wide_as_it_may_be(target: str) -> None:
    out = accepted(profile(target, "--last", "24", "--columns", "energy_import_total", "--plot")).out
    title, *picture = out.rstrip("\n").splitlines()
    assert title == "active energy import [Wh], increase from row to row"
    assert len(picture) == HEIGHT + 1
    assert max(map(len, picture)) <= 80
    assert "█" in picture[-2]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--last", "2d", "--entries", "1-2"], "use one"),
        (["--last", "soon"], "36h"),
        (["--last", "0"], "36h"),
        (["--entries", "5-1"], "1-10"),
        (["--entries", "0-1"], "1-10"),
        (["--from", "yesterday"], "yesterday"),
        (["--from", "2026-07-01T00:00"], "offset"),
        (["--columns", "teapot"], "teapot"),
        (["1-0:1.8.0"], "Register"),
        (["1-0:99.1.0/3"], "no attribute"),
    ],
)
def test_rows_that_cannot_be_chosen_so(words: list[str], why: str) -> None:
    refused(dlmskit("profile", "sim:", *words), 2, why)


def test_a_profile_that_is_not_there() -> None:
    refused(dlmskit("profile", "sim:", "1-0:99.77.0"), 6, "1-0:99.77.0*255", "dlmskit tree")
