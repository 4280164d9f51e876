import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit import _obis
from dlmskit.exceptions import DecodeError, EncodeError
from dlmskit.obis import Obis, ObisPattern, complete, octets_of, text_of

IMPORT = Obis(1, 0, 1, 8, 0, 255)


@pytest.mark.parametrize(
    "text",
    [
        "1-0:1.8.0*255",
        "1-0:1.8.0&255",
        "1-0:1.8.0.255",
        "1.0.1.8.0.255",
        "1-0:1.8.0",
        "0100010800FF",
        "0100010800ff",
        "1-0:01.08.00*255",
    ],
)
def test_every_spelling(text):
    assert Obis.parse(text) == IMPORT


def test_groups_and_texts():
    obis = Obis.parse("0-1:24.2.1*7")
    assert (obis.a, obis.b, obis.c, obis.d, obis.e, obis.f) == (0, 1, 24, 2, 1, 7)
    assert str(obis) == "0-1:24.2.1*7"
    assert obis.dotted == "0.1.24.2.1.7"
    assert repr(obis) == "Obis(0-1:24.2.1*7)"
    assert Obis.from_bytes(obis.to_bytes()) == obis


def test_letters_of_iec_62056_21():
    assert Obis.parse("0-0:C.1.0") == Obis(0, 0, 96, 1, 0)
    assert ObisPattern.parse("F.F").resolve(a=0) == Obis(0, 0, 97, 97, 0)


@pytest.mark.parametrize("last", range(256))
def test_every_group_round_trips_with_the_last_one_kept(last):
    obis = Obis(last, 255 - last, last, 0, last, last)
    assert Obis.parse(str(obis)) == Obis.parse(obis.dotted) == Obis.parse(obis.to_bytes().hex()) == obis


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("", 0),
        ("1.0.1.8.0.255.0", 13),
        ("1.0.1.8.0.256", 10),
        ("1-0:1.8.0*256", 10),
        ("1.0.1.8.0.-1", 10),
        ("1.0.1.8.0.1e2", 11),
        ("1.0.1.8.0.2_5", 11),
        ("1.0.1.8.0. 255", 10),
        ("1.0.1.8.0.255\x00", 13),
        ("1.0.1.8.0.255\n", 13),
        ("......", 0),
        ("1..1.8.0.255", 2),
        ("a.b.c.d.e.f", 0),
        ("1-0:1.8.0*255;DROP", 13),
        ("1,0,1,8,0,255", 1),
        ("0000000001.0.1.8.0.255", 0),
        ("9" * 100_000, 0),
        ("\u0661.0.1.8.0.255", 0),
        ("0100010800F", 0),
        ("1.8.0", 5),
        ("1-*:1.8.0", 9),
        ("1-0:1.8.0**", 11),
        ("1-0:1.8", 7),
    ],
)
def test_what_is_no_code_is_refused_where_it_stops(text, offset):
    with pytest.raises(DecodeError) as caught:
        Obis.parse(text)
    assert caught.value.offset == offset
    assert len(caught.value.reason) < 120


@pytest.mark.parametrize("octets", [b"", bytes(5), bytes(7)])
def test_a_logical_name_has_six_octets(octets):
    with pytest.raises(DecodeError):
        Obis.from_bytes(octets)


def test_groups_are_octets():
    for groups in ((256, 0, 0, 0, 0), (-1, 0, 0, 0, 0)):
        with pytest.raises(EncodeError):
            Obis(*groups)


