"""`dlmskit clock`: the meter's time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dlmskit.cli.confirmation import confirm, yes_option
from dlmskit.cli.connection import client, connection_options
from dlmskit.cli.options import Moment

if TYPE_CHECKING:
    from dlmskit.client import Client
    from dlmskit.codec.date_time import CosemDateTime

OBJECT = "0-0:1.0.0"


class Now(Moment):
    """An option's value as an aware time, or None for now."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value == "now" else super().convert(value, param, ctx)


@click.group()
def command() -> None:
    """The meter's clock: how late it is there, and setting it."""


@command.command()
@click.argument("target")
@connection_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(target: str, as_json: bool, **options: Any) -> None:
    """Show the time of the meter at TARGET and how far it is from this computer's clock.

    \b
    dlmskit clock show sim:
    dlmskit clock show tcp://192.0.2.7:4059 --json
    """
    with client(target, **options) as meter:
        stamp, shown = _state(meter)
    _print(stamp, shown, as_json)


@command.command("set")
@click.argument("target")
@connection_options
@click.option("--to", "moment", type=Now(), default="now", show_default=True, help="A time in ISO 8601, or now.")
@yes_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def set_(target: str, moment: datetime | str, yes: bool, as_json: bool, **options: Any) -> None:
    """Set the clock of the meter at TARGET, by this computer's clock or to a stated time, and read it back.

    \b
    dlmskit clock set sim: --yes
    dlmskit clock set tcp://192.0.2.7:4059 --to 2026-11-21T12:00+01:00 --client 1 --guek env:GUEK --gak env:GAK
    """
    confirm(f"Set the clock of {target} to {moment}?", yes=yes)
    with client(target, **options) as meter:
        written = meter.set_clock(None if isinstance(moment, str) else moment)
        stamp, shown = _state(meter)
    _print(stamp, {"written": str(written)} | shown, as_json)


def _state(meter: Client) -> tuple[CosemDateTime, dict[str, Any]]:
    """The time and, where a stamp means one instant, how far it is off. Asked for once."""
    from dlmskit.exceptions import NotRepresentable

    try:
        drift = meter.clock_drift()
    except NotRepresentable as error:
        stamp = meter.clock()
        return stamp, {"time": str(stamp), "drift": None, "why": str(error)}
    half = drift.round_trip.total_seconds() / 2
    seconds = round(drift.offset.total_seconds(), 3)
    return drift.stamp, {"time": str(drift.stamp), "drift": seconds, "known_to": round(half, 3)}


def _print(stamp: CosemDateTime, shown: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode({"schema": "dlmskit/clock/1"} | shown))
        return
    from dlmskit.reading.text import moment

    click.echo(moment(stamp))
    click.echo(_drift(shown))


def _drift(shown: dict[str, Any]) -> str:
    if shown["drift"] is None:
        return f"drift not known: {shown['why']}"
    seconds, known_to = abs(shown["drift"]), max(shown["known_to"], 0.01)
    if seconds <= known_to:
        return f"as this computer's clock, to {known_to:.2f} s"
    side = "ahead of" if shown["drift"] > 0 else "behind"
    return f"{_length(seconds)} {side} this computer's clock, to {known_to:.2f} s"


def _length(seconds: float) -> str:
    """Seconds in the two largest units that say something."""
    if seconds < 60:
        return f"{seconds:.2f} s"
    whole = round(seconds)
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts = []
    for name, size in units:
        count, whole = divmod(whole, size)
        parts.append((count, name))
    first = next(at for at, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {name}" for count, name in parts[first : first + 2] if count)
