"""`--vectors FILE`, `--transcripts DIR`, and at the end what became of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from vector_forms.summary import NOT_YET, lines, transcript_lines


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--vectors",
        type=Path,
        action="append",
        metavar="FILE",
        help="run tests/test_vectors.py on this JSON-lines file instead of tests/vectors/*.jsonl",
    )
    parser.addoption(
        "--transcripts",
        type=Path,
        metavar="DIR",
        help="run tests/test_transcripts.py on the *.jsonl of this folder instead of tests/transcripts",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[NOT_YET] = []


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    outcomes = ("passed", "failed")
    reports = [(outcome, report) for outcome in outcomes for report in terminalreporter.getreports(outcome)]
    kinds = bool(config.getoption("--vectors"))
    if found := list(lines(reports, config.stash[NOT_YET], kinds=kinds)):
        terminalreporter.section("vectors")
        for line in found:
            terminalreporter.write_line(line)
    if found := list(transcript_lines(reports, diagnoses=bool(config.getoption("--transcripts")))):
        terminalreporter.section("transcripts")
        for line in found:
            terminalreporter.write_line(line)
