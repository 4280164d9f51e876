"""`dlmskit get`: read attributes of a meter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
import msgspec
from rich.table import Table

from dlmskit.cli.connection import client, connection_options
from dlmskit.cli.errors import PARTIAL, exit_code
from dlmskit.cli.options import Moment
from dlmskit.cli.terminal import console
from dlmskit.client import Client
from dlmskit.cosem import describe
from dlmskit.cosem.quantity import Quantity
from dlmskit.exceptions import DataAccessError, DecodeError, ServiceError
from dlmskit.obis import Obis
from dlmskit.reading import Profile
from dlmskit.session.operations import ReadOut
from dlmskit.stack.observe.layer import plain

REGISTERS = frozenset({3, 4, 5})
PROFILE = 7
CLOCK = 8

Period = tuple[datetime | None, datetime | None]


class Item(msgspec.Struct, frozen=True):
    """What is to be read: ``[CLASS/]NAME[/ATTRIBUTE]``."""

    where: str
    class_id: int | None
    attribute: int

    @classmethod
    def parse(cls, text: str) -> Item:
        """Raises `click.UsageError` for a text of another form."""
        match text.split("/"):
            case [where]:
                return cls(where, None, 2)
            case [first, where] if first.isdigit() and int(first) < 0x10000 and not where.isdigit():
                return cls(where, int(first), 2)
            case [where, last] if last.isdigit():
                return cls(where, None, int(last))
            case [first, where, last] if first.isdigit() and last.isdigit():
                return cls(where, int(first), int(last))
        raise click.UsageError(f"{text!r} is no item: wanted [CLASS/]NAME[/ATTRIBUTE], like 1-0:1.8.0 or 8/0-0:1.0.0/2")


@click.command()
@click.argument("target")
@click.argument("items", nargs=-1)
@connection_options
@click.option("--from", "start", type=Moment(), help="First row of profiles, a time in ISO 8601 with an offset.")
@click.option("--to", "end", type=Moment(), help="Last row of profiles.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def command(
    target: str,
    items: tuple[str, ...],
    start: datetime | None,
    end: datetime | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Read ITEMS of the meter at TARGET; without items, list what it has (or its data read-out).

    TARGET is tcp://host:4059 (wrapper), tcp+hdlc://host:4001, serial:///dev/ttyUSB0?baud=9600 (HDLC),
    optical:///dev/ttyUSB0 (IEC 62056-21 sign-on) or sim:MODEL (a virtual meter). An item is an OBIS code or a name of
    the model, with the class before and the attribute behind where they are not evident.

    \b
    dlmskit get sim: 1-0:1.8.0 0-0:1.0.0
    dlmskit get sim: 1-0:99.1.0 --from 2026-11-21T00:00Z --to 2026-11-21T06:00Z
    dlmskit get tcp://192.0.2.7:4059 1-0:1.8.0 --client 1 --guek env:GUEK --gak env:GAK
    dlmskit get serial:///dev/ttyUSB0 3/1-0:1.8.0/3 --client 32 --password env:LLS
    """
    wanted = [Item.parse(text) for text in items]
    with client(target, **options) as meter:
        if not wanted:
            rows = _everything(meter)
        elif _is_ascii(meter):
            found = _read_out(meter)
            rows = [_chosen(found, item) for item in wanted]
        else:
            classes = _classes(meter, wanted)
            rows = [_read(meter, item, classes, (start, end)) for item in wanted]
    if as_json:
        click.echo(msgspec.json.encode({"schema": "dlmskit/read/1", "items": rows}))
    else:
        _print(rows)
    failed = [row for row in rows if "error" in row]
    if failed:
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        click.echo(f"error: {failed[0].get('obis') or failed[0]['address']}: {failed[0]['error']}{more}", err=True)
        raise SystemExit(failed[0]["code"] if len(failed) == len(rows) else PARTIAL)


def _is_ascii(meter: Client) -> bool:
    connection = meter.model.connection if meter.model is not None else None
    return connection is not None and connection.link == "iec21"


