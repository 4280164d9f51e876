"""Any text is a model or is refused with its line. See fuzz/model_files.py."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
_SPEC = importlib.util.spec_from_file_location("fuzz_model_files", ROOT / "fuzz" / "model_files.py")
assert _SPEC is not None
assert _SPEC.loader is not None
fuzz = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(fuzz)

FILES = sorted((ROOT / "devices").rglob("*.toml"))
SEEDS = [file.read_text(encoding="utf-8") for file in FILES]
_TOKENS = re.compile(r'"[^"\n]*"|[A-Za-z0-9_.-]+|\[\[|\]\]|[\[\]{}=,\n]')
VALUES = [
    "0",
    "-1",
    "1.5",
    "true",
    '""',
    '"x"',
    "[]",
    "{}",
    "[[1]]",
    "1979-05-27",
    "nan",
    '"count"',
    "99999999999999999999",
]


@pytest.mark.parametrize("seed", SEEDS, ids=[file.parent.name for file in FILES])
def test_shipped_files(seed: str) -> None:
    fuzz.check(seed)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A shipped file with a few of its words changed, doubled or taken out."""
    text = draw(st.sampled_from(SEEDS))[: draw(st.integers(200, 3000))]
    for _ in range(draw(st.integers(1, 3))):
        tokens = list(_TOKENS.finditer(text))
        start, end = draw(st.sampled_from(tokens)).span() if tokens else (0, 0)
        new = draw(
            st.sampled_from([*VALUES, "", text[start:end] * 2, text[start : end - 1], "[[object]]\nname = 'x'\n"])
        )
        text = text[:start] + new + text[end:]
    return text


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_damaged_files(text: str) -> None:
    fuzz.check(text)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    fuzz.check(text)


_SECTIONS = ["device", "connection", "time", "association", "object", "quirk", "push", "service", "x"]
KEYS = ["remove", "flag_ids", "inherit", "hdlc", "iec21", "link", "zone", "conformance", "mechanism", "obis", "field"]
KEYS += ["class_id", "attributes", "methods", "capture", "format", "access", "unit", "type", "value", "steps", "rules"]
_ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-1, 300), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abc", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(_SECTIONS), _ANY, max_size=5))
def test_sections_of_any_type(tree: dict[str, object]) -> None:
    lines = [
        'device = { id = "x", name = "y" }' if name == "device" else f"{name} = {_toml(value)}"
        for name, value in tree.items()
    ]
    fuzz.check("\n".join(lines))


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f'"{key}" = {_toml(item)}' for key, item in value.items()) + "}"
        case _:
            return '"' + "".join(c if c.isalnum() and c.isascii() else "_" for c in str(value)) + '"'
