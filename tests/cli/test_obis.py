"""`dlmskit obis`."""

from __future__ import annotations

import pytest

from .command_line import accepted, dlmskit, refused


@pytest.mark.parametrize("code", ["1-0:1.8.2*255", "1.0.1.8.2.255", "1.8.2", "0100010802FF", "1-0:1.8.2"])
def test_a_code_in_any_spelling(code: str) -> None:
    said = accepted(dlmskit("obis", code)).out
    assert "1-0:1.8.2*255" in said
    assert "electricity: active energy import, tariff 2" in said


def test_words_find_codes() -> None:
    rows = accepted(dlmskit("obis", "--json", "import", "active", "energy", "tariff", "2")).json()
    assert rows["schema"] == "dlmskit/obis/1"
    assert rows["items"][0]["obis"] == "1-0:1.8.2*255"
    assert rows["items"][0]["short"] == "1.8.2"


def test_a_country_has_meanings_of_its_own() -> None:
    assert "abstract: event log" in accepted(dlmskit("obis", "0-0:99.98.1")).out
    assert "fraud detection log" in accepted(dlmskit("obis", "--country", "nl", "0-0:99.98.1")).out


def test_a_code_that_nobody_knows_is_told_by_its_groups() -> None:
    (row,) = accepted(dlmskit("obis", "--json", "1-0:93.200.3*255")).json()["items"]
    assert row["meaning"] is None
    assert row["explained"] == "electricity: quantity 93, processing 200, class 3"
    assert "not in the catalogue" in accepted(dlmskit("obis", "1-0:93.200.3*255")).out


def test_words_that_are_nowhere() -> None:
    refused(dlmskit("obis", "quixotic"), 2, "nothing in the catalogue")
    assert accepted(dlmskit("obis", "--json", "quixotic")).json()["items"] == []
