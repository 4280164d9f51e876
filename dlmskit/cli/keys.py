"""`dlmskit keys`: key files under a passphrase."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from dlmskit.cli.options import HexOctets, key_set, passphrase, passphrase_option, secret_options
from dlmskit.cli.terminal import console
from dlmskit.exceptions import KeyUnavailable
from dlmskit.store.encrypted import is_encrypted, read_encrypted, write_encrypted
from dlmskit.store.key_text import read_private
from dlmskit.store.keys import key_table, read_keys

EMPTY = "keys = []\n"
_NEW = click.Path(dir_okay=False, path_type=Path)
_THERE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Key files under a passphrase, for `--keys` of other commands."""


@command.command()
@click.argument("file", type=_NEW)
@passphrase_option
def new(file: Path) -> None:
    """Make an encrypted key FILE without any keys yet.

    \b
    dlmskit keys new meters.keys
    dlmskit keys new meters.keys --passphrase file:/run/secrets/passphrase
    """
    if file.exists():
        raise click.UsageError(f"{file} is there already")
    write_encrypted(file, EMPTY, passphrase(f"Passphrase for {file}", new=True))


@command.command()
@click.argument("file", type=_THERE)
@click.option("--system-title", type=HexOctets(), help="The meter that has these keys; without it, every other meter.")
@secret_options
@passphrase_option
def add(file: Path, system_title: bytes | None, **written: str | None) -> None:
    """Add the keys of one meter to an encrypted key FILE.

    \b
    dlmskit keys add meters.keys --system-title 4B464D1020013F2A --guek env:GUEK --gak file:gak.hex
    """
    keys = key_set(**written)
    if keys is None:
        raise click.UsageError("nothing to add: give --guek, --gak or --password")
    if not is_encrypted(file):
        raise KeyUnavailable(f"{file} is not encrypted: dlmskit keys new makes a file that is")
    phrase = passphrase(f"Passphrase of {file}")
    text = read_encrypted(file, phrase).removeprefix(EMPTY)
    write_encrypted(file, text + key_table(keys, system_title or b""), phrase)


@command.command("list")
@click.argument("file", type=_THERE)
@passphrase_option
def list_keys(file: Path) -> None:
    """Say whose keys a key FILE holds, by fingerprints.

    \b
    dlmskit keys list meters.keys
    """
    text = read_encrypted(file, passphrase(f"Passphrase of {file}")) if is_encrypted(file) else read_private(file)
    default, by_title, pairs = read_keys(text, file)
    table = Table()
    for column in ("meter", "suite", "key", "fingerprint"):
        table.add_column(column)
    sets = {title.hex().upper(): (keys, pairs.get(title)) for title, keys in by_title.items()}
    if default is not None:
        sets["every other"] = (default, pairs.get(b""))
    for meter, (keys, pair) in sets.items():
        found = keys.fingerprints() | ({"key pairs": "set"} if pair is not None else {})
        for name, fingerprint in found.items():
            table.add_row(meter, str(keys.suite.value), name, fingerprint)
    console().print(table)