def _everything(meter: Client) -> list[dict[str, Any]]:
    if _is_ascii(meter):
        return _read_out(meter)
    return [
        {"class_id": row.class_id, "obis": str(row.obis), "name": describe(row.obis) or "", "version": row.version}
        for row in meter.objects()
    ]


def _read_out(meter: Client) -> list[dict[str, Any]]:
    return [
        {"address": data_set.address, "value": value.value, "unit": value.unit}
        for data_set in meter.run(ReadOut())
        for value in data_set.values
    ]


def _chosen(rows: list[dict[str, Any]], item: Item) -> dict[str, Any]:
    found = next((row for row in rows if row["address"] == item.where), None)
    return found or {"address": item.where, "error": "not in the read-out", "code": 6}


def _classes(meter: Client, items: list[Item]) -> dict[Obis, int]:
    """Classes of the logical names whose class was not said: from the model, else from the meter's object list."""
    model = meter.model
    unknown = {_obis(meter, item) for item in items if item.class_id is None}
    known = {row.obis: row.class_id for row in (model.objects if model else ()) if row.obis and row.class_id}
    if not unknown <= known.keys():
        known.update({row.obis: row.class_id for row in meter.objects()})
    return {obis: class_id for obis, class_id in known.items() if obis is not None}


def _obis(meter: Client, item: Item) -> Obis:
    try:
        return meter.reader.obis(item.where)
    except DecodeError as error:
        raise click.UsageError(f"no object is named so: {error.reason}") from None


def _read(meter: Client, item: Item, classes: dict[Obis, int], period: Period) -> dict[str, Any]:
    obis = _obis(meter, item)
    row: dict[str, Any] = {"obis": str(obis), "name": describe(obis) or ""}
    class_id = item.class_id or classes.get(obis)
    try:
        if class_id is None:
            raise DataAccessError("object-undefined", str(obis))
        row |= {"class_id": class_id, "attribute": item.attribute}
        if class_id in REGISTERS and item.attribute == 2:
            return row | _quantity(meter.register(obis, class_id))
        if class_id == CLOCK and item.attribute == 2:
            return row | {"value": str(meter.clock())}
        if class_id == PROFILE and item.attribute == 2:
            return row | _profile(meter.profile(obis, *period))
        return row | {"value": plain(meter.get(class_id, obis, item.attribute).value)}
    except ServiceError as error:
        return row | {"error": error.result, "code": exit_code(error)}


def _profile(profile: Profile) -> dict[str, Any]:
    units = [column.unit.symbol if column.unit is not None else "" for column in profile.columns]
    return {
        "value": f"{len(profile.rows)} rows",
        "columns": [{"name": column.name, "unit": unit} for column, unit in zip(profile.columns, units, strict=True)],
        "rows": [[_cell(cell) for cell in row.cells] for row in profile.rows],
    }


def _cell(cell: Any) -> Any:
    return str(cell.value) if isinstance(cell, Quantity) else plain(cell)


def _quantity(quantity: Quantity) -> dict[str, Any]:
    return {"value": str(quantity.value), "unit": quantity.unit.symbol if quantity.unit is not None else ""}


COLUMNS = ("class_id", "obis", "address", "name", "attribute", "version", "value", "unit")


def _print(rows: list[dict[str, Any]]) -> None:
    shown = [row | {"value": f"[red]{row['error']}[/red]"} if "error" in row else row for row in rows]
    columns = [name for name in COLUMNS if any(name in row for row in shown)]
    table = Table()
    for name in columns:
        table.add_column(name, justify="right" if name == "value" else "left")
    for row in shown:
        table.add_row(*(str(row.get(name, "")) for name in columns))
    console().print(table)
    for row in rows:
        if "rows" in row:
            console().print(_profile_table(row))


def _profile_table(row: dict[str, Any]) -> Table:
    table = Table(title=f"{row['obis']} {row['name']}", title_justify="left")
    for column in row["columns"]:
        table.add_column(f"{column['name']} {column['unit']}".rstrip(), justify="right")
    for cells in row["rows"]:
        table.add_row(*("" if cell is None else str(cell) for cell in cells))
    return table
