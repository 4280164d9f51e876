"""What the documents name exists, what they link to is there, and what they show runs."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
NAME = re.compile(r"`(dlmskit(?:_devices)?(?:\.\w+)*)`")
FILE = re.compile(r"`((?:dlmskit|tests|devices|ext|docs|fuzz|benchmarks)/[\w./-]*)`")
NOT_PYTHON = {"dlmskit.devices"}  # the entry-point group
LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)(?:#[^)]*)?\)")
DOCUMENTS = sorted(
    path
    for path in (
        *ROOT.glob("*.md"),
        *(p for folder in ("docs", "devices", "fuzz") for p in (ROOT / folder).rglob("*.md")),
    )
)
BY_NAME = {str(path.relative_to(ROOT)): path for path in DOCUMENTS}


def prose(path: Path) -> str:
    return FENCE.sub("", path.read_text())


def resolve(name: str) -> object:
    """The module or the thing in one that a dotted name stands for. Raises where there is none."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return found
    raise LookupError(name)


@pytest.mark.parametrize("document", BY_NAME)
def test_every_name_of_ours_in_a_document_exists(document: str) -> None:
    for name in NAME.findall(prose(BY_NAME[document])):
        if name not in NOT_PYTHON:
            resolve(name)


@pytest.mark.parametrize("document", BY_NAME)
def test_every_file_that_a_document_names_or_links_to_is_there(document: str) -> None:
    path = BY_NAME[document]
    linked = [path.parent / target for target in LINK.findall(prose(path)) if "://" not in target]
    named = [ROOT / target for target in FILE.findall(prose(path))]
    assert [str(target) for target in linked + named if not target.exists()] == []


def test_the_architecture_is_about_every_package() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    packages = [p.parent.name for p in (ROOT / "dlmskit").glob("*/__init__.py")]
    assert [name for name in packages if f"`dlmskit.{name}`" not in text] == []


EXAMPLES = [
    (page, example)
    for page in ("architecture.md", "client.md")
    for example in re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs" / page).read_text(), re.DOTALL | re.M)
]


@pytest.mark.parametrize(("page", "example"), EXAMPLES)
def test_an_example_of_the_pages_runs(page: str, example: str) -> None:
    assert "assert " in example
    subprocess.run([sys.executable, "-W", "error", "-c", example], check=True, cwd=ROOT, timeout=60)


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text()
    pages = [path.name for path in (ROOT / "docs" / "decisions").glob("*.md") if path.name != "README.md"]
    assert [name for name in pages if f"({name})" not in listed] == []
