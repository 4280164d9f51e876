"""Commands of these tests keep nothing in the home of whoever runs them."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where object lists are remembered."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("DLMSKIT_CACHE", str(folder))
    return folder
