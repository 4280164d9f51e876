"""`dlmskit listen`: pushes as they come in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from dlmskit.cli.models import device_model
from dlmskit.cli.options import HexOctets, key_options, key_store
from dlmskit.cli.readings import Explained, readings_table
from dlmskit.cli.terminal import console
from dlmskit.listener import Listening, Push, PushListener
from dlmskit.model import registry
from dlmskit.store.counters import DurableCounters
from dlmskit.translate.push_reader import PushReader
from dlmskit.transport.target import Target


@click.command()
@click.argument("target", default="tcp://127.0.0.1:4059")
@key_options
@click.option("--model", metavar="ID|FILE", help="What the meters are, so that only its push templates are used.")
@click.option("--allow-unauthenticated", is_flag=True, help="Take pushes in clear too, and say so.")
@click.option("--system-title", type=HexOctets(), help="Ours, to confirm ciphered pushes with; wants --counters.")
@click.option(
    "--counters",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that keeps invocation counters, so that no push is taken twice after a restart.",
)
@click.option("--count", type=click.IntRange(min=1), help="Stop after so many pushes.")
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop after so long.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a push.")
def command(
    target: str,
    key_file: Path | None,
    model: str | None,
    allow_unauthenticated: bool,
    system_title: bytes | None,
    counters: Path | None,
    count: int | None,
    seconds: float | None,
    as_json: bool,
    **written: str | None,
) -> None:
    """Show pushes that come in on TARGET, an address and port of this machine, over TCP or UDP, HDLC or the wrapper.

    \b
    dlmskit listen tcp://0.0.0.0:4059 --keys meters.toml --counters counters.db
    dlmskit listen udp://0.0.0.0:4059 --allow-unauthenticated --json
    """
    if system_title is not None and counters is None:
        raise click.UsageError("--system-title wants --counters: no invocation counter may be used twice")
    place = Target.parse(target)
    if not place.host:
        raise click.UsageError("pushes come in on tcp://HOST:PORT or udp://HOST:PORT")
    reader = PushReader(registry.push_templates() if model is None else device_model(model).pushes)

    def make() -> PushListener:
        return PushListener(
            keys=key_store(key_file, **written),
            counters=None if counters is None else DurableCounters(counters),
            allow_unauthenticated=allow_unauthenticated,
            system_title=system_title or b"",
        )

    with Listening(place.scheme.partition("+")[0], place.host, place.port, make) as pushes:
        click.echo(f"listening on {place.scheme}://{place.host}:{pushes.port}", err=True)
        for push in _taken(pushes, count, seconds):
            said = push.notified
            authenticated = said.authenticated if said.system_title is not None else None
            explained = Explained(reader.explain(said.apdu, authenticated=authenticated), authenticated)
            title = None if said.system_title is None else said.system_title.hex()
            if as_json:
                head = {"schema": "dlmskit/push/1", "sender": push.sender, "system_title": title}
                click.echo(msgspec.json.encode(head | explained.to_dict()))
            else:
                console().print(f"{push.sender}  {title or 'no system title'}")
                console().print(readings_table(explained))
        if pushes.refused:
            click.echo(f"{pushes.refused} messages were refused", err=True)


def _taken(pushes: Listening, count: int | None, seconds: float | None) -> Iterator[Push]:
    """Pushes until there were `count`, `seconds` have passed, or somebody presses Ctrl-C."""
    end = None if seconds is None else time.monotonic() + seconds
    taken = 0
    while count is None or taken < count:
        left = 1.0 if end is None else min(end - time.monotonic(), 1.0)
        if left <= 0:
            return
        if (push := pushes.get(left)) is not None:
            taken += 1
            yield push
