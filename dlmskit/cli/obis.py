"""`dlmskit obis`: what a code means, and which codes mean something."""

from __future__ import annotations

from typing import Any

import click
import msgspec
from rich.table import Table

from dlmskit.cli.terminal import console
from dlmskit.cosem import catalogue
from dlmskit.exceptions import DecodeError
from dlmskit.obis import Obis, complete


@click.command()
@click.argument("words", metavar="CODE|TEXT", nargs=-1, required=True)
@click.option("--country", type=click.Choice(catalogue.COUNTRIES, case_sensitive=False), help="Its own meanings, too.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Most answers to a text.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def command(words: tuple[str, ...], country: str | None, limit: int, as_json: bool) -> None:
    """Say what an OBIS CODE means, or find the codes for a TEXT.

    A code may be written in any usual way: 1-0:1.8.0*255, 1.0.1.8.0.255, 1.8.0, 1.8.0*01, 0100010800FF, C.1.0.

    \b
    dlmskit obis 1-0:1.8.2
    dlmskit obis import active energy tariff 2
    """
    text = " ".join(words)
    try:
        rows = [_code(complete(text), country or "")]
    except DecodeError:
        rows = [_found(found) for found in catalogue.search(text, limit=limit, country=country or "")]
    if as_json:
        click.echo(msgspec.json.encode({"schema": "dlmskit/obis/1", "items": rows}))
        return
    if not rows:
        raise click.UsageError(f"nothing in the catalogue has the words {text!r}")
    console().print(_table(rows))


def _code(obis: Obis, country: str) -> dict[str, Any]:
    return {
        "obis": str(obis),
        "short": obis.short,
        "hex": obis.to_bytes().hex().upper(),
        "meaning": catalogue.describe(obis, country),
        "explained": catalogue.explain(obis, country),
        "source": catalogue.source(obis, country),
    }


def _found(found: catalogue.Found) -> dict[str, Any]:
    return {
        "obis": str(found.obis),
        "short": found.obis.short,
        "pattern": found.pattern,
        "meaning": found.text,
        "explained": catalogue.explain(found.obis, found.country),
        "source": found.source,
    }


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("code", "short", "meaning", "source")
    for row in rows:
        table.add_row(row["obis"], row["short"], row["explained"], row["source"] or "not in the catalogue")
    return table
