"""What became of the vectors, counted by kind, for the end of a test run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

NOT_YET = pytest.StashKey[list[tuple[str, str]]]()
"""(what is missing, kind) of each vector that was left out"""


def lines(reports: list[tuple[str, Any]], left_out: list[tuple[str, str]], *, kinds: bool) -> Iterator[str]:
    """One line a kind when `kinds`, then the sum. `reports` are (outcome, test report) pairs."""
    verdicts: dict[str, Counter[str]] = {}
    for outcome, report in reports:
        properties = dict(report.user_properties)
        if report.when == "call" and "vector" in properties:
            verdict = properties["verdict"] if outcome == "passed" else "missed"
            verdicts.setdefault(properties["vector"], Counter())[verdict] += 1
    for _, kind in left_out:
        verdicts.setdefault(kind, Counter())["not yet"] += 1
    for kind, counts in sorted(verdicts.items()) if kinds else ():
        yield f"  {kind}: " + ", ".join(f"{count} {name}" for name, count in counts.items())
    total = sum(verdicts.values(), Counter())
    missing = Counter(name for name, _ in left_out)
    names = ", ".join(f"{name} {count}" for name, count in missing.most_common())
    if total:
        verdicts_in_order = ("exact", "refused as marked", "argued", "not yet", "missed")
        said = ", ".join(f"{total[verdict]} {verdict}" for verdict in verdicts_in_order)
        yield f"{said} (not yet: {names})" if names else said


def transcript_lines(reports: list[tuple[str, Any]], *, diagnoses: bool) -> Iterator[str]:
    """The reason of each dialogue that is bad on purpose when `diagnoses`, then the sum."""
    properties = [(outcome, dict(report.user_properties)) for outcome, report in reports if report.when == "call"]
    said = [found["transcript"] for outcome, found in properties if outcome == "passed" and "transcript" in found]
    bad = [reason for reason in said if reason]
    yield from (f"  {reason}" for reason in bad if diagnoses)
    if said:
        yield f"{len(said) - len(bad)} good, {len(bad)} diagnosed as bad"
