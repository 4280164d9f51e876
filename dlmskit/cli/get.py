"""`dlmskit get`: read attributes of a meter."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from dlmskit.cli.connection import client, connection_options
from dlmskit.cli.options import Span
from dlmskit.cli.where import Item

if TYPE_CHECKING:
    from dlmskit.cli.attributes import Attribute, DataSet
    from dlmskit.client import Client


@click.command()
@click.argument("target")
@click.argument("items", nargs=-1, metavar="WHERE...")
@connection_options
@click.option("-n", "times", type=click.IntRange(1), default=1, help="Read so many times.")
@click.option("--every", type=Span(), default="1s", show_default=True, help="From one reading to the next.")
@click.option("--raw", is_flag=True, help="Values as the meter encodes them, with their types.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a reading instead of a table.")
def command(
    target: str, items: tuple[str, ...], times: int, every: timedelta, raw: bool, as_json: bool, **options: Any
) -> None:
    """Read WHERE... of the meter at TARGET; of a meter with a data read-out, all of it where nothing is named.

    TARGET is tcp://host:4059 (wrapper), tcp+hdlc://host:4001, serial:///dev/ttyUSB0?baud=9600 (HDLC),
    optical:///dev/ttyUSB0 (IEC 62056-21 sign-on) or sim:MODEL (a virtual meter). WHERE is an OBIS code or a name of the
    model, with the class before and the attribute behind where they are not evident: 1-0:1.8.0, 3/1-0:1.8.0/3,
    clock.time. What a meter has, `dlmskit tree` shows.

    \b
    dlmskit get sim: 1-0:1.8.0 clock.time
    dlmskit get sim: 1-0:1.7.0 -n 10 --every 5s
    dlmskit get tcp://192.0.2.7:4059 1-0:1.8.0 --client 1 --guek env:GUEK --gak env:GAK
    dlmskit get serial:///dev/ttyUSB0 3/1-0:1.8.0/3 --client 32 --password env:LLS
    """
    from dlmskit.cli.attributes import finish, show

    wanted = [Item.parse(text) for text in items]
    with client(target, **options) as meter:
        for reading in range(times):
            if reading:
                time.sleep(every.total_seconds())
            rows = _read_out(meter, items) if _is_ascii(meter) else _read(meter, wanted, raw)
            if reading < times - 1:
                show(rows, as_json=as_json)
    show(rows, as_json=as_json)
    finish(rows)


def _is_ascii(meter: Client) -> bool:
    connection = meter.model.connection if meter.model is not None else None
    return connection is not None and connection.link == "iec21"


def _read_out(meter: Client, addresses: tuple[str, ...]) -> list[DataSet]:
    from dlmskit.cli.attributes import DataSet
    from dlmskit.exceptions import DataAccessError
    from dlmskit.session.operations import ReadOut

    found = [
        DataSet(data_set.address, value.value, value.unit)
        for data_set in meter.run(ReadOut())
        for value in data_set.values
    ]
    if not addresses:
        return found
    return [
        next(
            (each for each in found if each.address == address),
            DataSet(address, error=DataAccessError("not in the read-out", address)),
        )
        for address in addresses
    ]


def _read(meter: Client, items: list[Item], raw: bool) -> list[Attribute]:
    from dlmskit.cli.attributes import Attribute, located
    from dlmskit.exceptions import DlmskitError
    from dlmskit.reading.many import fetch
    from dlmskit.session.operations import Get

    if not items:
        raise click.UsageError("say what to read, like 1-0:1.8.0; dlmskit tree TARGET shows what the meter has")
    rows = [located(meter, item) for item in items]
    wanted = [(row.place, row.number) for row in rows if row.place is not None]
    if raw:
        gets = [Get(place.class_id, place.obis, number) for place, number in wanted]
        found = iter(meter.follow(fetch(meter.reader, gets)))
    else:
        found = iter(meter.read_many(wanted))

    def answered(row: Attribute) -> Attribute:
        if row.place is None:
            return row
        value = next(found)
        error = value if isinstance(value, DlmskitError) else None
        return Attribute(row.obis, row.place, row.number, None if error else value, error)

    return [answered(row) for row in rows]
