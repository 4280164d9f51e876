"""Values that were read, for people and for JSON."""

from __future__ import annotations

from typing import Any

import msgspec
from rich.text import Text
from rich.tree import Tree

from dlmskit.codec.data import Data
from dlmskit.cosem.quantity import Quantity
from dlmskit.cosem.units import Unit
from dlmskit.notation import data_to_json
from dlmskit.reading.text import line
from dlmskit.stack.observe.layer import plain

_LONGEST = 60
"""characters of a value in a line of its own"""


def to_json(value: Any) -> Any:
    """`value` in types that JSON has; metered values are text, so that no digit is lost."""
    match value:
        case Quantity():
            return {"value": f"{value.value:f}", "unit": unit_text(value.unit)}
        case Unit():
            return value.symbol
        case Data():
            return notation(value)
        case dict():
            return {name: to_json(item) for name, item in value.items()}
        case list() | tuple():
            return [to_json(item) for item in value]
    return plain(value)


def notation(value: Data) -> Any:
    """A Data with the type of every element, as `dlmskit encode` takes it."""
    return msgspec.json.decode(data_to_json(value))


def unit_text(unit: Unit | None) -> str:
    """The unit's symbol, empty where there is none."""
    return "" if unit is None else unit.symbol


def is_nested(value: Any) -> bool:
    """Whether a line cannot hold `value`."""
    return isinstance(value, dict | list) and (len(line(value)) > _LONGEST or _depth(value) > 1)


def _depth(value: Any) -> int:
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if items is None else 1 + max(map(_depth, items), default=0)


def tree(value: Any, title: Text) -> Tree:
    """`value` with a line for each element."""
    root = Tree(title)
    pending = [(root, value)]
    while pending:
        branch, current = pending.pop()
        items = current.items() if isinstance(current, dict) else ((f"[{at}]", each) for at, each in enumerate(current))
        for name, item in items:
            shown = Text(str(name), "dim" if isinstance(current, list) else "cyan")
            if is_nested(item):
                pending.append((branch.add(shown), item))
            else:
                branch.add(shown.append(f" {line(item)}", "default"))
    return root