def test_a_code_is_a_value():
    other = Obis.from_bytes(bytes.fromhex("0100010800ff"))
    assert len({IMPORT, other}) == 1
    assert IMPORT != "1-0:1.8.0*255"
    assert sorted([Obis(2, 0, 0, 0, 0), IMPORT])[0] == IMPORT
    assert copy.deepcopy(IMPORT) == pickle.loads(pickle.dumps(IMPORT)) == IMPORT
    with pytest.raises(AttributeError):
        IMPORT.a = 2
    with pytest.raises(AttributeError):
        del IMPORT._octets


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        # toreamun/amshan, tests/test_obis.py (MIT)
        ("3.4.5", (None, None, 3, 4, 5, None)),
        ("3.4*6", (None, None, 3, 4, None, 6)),
        ("1-2:3.4.5*6", (1, 2, 3, 4, 5, 6)),
        ("1.2.3.4.5.6", (1, 2, 3, 4, 5, 6)),
        ("1-*:1.8.*", (1, None, 1, 8, None, None)),
        ("1:1.8.0", (None, 1, 1, 8, 0, None)),
        ("1-0:1.8.0*255", (1, 0, 1, 8, 0, 255)),
        ("*.*.1.8.0.*", (None, None, 1, 8, 0, None)),
        ("1.8.0&1", (None, None, 1, 8, 0, 1)),
        ("1.8.1*01", (None, None, 1, 8, 1, 1)),
    ],
)
def test_patterns(text, groups):
    pattern = ObisPattern.parse(text)
    assert pattern.groups == groups
    assert ObisPattern.parse(str(pattern)) == pattern


def test_patterns_match_and_resolve():
    pattern = ObisPattern.parse("1-*:1.8.*")
    assert pattern.matches(IMPORT)
    assert pattern.matches(Obis(1, 7, 1, 8, 3, 0))
    assert not pattern.matches(Obis(1, 0, 2, 8, 0))
    assert ObisPattern.parse("1.8.0").resolve() == IMPORT
    assert ObisPattern.parse("1.8.0*1").resolve(a=7, b=1, e=9, f=3) == Obis(7, 1, 1, 8, 0, 1)
    with pytest.raises(EncodeError):
        ObisPattern(a=1).resolve()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1-0:1.8.0*255", "1-0:1.8.0*255"),
        ("1-0:1.8.0.255", "1-0:1.8.0*255"),
        ("1.0.1.8.0.255", "1-0:1.8.0*255"),
        ("1.8.0", "1-0:1.8.0*255"),
        ("1.8.0*01", "1-0:1.8.0*1"),
        ("1-0:1.8.0&01", "1-0:1.8.0*1"),
        ("1.8", "1-0:1.8.0*255"),
        ("0100010800FF", "1-0:1.8.0*255"),
        ("C.1.0", "0-0:96.1.0*255"),
        ("F.F", "0-0:97.97.0*255"),
        ("L.1.0*126", "0-0:98.1.0*126"),
        ("P.01", "0-0:99.1.0*255"),
        ("0.0.1.0.0.255", "0-0:1.0.0*255"),
    ],
)
def test_reduced_spellings_are_completed(text, code):
    assert str(complete(text)) == code


def test_the_medium_of_reduced_codes_is_the_callers():
    assert str(complete("3.0.0", medium=7)) == "7-0:3.0.0*255"


@pytest.mark.parametrize("text", ["", "1-*:1.8.0", "*.8.0", "1.8.*", "1.8.0**", "1-0:1.8.0**", "voltage", "1.8.0*"])
def test_open_groups_and_words_are_not_completed(text):
    with pytest.raises(DecodeError):
        complete(text)


@pytest.mark.parametrize(
    "code", ["1-0:1.8.0*255", "1-0:1.8.0*1", "0-0:96.1.0*255", "0-0:97.97.0*255", "0-0:98.1.0*126"]
)
def test_the_short_form_is_read_back(code):
    assert complete(Obis.parse(code).short) == Obis.parse(code)


@given(st.from_regex(r"[0-9]{0,4}([-:.*&CF ]?[0-9]{0,4}){0,7}", fullmatch=True) | st.text(max_size=30))
def test_both_builds_read_the_same(text):
    assert octets_of(text) == _obis.octets_of(text)


@given(st.binary(min_size=6, max_size=6), st.sampled_from(".*&"))
def test_both_builds_write_the_same(octets, mark):
    text = _obis.text_of(octets)
    assert text_of(octets) == text
    assert octets_of(text.replace("*", mark)) == octets
    assert octets_of(text.rpartition("*")[0]) == octets[:5] + b"\xff"
