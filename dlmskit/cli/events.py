"""`dlmskit events`: event logs, decoded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dlmskit.cli.connection import client, connection_options
from dlmskit.cli.options import Last, Moment
from dlmskit.cli.where import Item

if TYPE_CHECKING:
    from rich.table import Table

    from dlmskit.reading import Event

STANDARD_LOG = "0-0:99.98.0"


@click.command()
@click.argument("target")
@click.argument("log", default=STANDARD_LOG)
@connection_options
@click.option(
    "--last", type=Last(), help="The last 36h, 2d or 1w by this computer's clock, or the last so many events."
)
@click.option("--from", "start", type=Moment(), help="First event, a time in ISO 8601 with an offset.")
@click.option("--to", "end", type=Moment(), help="Last event.")
@click.option("--codes", metavar="MODEL", help="Take the meaning of codes from this model's table of the log.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def command(
    target: str,
    log: str,
    last: timedelta | int | None,
    start: datetime | None,
    end: datetime | None,
    codes: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Show the events in LOG, the standard event log where nothing else is said, of the meter at TARGET.

    What a code means stands in the event table of the meter's model; without one, codes stay numbers.

    \b
    dlmskit events tcp://192.0.2.7:4059 --model dsmr --last 7d
    dlmskit events tcp://192.0.2.7:4059 0-0:99.98.1 --codes dsmr --last 20 --json
    """
    if last is not None and (start is not None or end is not None):
        raise click.UsageError("--last, and --from with --to, are two ways to say which events: use one")
    item = Item.parse(log)
    if isinstance(last, timedelta):
        start = datetime.now().astimezone() - last
    with client(target, **options) as meter:
        place = item.place(meter)
        table = _table_of(codes, place.obis)
        found = meter.events(place.obis, start, end, last=last if isinstance(last, int) else None, table=table)
    if as_json:
        items = [_json(event) for event in found]
        click.echo(msgspec.json.encode({"schema": "dlmskit/events/1", "obis": str(place.obis), "items": items}))
        return
    from dlmskit.cli.terminal import console

    screen = console()
    screen.print(_table(found))
    if screen.is_terminal or not found:
        click.echo(f"{len(found)} event{'s' * (len(found) != 1)}", err=True)


def _table_of(model: str | None, log: Any) -> Any:
    if model is None:
        return None
    from dlmskit.cli.models import device_model

    tables = device_model(model).event_tables
    found = next((each for each in tables if log in each.logs), None)
    if found is None:
        there = ", ".join(str(obis) for each in tables for obis in each.logs) or "none"
        raise click.UsageError(f"model {model} has no event table for {log} (it has: {there})")
    return found


def _json(event: Event) -> dict[str, Any]:
    from dlmskit.cli import values

    return {
        "time": None if event.time is None else str(event.time),
        "code": event.code,
        "label": event.label,
        "source": event.source,
        "details": values.to_json(event.details),
    }


def _table(events: tuple[Event, ...]) -> Table:
    from rich.text import Text

    from dlmskit.cli import terminal
    from dlmskit.reading import text

    shown = terminal.table("time")
    shown.add_column("code", justify="right")
    shown.add_column("event")
    details = list(dict.fromkeys(name for event in events for name in event.details))
    for name in details:
        shown.add_column(name)
    for event in events:
        time = "-" if event.time is None else text.moment(event.time)
        label = Text(event.label, "bold") if event.label else Text("not in a table of codes", "dim")
        shown.add_row(time, str(event.code), label, *(text.line(event.details.get(name)) for name in details))
    return shown
