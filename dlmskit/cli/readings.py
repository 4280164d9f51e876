"""Readings of the pushes among observed APDUs, for a terminal and for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from rich.table import Table

from dlmskit.apdu import DataNotification, EventNotificationRequest
from dlmskit.model import registry
from dlmskit.model.device import DeviceModel
from dlmskit.stack.observe.apdus import Message
from dlmskit.stack.observe.layer import plain
from dlmskit.translate.push import Push, Reading
from dlmskit.translate.push_reader import PushReader


class Explained(msgspec.Struct, frozen=True):
    """One push, and whether its tag was verified (None where it travelled in clear)."""

    push: Push
    authenticated: bool | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; metered values are strings, so that no digit is lost."""
        shown: dict[str, Any] = {"grammar": self.push.grammar, "template": self.push.template or None}
        if self.push.time is not None:
            shown["time"] = str(self.push.time)
        if self.authenticated is not None:
            shown["authenticated"] = self.authenticated
        if self.push.unknown is not None:
            shown["unknown"] = self.push.unknown.reason
        return shown | {"items": [_item(reading) for reading in self.push.readings]}


def readings(messages: Iterable[Message], model: DeviceModel | None = None) -> list[Explained]:
    """Each push among `messages`, explained with the templates of the meter's model, or of every installed one."""
    reader = PushReader(registry.push_templates() if model is None else model.pushes)
    found = []
    for message in messages:
        if isinstance(message.apdu, DataNotification | EventNotificationRequest):
            authenticated = None if message.origin is None else message.origin.authenticated
            found.append(Explained(reader.explain(message.apdu, authenticated=authenticated), authenticated))
    return found


def readings_table(explained: Explained) -> Table:
    """One push as a table, or what is known of it when nobody knows its body."""
    push = explained.push
    by = f"template {push.template}" if push.template else push.grammar
    trust = {None: "", True: ", authenticated", False: ", NOT authenticated"}[explained.authenticated]
    if push.unknown is not None:
        table = Table(title=f"Body not known: {push.unknown.reason}", title_justify="left", show_header=False)
        table.add_column()
        table.add_row(push.unknown.stub)
        return table
    table = Table(title=f"Readings ({by}{trust})", title_justify="left")
    for column, justify in (("OBIS", "left"), ("name", "left"), ("value", "right"), ("unit", "left"), ("time", "left")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for reading in push.readings:
        unit = "" if reading.unit is None else reading.unit.symbol
        table.add_row(str(reading.obis or ""), reading.name, _text(reading), unit, str(reading.time or push.time or ""))
    return table


def _text(reading: Reading) -> str:
    shown = str(plain(reading.value)) if reading.value is not None else "-"
    return shown if reading.scaled else f"{shown} (scaler not known)"


def _item(reading: Reading) -> dict[str, Any]:
    return {
        "obis": None if reading.obis is None else str(reading.obis),
        "name": reading.name,
        "value": plain(reading.value),
        "unit": None if reading.unit is None else reading.unit.symbol,
        "time": None if reading.time is None else str(reading.time),
        "scaled": reading.scaled,
    }
