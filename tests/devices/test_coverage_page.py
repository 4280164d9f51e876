"""docs/dialects.md says what the models say."""

from __future__ import annotations

from dlmskit.model import registry

from .coverage_page import PAGE, render, rows


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == render(), "run python -m tests.devices.coverage_page"


def test_every_row_is_counted_once() -> None:
    model = registry.load("smr5")
    assert sum(rows(model).values()) == len(
        (*model.associations, *model.objects, *model.quirks, *model.pushes, *model.event_tables, *model.services)
    )
    assert rows(model)["fictional"] == 0 < rows(model)["seen"]
    assert rows(registry.load("zzc")).keys() == {"fictional"}
