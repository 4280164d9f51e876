"""The command line as a person meets it: words in, text and an exit code out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from dlmskit.cli import main

ROOT = Path(__file__).parent.parent.parent


class Said(NamedTuple):
    """What one run of a command left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    def json_lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def dlmskit(*words: object, stdin: str | bytes = b"", env: Mapping[str, str] | None = None) -> Said:
    """Run `dlmskit` in this process. Fails when anything but an exit leaves it."""
    result = CliRunner().invoke(main, [str(word) for word in words], input=stdin, env=env, prog_name="dlmskit")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Said(result.exit_code, result.stdout, result.stderr)


def accepted(said: Said) -> Said:
    """A run that did what it was asked to."""
    assert (said.code, said.err) == (0, "")
    return said


def refused(said: Said, code: int, *words: str) -> Said:
    """A run that failed as promised: its exit code, one line that says why, and no traceback."""
    assert said.code == code, said
    assert "Traceback" not in said.out + said.err
    lines = said.err.splitlines()
    assert len(lines) == 1, said.err
    assert lines[0].startswith("error: ")
    assert [word for word in words if word not in lines[0]] == [], lines[0]
    return said


def vector(vector_id: str) -> dict[str, Any]:
    """One of tests/vectors, which names the source and licence of each."""
    for path in sorted((ROOT / "tests" / "vectors").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            if f'"{vector_id}"' in line:
                found: dict[str, Any] = json.loads(line)
                return found
    raise LookupError(vector_id)
