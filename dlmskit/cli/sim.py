"""`dlmskit sim`: virtual meters."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import datetime
from typing import Literal

import click
from rich.table import Table

from dlmskit.cli.options import Moment
from dlmskit.cli.terminal import console
from dlmskit.model import registry
from dlmskit.vmeter import defaults
from dlmskit.vmeter.sim import SimMeter

LAST_PORT = 65535


@click.group()
def command() -> None:
    """Virtual meters on this machine, for clients to talk to."""


@command.command("list")
def list_models() -> None:
    """List the models that can be run.

    \b
    dlmskit sim list
    """
    table = Table()
    for column in ("model", "name", "link", ""):
        table.add_column(column)
    for model in registry.models().values():
        if model.connection is not None:
            table.add_row(model.id, model.name, model.connection.link, "fictional" if model.fictional else "")
    console().print(table)


@command.command()
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@click.option(
    "--on",
    type=click.Choice(["tcp", "pty"]),
    default="tcp",
    show_default=True,
    help="TCP on 127.0.0.1, or a pseudo-terminal.",
)
@click.option(
    "--port",
    type=click.IntRange(0, LAST_PORT),
    default=0,
    help="TCP port of the first meter, the next ones count up; 0 picks free ones.",
)
@click.option(
    "--link", type=click.Choice(["hdlc", "wrapper"]), help="Serve a COSEM model over this link instead of its own."
)
@click.option("--seed", type=int, default=defaults.SEED, show_default=True, help="The same seed gives the same load.")
@click.option("--start", type=Moment(), help="Simulated time at the start; now if left out.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Simulated seconds in a second.",
)
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop by itself after so long.")
def run(
    models: tuple[str, ...],
    on: Literal["tcp", "pty"],
    port: int,
    link: Literal["hdlc", "wrapper"] | None,
    seed: int,
    start: datetime | None,
    speed: float,
    seconds: float | None,
) -> None:
    """Run virtual meters until interrupted, and say where each can be reached.

    Their keys and passwords are public test values: the encryption key is 000102..0F, the authentication key D0D1..DF,
    the password 12345678.

    \b
    dlmskit sim run generic
    dlmskit sim run generic zzh zzc --port 14059
    dlmskit sim run zzh --on pty
    """
    if port + len(models) - 1 > LAST_PORT:
        raise click.UsageError(f"{len(models)} meters from port {port} on would pass the last port, {LAST_PORT}")
    with ExitStack() as running:
        for number, model in enumerate(models):
            own_port = port + number if port else 0
            meter = SimMeter(model, seed=seed, start=start, on=on, link=link, port=own_port, speed=speed)
            running.enter_context(meter)
            click.echo(f"{model}  {meter.target}")
        _wait(seconds)


def _wait(seconds: float | None) -> None:
    end = None if seconds is None else time.monotonic() + seconds
    while end is None or time.monotonic() < end:
        time.sleep(0.2 if end is None else min(0.2, max(end - time.monotonic(), 0.0)))
