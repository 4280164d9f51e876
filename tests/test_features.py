"""docs/features.md: every witness that it names is there, is not our own, and live peers are named where they are."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = Path(__file__).parent
TEXT = (TESTS.parent / "docs" / "features.md").read_text()
ROWS = {1: 15, 2: 9, 3: 18, 4: 7, 5: 6, 6: 13, 7: 14, 8: 8, 9: 12, 10: 5, 11: 11, 12: 7, 14: 26}
WITHOUT = ("no witness", "out of scope", "not supported", "refused by name")
NAME = re.compile(r"`([^`]+)`")
OURS = {"generated"}


class Row(NamedTuple):
    """One feature."""

    section: int
    feature: str
    client: str
    meter: str
    witness: str

    @property
    def names(self) -> list[str]:
        return NAME.findall(self.witness)


def rows() -> list[Row]:
    found: list[Row] = []
    section = 0
    for line in TEXT.splitlines():
        if heading := re.match(r"## (\d+)\.", line):
            section = int(heading[1])
        elif section and line.startswith("| ") and not line.startswith("| feature |"):
            cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
            found.append(Row(section, *cells))
    return found


def vector_origins() -> dict[str, str]:
    lines = (line for file in (TESTS / "vectors").glob("*.jsonl") for line in file.read_text().splitlines())
    return {vector["id"]: vector["origin"] for vector in map(json.loads, lines)}


def is_test(name: str) -> bool:
    path, _, function = name.partition("::")
    file = TESTS / path
    if not file.is_file():
        return False
    return any(isinstance(node, ast.FunctionDef) and node.name == function for node in ast.parse(file.read_text()).body)


FEATURES = rows()
ORIGINS = vector_origins()


def test_every_section_has_its_rows() -> None:
    assert {section: sum(row.section == section for row in FEATURES) for section in ROWS} == ROWS
    assert sum(ROWS.values()) == len(FEATURES)


@pytest.mark.parametrize("row", FEATURES, ids=lambda row: f"{row.section} {row.feature}")
def test_a_row_says_what_agrees_or_that_nothing_does(row: Row) -> None:
    if not row.names:
        assert row.witness in WITHOUT
        return
    assert [name for name in row.names if not is_test(name) and ORIGINS.get(name, "generated") in OURS] == []
    live = any(name.startswith("interop/") for name in row.names)
    assert live != row.witness.endswith("; no live peer")


def test_what_is_not_there_has_no_witness() -> None:
    assert [row for row in FEATURES if {row.client, row.meter} == {"no"} and row.names] == []
