"""Attributes that were read, in a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import click
import msgspec
from rich.text import Text

from dlmskit.cli import profiles, values
from dlmskit.cli.errors import PARTIAL, exit_code
from dlmskit.cli.terminal import console, table
from dlmskit.cli.where import Item, NoSuchObject
from dlmskit.client import Client
from dlmskit.cosem.catalogue import describe
from dlmskit.cosem.quantity import Quantity
from dlmskit.exceptions import DlmskitError, ServiceError, UnknownObject
from dlmskit.obis import Obis
from dlmskit.reading import Place, Profile, text

SCHEMA = "dlmskit/read/1"


class Attribute(msgspec.Struct, frozen=True):
    """One attribute and what came for it: a value, typed as the client types it, or the error that stood in its place.

    `place` is None where nothing tells the class of `obis`.
    """

    obis: Obis
    place: Place | None
    number: int
    value: Any = None
    error: DlmskitError | None = None

    @property
    def unit(self) -> str:
        return values.unit_text(self.value.unit) if isinstance(self.value, Quantity) else ""

    @property
    def attribute_name(self) -> str:
        declared = self.place.declaration.attribute(self.number) if self.place is not None else None
        return declared.name if declared is not None else ""

    @property
    def label(self) -> str:
        """What stands in a table for what was read."""
        name = describe(self.obis) or (self.place.declaration.name if self.place is not None else "")
        return name if self.number == 2 else f"{name} {self.attribute_name or self.number}".strip()

    def to_json(self) -> dict[str, Any]:
        """Metered values are text; what failed has `error` and the exit `code` that it stands for."""
        shown: dict[str, Any] = {"obis": str(self.obis), "name": describe(self.obis) or ""}
        if self.place is not None:
            shown |= {
                "class_id": self.place.class_id,
                "attribute": self.number,
                "attribute_name": self.attribute_name,
            }
        match self.value:
            case _ if self.error is not None:
                return shown | {"error": reason(self.error), "code": exit_code(self.error)}
            case Quantity():
                return shown | {"value": text.line(self.value), "unit": self.unit}
            case Profile():
                return shown | {"value": f"{len(self.value.rows)} rows"} | profiles.to_json(self.value)
        return shown | {"value": values.to_json(self.value)}


class DataSet(msgspec.Struct, frozen=True):
    """One value of a data read-out, or that it is not there."""

    address: str
    value: str = ""
    unit: str = ""
    error: DlmskitError | None = None

    def to_json(self) -> dict[str, Any]:
        if self.error is not None:
            return {"address": self.address, "error": reason(self.error), "code": exit_code(self.error)}
        return {"address": self.address, "value": self.value, "unit": self.unit}


def reason(error: DlmskitError) -> str:
    """What the meter said, without the place that stands beside it."""
    return error.result if isinstance(error, ServiceError) else str(error)


def show(rows: Sequence[Attribute | DataSet], *, as_json: bool) -> None:
    """Print what was read."""
    if as_json:
        click.echo(msgspec.json.encode({"schema": SCHEMA, "items": [row.to_json() for row in rows]}))
        return
    screen = console()
    screen.print(_table(rows))
    for row in rows:
        if isinstance(row, Attribute) and row.error is None:
            title = Text(f"{row.obis} {row.label}", "bold")
            if isinstance(row.value, Profile):
                screen.print(profiles.as_table(row.value))
            elif values.is_nested(row.value):
                screen.print(values.tree(row.value, title))


def _table(rows: Sequence[Attribute | DataSet]) -> Any:
    shown = table()
    shown.add_column("address" if rows and isinstance(rows[0], DataSet) else "OBIS", no_wrap=True)
    if not rows or isinstance(rows[0], Attribute):
        shown.add_column("name")
    shown.add_column("value", justify="right", overflow="fold")
    shown.add_column("unit")
    for row in rows:
        value = Text(reason(row.error), "red") if row.error is not None else Text(_value(row), "bold")
        first = [row.address] if isinstance(row, DataSet) else [str(row.obis), row.label]
        shown.add_row(*first, value, row.unit)
    return shown


def _value(row: Attribute | DataSet) -> str:
    if isinstance(row.value, Profile):
        return f"{len(row.value.rows)} rows"
    return f"{len(row.value)} elements" if values.is_nested(row.value) else text.line(row.value)


def finish(rows: Sequence[Attribute | DataSet]) -> None:
    """Leave with an error line and its exit code where something failed: its own where all did, else partial."""
    failed = [row for row in rows if row.error is not None]
    if failed:
        _leave(failed[0], len(failed) - 1, partial=len(failed) < len(rows))


def _leave(row: Attribute | DataSet, more: int, *, partial: bool) -> NoReturn:
    assert row.error is not None
    where = row.address if isinstance(row, DataSet) else row.obis
    others = f" (and {more} more)" if more else ""
    click.echo(f"error: {where}: {reason(row.error)}{others}", err=True)
    raise SystemExit(PARTIAL if partial else exit_code(row.error))


def located(meter: Client, item: Item) -> Attribute:
    """The attribute that `item` names; what the meter does not have is an error in it.

    Raises `click.UsageError` for an attribute that the class has not.
    """
    number = 2 if item.attribute is None else item.attribute
    try:
        place = item.place(meter)
    except NoSuchObject as error:
        obis = item.obis(meter)
        return Attribute(obis, None, number if isinstance(number, int) else 2, error=error)
    try:
        return Attribute(place.obis, place, place.attribute(number))
    except UnknownObject as error:
        raise click.UsageError(str(error)) from None
