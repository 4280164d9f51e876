"""Where keys stand in a TOML text."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.model.lines import Path, line_numbers, nearest

TEXT = '''# a comment = [ not a table
title = "a # no comment, [no] table"   # [[x]]
odd."quoted key".'and literal' = """
[[fake]]
key = 1 \\""" still inside
"""
literal = \'\'\'
name = "x"
\'\'\'

[device]
id = "x"
list = [
  "a", # ]
  [1, 2],
  { b = "}" },
]

[[object]]
name = "one"
[object.attributes]
value = { scaler = 1 }
[[object.rows]]
n = 1
[[object]]
name = "two"
[[object.rows]]
n = 2
[[object.rows]]
n = 3
[ "device" . sub ]
last = true'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("odd", "quoted key", "and literal"), 3),
        (("literal",), 7),
        (("device",), 11),
        (("device", "id"), 12),
        (("device", "list"), 13),
        (("device", "list", 0), 15),
        (("device", "list", 1), 16),
        (("object", 0), 19),
        (("object", 0, "name"), 20),
        (("object", 0, "attributes"), 21),
        (("object", 0, "attributes", "value"), 22),
        (("object", 0, "rows", 0, "n"), 24),
        (("object", 1, "name"), 26),
        (("object", 1, "rows", 0, "n"), 28),
        (("object", 1, "rows", 1), 29),
        (("object", 1, "rows", 1, "n"), 30),
        (("device", "sub", "last"), 32),
    ],
)
def test_lines(path: Path, line: int) -> None:
    tomllib.loads(TEXT)
    assert line_numbers(TEXT)[path] == line


def test_same_lines_with_carriage_returns() -> None:
    text = TEXT.replace("\n", "\r\n")
    assert line_numbers(text) == line_numbers(TEXT)


def test_no_key_is_missed_or_invented() -> None:
    found = set(line_numbers(TEXT))
    document = tomllib.loads(TEXT)
    assert {path[0] for path in found} == set(document)
    assert {path[1] for path in found if path[0] == "device" and len(path) > 1} == set(document["device"])


def test_nearest_enclosing() -> None:
    lines = line_numbers(TEXT)
    assert nearest(lines, ("object", 0, "attributes", "value", "scaler")) == 22
    assert nearest(lines, ("object", 1, "missing")) == 25
    assert nearest(lines, ("nothing",)) is None


_SCALARS = st.one_of(
    st.integers(-9, 9).map(str),
    st.text(alphabet="ab#[]{}'=, ", max_size=8).map(lambda text: f'"{text}"'),
    st.text(alphabet='ab#[]{}"=, \n', max_size=8).map(lambda text: f"'''{text}'''"),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[\n" + ", # ]\n".join(items) + "\n]"),
        st.lists(_SCALARS.filter(lambda text: "\n" not in text), max_size=2).map(
            lambda items: "{ " + ", ".join(f"k{index} = {item}" for index, item in enumerate(items)) + " }"
        ),
    ),
    max_leaves=6,
)


@given(st.lists(_VALUES, max_size=6))
def test_the_key_stands_at_the_start_of_its_line(values: list[str]) -> None:
    text = "".join(f"key{index} = {value}\n" for index, value in enumerate(values))
    tomllib.loads(text)
    lines = line_numbers(text)
    for index in range(len(values)):
        assert text.split("\n")[lines[f"key{index}",] - 1].startswith(f"key{index} =")
