"""What OBIS codes mean."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.cosem import describe
from dlmskit.cosem.catalogue import COUNTRIES, abstract, electricity, explain, media, national, search, source
from dlmskit.cosem.catalogue.index import BILLING
from dlmskit.cosem.catalogue.rows import ALL
from dlmskit.obis import Obis, ObisPattern

from .witnesses import lines


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("1-0:1.8.0*255", "active energy import"),
        ("1-0:2.8.2*255", "active energy export, tariff 2"),
        ("1-1:3.7.0*255", "reactive power import"),
        ("1-0:31.7.0*255", "current L1"),
        ("1-0:52.7.0*255", "voltage L2"),
        ("1-0:73.7.0*255", "power factor L3"),
        ("1-0:14.7.0*255", "frequency"),
        ("1-0:61.8.0*255", "active energy import L3"),
        ("1-0:21.24.0*255", "average active power import L1"),
        ("1-0:91.7.0*255", "neutral current"),
        ("0-0:1.0.0*255", "clock"),
        ("0-1:1.0.0*255", "clock"),
        ("0-0:96.3.10*255", "disconnect control"),
        ("1-0:99.1.0*255", "load profile"),
        ("1-0:1.8.2*101", "active energy import, tariff 2, last billing period"),
        ("1-0:1.6.0*3", "maximum active power import, billing period 3"),
        ("1-0:31.7.5*255", "current L1, harmonic 5"),
        ("1-0:31.7.124*255", "current L1, total harmonic distortion"),
        ("0-0:96.7.21*255", "number of power failures in any phase"),
        ("6-0:1.0.0*255", "heat energy"),
        ("7-0:3.2.0*255", "gas volume, forward, at base conditions"),
        ("8-0:1.0.0*255", "cold water volume"),
        ("4-0:1.0.0*255", "unrated integral"),
        ("0-3:24.2.1*255", "value of an M-Bus device"),
    ],
)
def test_meanings(code: str, meaning: str) -> None:
    obis = Obis.parse(code)
    assert describe(obis) == meaning
    assert source(obis)


@pytest.mark.parametrize(
    "code",
    ["1-0:0.128.0*255", "1-0:99.128.0*255", "1-0:93.7.4*255", "1-0:11.8.0*255", "7-0:1.8.0*255", "1-0:1.128.0*255"],
)
def test_what_is_not_known_is_not_guessed(code: str) -> None:
    assert describe(Obis.parse(code)) is None
    assert source(Obis.parse(code)) is None


@pytest.mark.parametrize("row", lines("gxf-codes"), ids=lambda row: row["obis"])
def test_gxf_codes_of_dutch_meters_mean_what_their_lists_say(row: dict[str, object]) -> None:
    """A word of the list's own description at least; identifications are called serial numbers and identifiers."""
    code = Obis.parse(str(row["obis"]))
    text = describe(code, "NL")
    assert text is not None
    assert source(code, "NL")
    theirs = _words(" ".join(row["names"]))  # type: ignore[arg-type]
    if code.to_bytes()[2:4] == bytes((96, 1)):
        theirs |= {"identification"}
    assert _words(text) & theirs


def _words(text: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall("[a-z0-9]{2,}", text.lower())} - {"of", "an", "the", "in"}


def _scan(code: Obis) -> str | None:
    """What the rows say when they are gone through one by one."""
    a, b, c, d, e, f = code.to_bytes()
    every = [row for row in (*abstract.ROWS, *electricity.ROWS, *media.ROWS) if row.a == a]
    found = [row for row in every if all(low <= at <= high for (low, high), at in ((row.c, c), (row.d, d), (row.e, e)))]
    for row in [row for row in found if row.b == (b, b)] + [row for row in found if row.b == ALL]:
        if row.b != ALL or row.e != ALL or "{e}" in row.text:
            return row.meaning(e) + BILLING[f]
    if open_rows := [row for row in found if row.b == ALL]:
        return open_rows[0].text + BILLING[f]
    return None


