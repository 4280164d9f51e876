"""What pyproject.toml says is what the checkout holds."""

from __future__ import annotations

import tomllib
from pathlib import Path

from dlmskit.cli import COMMANDS

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def packages(folder: str, name: str) -> set[str]:
    top = ROOT / folder
    found = {p.parent.relative_to(top).parts for p in top.rglob("__init__.py") if "_template" not in p.parts}
    return {".".join((name, *parts)) for parts in found}


def test_every_package_is_installed() -> None:
    listed = PROJECT["tool"]["setuptools"]["packages"]
    assert listed == sorted(listed, key=lambda name: (name.split(".")[0], name))
    assert set(listed) == packages("dlmskit", "dlmskit") | packages("devices", "dlmskit_devices")


def test_every_command_has_its_file() -> None:
    files = {p.stem for p in (ROOT / "dlmskit" / "cli").glob("*.py")}
    assert set(COMMANDS) <= files
