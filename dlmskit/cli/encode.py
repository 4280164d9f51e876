"""`dlmskit encode`: the octets of an APDU that is written as XML or JSON."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dlmskit.notation import from_text


@click.command()
@click.argument("source", metavar="FILE|-", default="-")
@click.option("--binary", is_flag=True, help="Write the octets themselves instead of hex.")
def command(source: str, binary: bool) -> None:
    """Encode one APDU of a FILE, or of standard input (-), and write it as hex.

    XML and JSON are told apart by their first character; docs/notation.md says what they hold.

    \b
    dlmskit decode --xml C401C1000202060001E2401601 > answer.xml
    dlmskit encode answer.xml
    """
    octets = from_text(_text(source)).to_bytes()
    if binary:
        sys.stdout.buffer.write(octets)
    else:
        click.echo(octets.hex().upper())


def _text(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise click.UsageError(f"cannot read {source}: {reason}") from None