@given(st.sampled_from([0, 1, 4, 6, 7, 8]), st.integers(0, 2), st.data())
def test_the_index_says_what_the_rows_say(a: int, b: int, data: st.DataObject) -> None:
    row = data.draw(st.sampled_from([row for row in (*abstract.ROWS, *electricity.ROWS, *media.ROWS) if row.a == a]))
    c, d, e = (data.draw(st.integers(*group) | st.integers(0, 255)) for group in (row.c, row.d, row.e))
    code = Obis(a, b, c, d, e, data.draw(st.sampled_from([255, 0, 101])))
    scanned = _scan(code)
    if scanned is not None:
        assert describe(code) == scanned
    elif a != 1:
        assert describe(code) is None
    assert (source(code) is None) == (describe(code) is None)


@given(st.binary(min_size=6, max_size=6))
def test_any_code_is_explained(octets: bytes) -> None:
    code = Obis.from_bytes(octets)
    assert explain(code)
    for country in COUNTRIES:
        assert describe(code, country) is not None or describe(code) is None


def test_channels_and_what_nobody_knows() -> None:
    assert explain(Obis.parse("0-3:24.2.1*255")) == "abstract: value of an M-Bus device, M-Bus channel 3"
    assert explain(Obis.parse("1-2:1.8.0*255")) == "electricity: active energy import, channel 2"
    assert explain(Obis.parse("1-130:1.8.0*255")) == "electricity: active energy import, maker's channel 130"
    assert explain(Obis.parse("3-0:1.2.3*255")) == "medium 3: quantity 1, processing 2, class 3"


@pytest.mark.parametrize(
    ("country", "code", "meaning"),
    [
        ("NL", "0-0:99.98.1*255", "fraud detection log"),
        ("GB", "0-0:99.98.1*255", "security log"),
        ("IN", "0-0:99.98.1*255", "current event log"),
        ("", "0-0:99.98.1*255", "event log"),
        ("GB", "0-0:94.44.34*10", "active energy import"),
        ("IN", "1-0:94.91.0*255", "instantaneous profile"),
        ("NL", "1-0:1.8.1*255", "active energy import, tariff 1"),
    ],
)
def test_one_code_means_other_things_in_other_countries(country: str, code: str, meaning: str) -> None:
    assert describe(Obis.parse(code), country) == meaning


def test_national_rows_say_their_country_and_source() -> None:
    assert COUNTRIES == ("GB", "IN", "NL")
    assert all(row.country and row.source for row in national.ROWS)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("import active energy tariff 2", "1-0:1.8.2*255"),
        ("active energy import", "1-0:1.8.0*255"),
        ("consumption kWh", "1-0:1.8.0*255"),
        ("export energy rate 1", "1-0:2.8.1*255"),
        ("Voltage L1", "1-0:32.7.0*255"),
        ("sags L2", "1-0:52.32.0*255"),
        ("clock", "0-0:1.0.0*255"),
        ("disconnect control", "0-0:96.3.10*255"),
        ("invocation counter", "0-0:43.1.0*255"),
        ("value of M-Bus device channel 3", "0-3:24.2.0*255"),
        ("thd current L3", "1-0:71.7.124*255"),
        ("gas volume base conditions", "7-0:3.2.0*255"),
    ],
)
def test_search(text: str, first: str) -> None:
    found = search(text)
    assert str(found[0].obis) == first
    assert all(ObisPattern.parse(str(each.obis)) and each.source for each in found)


def test_search_of_national_rows_only_where_the_country_is_named() -> None:
    assert not any(found.country for found in search("fraud detection log"))
    assert str(search("fraud detection log", country="NL")[0].obis) == "0-0:99.98.1*255"
    assert search("quixotic") == []
    assert search("  ") == []
    assert len(search("energy", limit=3)) == 3


def test_what_is_found_is_described_so() -> None:
    for found in search("energy", limit=500) + search("profile", limit=100, country="NL"):
        assert describe(found.obis, found.country) == found.text
