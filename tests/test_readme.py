"""README.md is true: what it says to type is typed, and what it shows comes out."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
INSTALLING = [
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/dlmskit demo",
    'python3 -m venv .venv && .venv/bin/pip install -e ".[test]" && .venv/bin/python -m pytest -q',
]


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCKS if found == language]


def ran(*words: str) -> str:
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_two_lines_that_install_stand_alone() -> None:
    assert [text.strip() for text in blocks("sh")] == INSTALLING


def test_every_language_of_a_block_is_tried_here() -> None:
    assert {language for language, _ in BLOCKS} == {"sh", "console", "python"}


@pytest.mark.parametrize("block", blocks("console"))
def test_a_command_shows_what_the_readme_shows(block: str) -> None:
    typed, *shown = block.splitlines()
    command, *words = shlex.split(typed.removeprefix("$ "))
    assert command == "dlmskit"
    real = iter([line.rstrip() for line in ran("-m", "dlmskit", *words).splitlines()])
    skipping = False
    for line in shown:
        if line == "...":
            skipping = True
            continue
        found = next((each for each in real if each == line), None) if skipping else next(real)
        assert found == line
        skipping = False


@pytest.mark.parametrize("block", blocks("python"))
def test_an_example_runs(block: str) -> None:
    assert len([line for line in block.splitlines() if line.strip()]) <= 6
    clock, register, objects = ran("-W", "error", "-c", block).splitlines()
    assert re.match(r"20\d\d-\d\d-\d\d ", clock)
    assert re.fullmatch(r"\d+ Wh", register)
    assert re.fullmatch(r"\d+ objects", objects)
