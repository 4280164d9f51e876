"""`dlmskit profile`: load profiles as a table, a picture or a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dlmskit.cli.connection import client, connection_options
from dlmskit.cli.options import Entries, Last, Moment
from dlmskit.cli.where import Item
from dlmskit.exceptions import UnknownObject

if TYPE_CHECKING:
    from dlmskit.client import Client
    from dlmskit.obis import Obis
    from dlmskit.reading import Profile
    from dlmskit.reading.table import ProfileTable

LOAD_PROFILE = "1-0:99.1.0"
PROFILE_GENERIC = 7


@click.command()
@click.argument("target")
@click.argument("where", default=LOAD_PROFILE)
@connection_options
@click.option("--last", type=Last(), help="The last 36h, 2d or 1w by this computer's clock, or the last so many rows.")
@click.option("--from", "start", type=Moment(), help="First row, a time in ISO 8601 with an offset.")
@click.option("--to", "end", type=Moment(), help="Last row.")
@click.option("--entries", type=Entries(), help="Rows by number, from 1.")
@click.option("--columns", metavar="NAME,...", help="Only these columns, and the clock.")
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Write CSV to this file; - for standard output.",
)
@click.option(
    "--parquet", type=click.Path(dir_okay=False, path_type=Path), help="Write Parquet to this file; needs pyarrow."
)
@click.option("--plot", is_flag=True, help="Draw the columns instead of a table.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def command(
    target: str,
    where: str,
    last: timedelta | int | None,
    start: datetime | None,
    end: datetime | None,
    entries: tuple[int, int] | None,
    columns: str | None,
    csv_file: str | None,
    parquet: Path | None,
    plot: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Read the profile WHERE, the load profile where nothing else is said, of the meter at TARGET.

    Without --last, --from, --to or --entries that is all of it. In CSV and JSON values are exact decimals in the unit
    of the column; in Parquet they are decimals, too, with scaler and unit in the metadata of the column. Parquet wants
    rows that are a table, as those of load profiles are.

    \b
    dlmskit profile sim: --last 6h
    dlmskit profile sim: --last 1d --plot
    dlmskit profile sim: --from 2026-11-21T00:00Z --to 2026-11-22T00:00Z --csv day.csv
    dlmskit profile tcp://192.0.2.7:4059 1-0:99.2.0 --entries 1-10 --columns 1-0:1.8.0,1-0:2.8.0 --json
    """
    if sum((last is not None, entries is not None, start is not None or end is not None)) > 1:
        raise click.UsageError("--last, --entries, and --from with --to are three ways to say which rows: use one")
    item = Item.parse(where)
    if item.attribute is not None:
        raise click.UsageError(f"{where!r}: a profile has one buffer, so no attribute is to be said")
    if parquet is not None and find_spec("pyarrow") is None:
        raise click.UsageError("--parquet needs pyarrow, which is not installed: pip install 'dlmskit[parquet]'")
    if isinstance(last, timedelta):
        start = datetime.now().astimezone() - last
    which: dict[str, Any] = {
        "start": start,
        "end": end,
        "last": last if isinstance(last, int) else None,
        "entries": entries,
        "columns": [name.strip() for name in columns.split(",")] if columns else (),
    }
    with client(target, **options) as meter:
        try:
            where_it_is = _place(meter, item)
            if parquet is None:
                profile = meter.profile(where_it_is, **which)
            else:
                table = meter.profile_columns(where_it_is, **which)
        except UnknownObject as error:
            raise click.UsageError(str(error)) from None
    if parquet is not None:
        _write_parquet(table, parquet)
        if csv_file is None and not as_json:
            return
        profile = table.to_profile()
    if csv_file is not None:
        _write_csv(profile, csv_file)
    if as_json:
        _print_json(profile)
    elif csv_file is None:
        _print(profile, plot)


def _place(meter: Client, item: Item) -> Obis:
    """The profile's logical name. Raises `click.UsageError` for an object of another class."""
    place = item.place(meter)
    if place.class_id != PROFILE_GENERIC:
        raise click.UsageError(f"{place.obis} is no profile but {place.declaration.name}; read it with dlmskit get")
    return place.obis


def _print(profile: Profile, plot: bool) -> None:
    from dlmskit.cli import profiles
    from dlmskit.cli.plot import plots
    from dlmskit.cli.terminal import PLOT_WIDTH, console

    screen = console()
    if plot:
        for picture in plots(profile, screen.width if screen.is_terminal else PLOT_WIDTH):
            screen.print(picture)
    else:
        screen.print(profiles.as_table(profile))
    rows = len(profile.rows)
    click.echo(f"{rows} row{'s' * (rows != 1)}", err=True) if screen.is_terminal else None


def _print_json(profile: Profile) -> None:
    from dlmskit.cli import profiles

    head = {"schema": "dlmskit/profile/1", "obis": str(profile.obis)}
    click.echo(msgspec.json.encode(head | profiles.to_json(profile)))


def _write_csv(profile: Profile, name: str) -> None:
    if name == "-":
        profile.to_csv(sys.stdout)
        return
    with _writing(name), Path(name).open("w", encoding="utf-8", newline="") as file:
        profile.to_csv(file)


def _write_parquet(table: ProfileTable, path: Path) -> None:
    import pyarrow.parquet

    from dlmskit.reading.arrow import to_table

    with _writing(path):
        pyarrow.parquet.write_table(to_table(table), path)


@contextmanager
def _writing(name: str | Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.UsageError(f"cannot write {name}: {error.strerror or error}") from None
