"""docs/classes.md from declarations and witnesses; ``PYTHONPATH=tests python -m cosem.class_page`` writes it."""

from __future__ import annotations

from pathlib import Path

from dlmskit.cosem import interface_class
from dlmskit.cosem.classes.names import NAMES
from dlmskit.cosem.interface import Attribute, InterfaceClass, Method

from .witnesses import witnesses

PAGE = Path(__file__).parent.parent.parent / "docs" / "classes.md"
_HEAD = """# Interface classes

Made from the declarations in `dlmskit.cosem.classes`, which client, virtual meter, translator and test strategies use
as well. A *typed* class has its attributes declared down to the fields of structures; *single* says that one source
alone shows them; a class *by name* keeps its data and works by index. A version or a name with a question mark is
given by one source only. A *witness* is something that we did not write and that a test compares
(`tests/cosem/test_witnesses.py`, `tests/interop/test_peer_classes.py`).

| class | name | version | | witness |
|---|---|---|---|---|
"""


def render() -> str:
    """The page."""
    rows, details = [], []
    for class_id, named in NAMES.items():
        for version in named.versions or (0,):
            declared = interface_class(class_id, version)
            marks = ("?" if version in named.seen_once else "") if named.versions else "unknown"
            shown = f"{version}{marks}" if named.versions else marks
            name = named.name + ("" if named.verified else " ?")
            seen = "; ".join(witnesses(class_id, version)) if declared.exact else ""
            rows.append(f"| {class_id} | {name} | {shown} | {_state(declared)} | {seen} |")
            if declared.exact:
                details.append(_details(declared))
    return _HEAD + "\n".join(rows) + "\n\n" + "\n".join(details)


def _state(declared: InterfaceClass) -> str:
    if declared.declared_version is not None:
        return f"as version {declared.declared_version}"
    return {"agreed": "typed", "single": "typed, single", "name": "by name"}[declared.confidence]


def _details(declared: InterfaceClass) -> str:
    lines = [f"## {declared.class_id} {declared.name}, version {declared.version}", ""]
    lines += [_attribute(item) for item in declared.attributes[1:]]
    lines += [_method(item) for item in declared.methods]
    return "\n".join(lines) + "\n"


def _attribute(item: Attribute) -> str:
    notes = ["static" if item.static else "dynamic"]
    notes += [f"selectors {', '.join(map(str, item.selectors))}"] if item.selectors else []
    notes += ["secret"] if item.secret else []
    return f"{item.index}. `{item.name}` ({'; '.join(notes)}): {item.form}"


def _method(item: Method) -> str:
    answer = f"; answers {item.answer}" if item.answer is not None else ""
    return f"- method {item.index} `{item.name}`: {item.form}{answer}"


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
