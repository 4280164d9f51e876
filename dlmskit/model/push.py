"""Rows of push templates: how the body of one kind of push is laid out.

A template names one of the grammars of `dlmskit.translate.push` and fills it with what the octets themselves do not
say: which OBIS code stands at which position, and which scaler and unit an OBIS code has.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from dlmskit.cosem.units import Unit
from dlmskit.enums import DataType
from dlmskit.obis import Obis

Grammar = Literal["positions", "pairs", "object-list", "triplets"]
"""How values and codes are arranged; `dlmskit.translate.push` reads each."""


class PushField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of a template.

    In grammar ``positions`` the order of the fields is the order of the values and `type` is what must stand there. In
    the others the field is found by `obis`. A field without `obis` is carried under its `name` only; ``"-"`` as `name`
    means that the value is there and is not a reading. `time` marks the stamp that belongs to all readings.
    """

    name: str
    obis: Obis | None = None
    type: DataType | None = None
    octets: int | None = None
    """exact length of a string value, where it is part of the shape"""
    text: str | None = None
    """exact content of a string value, for a list identifier"""
    scaler: int = 0
    unit: Unit | None = None
    time: bool = False


class PushTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[push]]`: one kind of push body of one kind of meter."""

    name: str
    grammar: Grammar
    source: str
    confidence: Literal["witnessed", "seen", "common-knowledge", "unwitnessed", "fictional"]
    field: tuple[PushField, ...] = ()
