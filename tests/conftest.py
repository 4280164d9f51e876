"""`--vectors FILE`, and a summary line of what became of the vectors."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

NOT_YET = pytest.StashKey[list[tuple[str, str]]]()
"""(what is missing, kind) of each vector that was left out"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--vectors",
        type=Path,
        action="append",
        metavar="FILE",
        help="run tests/test_vectors.py on this JSON-lines file instead of tests/vectors/*.jsonl",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[NOT_YET] = []


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    verdicts: dict[str, Counter[str]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            properties = dict(report.user_properties)
            if report.when == "call" and "vector" in properties:
                verdict = properties.get("verdict", "missed") if outcome == "passed" else "missed"
                verdicts.setdefault(properties["vector"], Counter())[verdict] += 1
    left_out = config.stash[NOT_YET]
    if not verdicts and not left_out:
        return
    for _, kind in left_out:
        verdicts.setdefault(kind, Counter())["not yet"] += 1
    terminalreporter.section("vectors")
    for kind, counts in sorted(verdicts.items()):
        terminalreporter.write_line(f"  {kind}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    total = sum(verdicts.values(), Counter())
    missing = Counter(name for name, _ in left_out)
    names = ", ".join(f"{name} {count}" for name, count in missing.most_common())
    terminalreporter.write_line(
        f"{total['exact']} exact, {total['refused as marked']} refused as marked, "
        f"{total['not yet']} not yet{f' (by name: {names})' if names else ''}, {total['missed']} missed"
    )
