"""Pushes: when and in which form a meter sends them, and templates of how the body of one kind of push is laid out.

A template names one of the grammars of `dlmskit.translate.push_body` and fills it with what the octets themselves do
not say: which OBIS code stands at which position, and which scaler and unit a code has.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from dlmskit.cosem.units import Unit
from dlmskit.enums import DataType
from dlmskit.model.service import Index
from dlmskit.obis import Obis

Grammar = Literal["codes", "object-list", "positions"]
"""How values and codes are arranged in the body:

``codes``: every value after its OBIS code, in one flat list or in structures, some followed by {scaler, unit};
``object-list``: first the list of pushed attributes, then their values in its order;
``positions``: values only."""


class PushRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`push` of an object of class 40: what a Push setup does not say itself."""

    association: str = ""
    """whose client receives it and whose keys and protection it has; empty for the first of the model"""
    form: Literal["data-notification", "event-notification"] = "data-notification"
    """an event-notification tells of the first object of the list only"""
    on: tuple[str, ...] = ()
    """events of the firmware that it is sent on, by name: ``power-down``, ``replace-battery`` ..."""


Scaler = Annotated[int, msgspec.Meta(ge=-128, le=127)]


class PushField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of a template.

    In ``positions`` the order of the fields is the order of the values. In the other grammars the field is found by
    `obis` and `attribute`. A field without a `unit` is no metered value: it stays the number or text that it is.
    """

    name: str = ""
    """what the value is, where its OBIS code does not say it or it has none"""
    obis: Obis | None = None
    attribute: Index = 2
    type: DataType | None = None
    """what must stand there, None for anything"""
    octets: int | None = None
    """exact length of a string, where it tells this shape from others"""
    text: str | None = None
    """exact content of a string, for a list identifier"""
    scaler: Scaler | Literal["unknown"] = 0
    """``"unknown"``: only a zero can be told, anything else stays unscaled"""
    unit: Unit | None = None
    time: bool = False
    """the stamp that belongs to all values of the body"""


class PushTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[push]]`: one kind of push body of one kind of meter.

    `lead` is for ``object-list``: the attributes of class 40 that the list must begin with.
    """

    name: str
    grammar: Grammar
    source: str
    confidence: Literal["witnessed", "seen", "common-knowledge", "unwitnessed", "fictional"]
    field: tuple[PushField, ...] = ()
    lead: tuple[PushField, ...] = ()

    @property
    def anonymous(self) -> bool:
        """Whether nothing in the body but types says that it is this one: no identifier and no stamp."""
        return self.grammar == "positions" and not any(
            each.text is not None or each.octets is not None or each.time for each in self.field
        )
