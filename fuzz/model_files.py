"""Invariant: any text is a model or raises `PluginLoadError`, and nothing else.

- The error is one line, and its line number lies within the file that it names.
- A model that loads can be shown, and every row of it has a name.

Run ``python -m fuzz model_files``; tests/model/test_invariant.py runs the same.
"""

from __future__ import annotations

from dlmskit.exceptions import PluginLoadError
from dlmskit.model.loader import load_text

FILE = "fuzzed.toml"
PARENT = '[device]\nid = "generic"\nname = "Parent"\n'


def check(text: str) -> bool:
    """Hold the invariant against `text`; whether it is a model."""
    try:
        model = load_text(text, FILE, _find)
    except PluginLoadError as error:
        check_error(error, PARENT if error.file == "generic.toml" else text)
        return False
    assert repr(model)
    named = (*model.associations, *model.objects, *model.quirks, *model.pushes)
    assert all(row.name for row in named)
    return True


def check_error(error: PluginLoadError, text: str) -> None:
    """An error is one line and points into the file."""
    assert len(str(error).splitlines()) == 1, str(error)
    assert error.line is None or 1 <= error.line <= text.count("\n") + 1, str(error)


def _find(model_id: str) -> tuple[str, str]:
    if model_id != "generic":
        raise PluginLoadError(f"no model named {model_id!r}")
    return PARENT, "generic.toml"
