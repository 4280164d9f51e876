"""What a row says of an object, against the captured bodies that it calls as its witness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from dlmskit.model import registry
from dlmskit.obis import Obis

from .test_registry import BESIDE, VECTORS

_VECTOR = re.compile(r"\b[a-z0-9-]+-[0-9a-f]{12}\b")
Told = tuple[str, list[int] | None]
"""type, and scaler and unit where the body has them"""


def vectors() -> dict[str, dict[Obis, Told]]:
    """By id, what bodies tell of codes that stand before their values."""
    found = {}
    for folder in (VECTORS, BESIDE):
        for file in sorted(folder.glob("*.jsonl")):
            for line in file.read_bytes().splitlines():
                vector = msgspec.json.decode(line)
                found[vector["id"]] = dict(told(vector["expected"]))
    return found


def told(node: Any) -> Iterator[tuple[Obis, Told]]:
    """Codes in front of a value, some with {scaler, unit} behind it."""
    if isinstance(node, dict):
        parts = node.get("v")
        if isinstance(parts, list):
            yield from _pairs(parts)
        for each in node.values():
            yield from told(each)
    elif isinstance(node, list):
        for each in node:
            yield from told(each)


def _pairs(parts: list[Any]) -> Iterator[tuple[Obis, Told]]:
    if isinstance(parts[0] if parts else None, dict) and parts[0].get("t") == "long-unsigned":
        return  # {class, code, attribute ...}: a list of what is pushed
    for at, (code, value) in enumerate(pairwise(parts)):
        if isinstance(code, dict) and code.get("t") == "octet-string" and len(str(code.get("v"))) == 12:
            behind = parts[at + 2] if at + 2 < len(parts) else {}
            scale = [each["v"] for each in behind["v"]] if behind.get("t") == "structure" else None
            yield Obis.from_bytes(bytes.fromhex(code["v"])), (value["t"], scale)


VECTORS_BY_ID = vectors()


@pytest.mark.parametrize("name", sorted(registry.models()))
def test_witnessed_rows_agree_with_their_witnesses(name: str) -> None:
    for row in registry.load(name).objects:
        for id_ in _VECTOR.findall(row.source) if row.confidence == "witnessed" else ():
            found = VECTORS_BY_ID.get(id_, {}).get(row.obis or Obis(0, 0, 0, 0, 0))
            if found is None or row.type is None:
                continue
            kind, scale = found
            assert row.type.label == kind, f"{row.name}: {id_}"
            if scale is not None and len(scale) == 2 and row.unit is not None:
                assert scale == [row.scaler, int(row.unit)], f"{row.name}: {id_}"


def test_there_are_such_witnesses() -> None:
    compared = [
        row.name
        for name in ("adn", "isk-am550", "kam-omnipower")
        for row in registry.load(name).objects
        for id_ in _VECTOR.findall(row.source)
        if row.confidence == "witnessed" and row.obis in VECTORS_BY_ID.get(id_, {})
    ]
    assert len(compared) > 20 or not BESIDE.exists()
