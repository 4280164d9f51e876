"""Importing the library is cheap, and every module can be imported first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"click", "rich", "serial", "ssl", "asyncio", "hypothesis", "construct"}
MODULES = sorted(
    ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for p in (ROOT / "dlmskit").rglob("*.py")
    if p.name != "__main__.py"
)


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout


def test_importing_the_library_brings_in_nothing_heavy() -> None:
    loaded = set(run("import sys, dlmskit; print(*{m.split('.')[0] for m in sys.modules})").split())
    assert not loaded & HEAVY


def test_every_public_name_resolves() -> None:
    assert (
        run("import dlmskit; [getattr(dlmskit, name) for name in dlmskit.__all__]; print(len(dlmskit.__all__))").strip()
        != "0"
    )


@pytest.mark.parametrize("chunk", range(4))
def test_every_module_can_be_imported_first(chunk: int) -> None:
    """No circular import hides behind an import order: each module starts from a state without the package."""
    code = f"""
import importlib, sys
for name in {MODULES[chunk::4]!r}:
    for loaded in [m for m in sys.modules if m.split(".")[0] == "dlmskit" and "._speedups." not in m]:
        del sys.modules[loaded]
    importlib.import_module(name)
"""
    run(code)
