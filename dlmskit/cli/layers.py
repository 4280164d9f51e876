"""The explained tree on a terminal: one line a layer or field, each with the octets it stands in."""

from __future__ import annotations

from rich.text import Text
from rich.tree import Tree

from dlmskit.stack.observe.layer import Field, Layer, Problem, plain

PROBLEM_WORDS = {
    "octets": "stopped",
    "more": "incomplete",
    "key": "locked",
    "security": "refused",
    "unsupported": "not yet",
}
SHOWN_OCTETS = 64


def tree(layer: Layer) -> Tree:
    """`layer` and everything below it."""
    root = Tree(_layer_line(layer))
    pending = [(root, layer)]
    while pending:
        branch, current = pending.pop()
        for field in current.fields:
            branch.add(_field_line(field))
        for child in current.children:
            pending.append((branch.add(_layer_line(child)), child))
        for quirk in current.quirks:
            branch.add(Text(f"quirk: {quirk}", "yellow"))
        if current.error is not None:
            branch.add(_problem_line(current.error))
    return root


def roots(layer: Layer) -> list[Tree]:
    """One tree for each thing found in the input."""
    if layer.name != "input" or layer.fields or layer.error is not None:
        return [tree(layer)]
    return [tree(child) for child in layer.children]


def _layer_line(layer: Layer) -> Text:
    line = Text()
    if layer.role:
        line.append(f"{layer.role} ", "dim")
    line.append(layer.name, "bold cyan" if layer.children or layer.fields else "cyan")
    if layer.value is not None:
        line.append(f" {_value(layer.value)}")
    if layer.note:
        line.append(f"  {layer.note}", "green")
    line.append(f"  [{_range(layer.offset, layer.end)}]", "dim")
    if layer.octets is not None:
        line.append(f"  {len(layer.octets)} octets, counted anew below", "dim")
    return line


def _field_line(field: Field) -> Text:
    line = Text(f"{field.name}", "default")
    if field.value is not None:
        line.append(f" {_value(field.value)}")
    if field.note:
        line.append(f"  {field.note}", "green")
    return line.append(f"  [{_range(field.offset, field.end)}]", "dim")


def _problem_line(problem: Problem) -> Text:
    path = f" in {'/'.join(problem.path)}" if problem.path else ""
    return Text(f"{PROBLEM_WORDS[problem.kind]}: {problem.reason} (octet {problem.offset}{path})", "bold red")


def _range(offset: int, end: int) -> str:
    return f"{offset}" if end <= offset + 1 else f"{offset}..{end - 1}"


def _value(value: object) -> str:
    shown = str(plain(value))
    return shown if len(shown) <= 2 * SHOWN_OCTETS else f"{shown[: 2 * SHOWN_OCTETS]}... ({len(shown) // 2} octets)"
