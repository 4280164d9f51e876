"""The explained tree on a terminal: one line a layer or field, each with the octets it stands in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import click

from dlmskit.stack.observe.layer import Field, Layer, Problem, plain

PROBLEM_WORDS = {
    "octets": "stopped",
    "more": "incomplete",
    "key": "locked",
    "security": "refused",
    "unsupported": "not yet",
}
SHOWN_OCTETS = 64
_GUIDES = ("├── ", "└── ", "│   ", "    ")
_ASCII_GUIDES = ("+-- ", "`-- ", "|   ", "    ")


def show(layer: Layer) -> None:
    """Print one tree for each thing found in the input; colours on a terminal only, and none with NO_COLOR."""
    guides = _GUIDES if (sys.stdout.encoding or "").lower().startswith("utf") else _ASCII_GUIDES
    whole = layer.name != "input" or layer.fields or layer.error is not None
    for root in (layer,) if whole else layer.children:
        for line in tree(root, guides):
            click.echo(line, color=False if os.environ.get("NO_COLOR") else None)


def tree(layer: Layer, guides: tuple[str, str, str, str] = _GUIDES) -> Iterator[str]:
    """`layer` and everything below it, line by line."""
    branch, last_branch, trunk, nothing = guides
    pending: list[tuple[str, str, Layer | str]] = [("", "", layer)]
    while pending:
        before, below, item = pending.pop()
        if isinstance(item, str):
            yield before + item
            continue
        yield before + _layer_line(item)
        parts: list[Layer | str] = [*map(_field_line, item.fields), *item.children]
        parts += [_styled(f"quirk: {quirk}", fg="yellow") for quirk in item.quirks]
        if item.error is not None:
            parts.append(_problem_line(item.error))
        last = len(parts) - 1
        pending += [
            (below + (last_branch if index == last else branch), below + (nothing if index == last else trunk), part)
            for index, part in reversed(list(enumerate(parts)))
        ]


def _styled(text: str, **style: Any) -> str:
    """Text of a meter never moves the cursor: what is not printable is escaped."""
    return click.style(text if text.isprintable() else text.encode("unicode_escape").decode(), **style)


def _layer_line(layer: Layer) -> str:
    line = _styled(f"{layer.role} ", dim=True) if layer.role else ""
    line += _styled(layer.name, fg="cyan", bold=bool(layer.children or layer.fields))
    line += _rest(layer)
    if layer.octets is not None:
        line += _styled(f"  {len(layer.octets)} octets, counted anew below", dim=True)
    return line


def _field_line(field: Field) -> str:
    return _styled(field.name) + _rest(field)


def _rest(item: Layer | Field) -> str:
    """Value, note and place."""
    line = "" if item.value is None else _styled(f" {_value(item.value)}")
    if item.note:
        line += _styled(f"  {item.note}", fg="green")
    return line + _styled(f"  [{_range(item.offset, item.end)}]", dim=True)


def _problem_line(problem: Problem) -> str:
    path = f" in {'/'.join(problem.path)}" if problem.path else ""
    text = f"{PROBLEM_WORDS[problem.kind]}: {problem.reason} (octet {problem.offset}{path})"
    return _styled(text, fg="red", bold=True)


def _range(offset: int, end: int) -> str:
    return f"{offset}" if end <= offset + 1 else f"{offset}..{end - 1}"


def _value(value: object) -> str:
    shown = str(plain(value))
    return shown if len(shown) <= 2 * SHOWN_OCTETS else f"{shown[: 2 * SHOWN_OCTETS]}... ({len(shown) // 2} octets)"
