"""`dlmskit demo`: six market commands, three dialects, one shape of answer."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dlmskit.cli.answers import answer_text
from dlmskit.cli.conversation import Frame, frames
from dlmskit.cli.errors import PARTIAL
from dlmskit.cli.terminal import console
from dlmskit.client import connect
from dlmskit.execute.runner import run
from dlmskit.market.outcome import Outcome
from dlmskit.market.services import (
    AnyRequest,
    DisableSupply,
    EnableSupply,
    MarketResponse,
    ReadActiveImportProfile,
    ReadImportRegisters,
    ReadSupplyStatus,
    SynchroniseClock,
    to_json,
)
from dlmskit.model.device import DeviceModel
from dlmskit.model.registry import load
from dlmskit.translate.registry import associations, plan_for
from dlmskit.vmeter import defaults
from dlmskit.vmeter.sim import SimMeter

MODELS = ("generic", "zzh", "zzc")
PROFILE_HOURS = 3
HEX_SHOWN = 60


@click.command()
@click.option(
    "--frames",
    "frames_shown",
    type=click.IntRange(0),
    default=12,
    show_default=True,
    help="Frames shown for each command; 0 for all.",
)
@click.option("--seed", type=int, default=defaults.SEED, show_default=True, help="Seed of the meters' load.")
def command(frames_shown: int, seed: int) -> None:
    """Start three virtual meters on 127.0.0.1 and send the same six market commands to each.

    For every command you see the market request, the native frames with what they say, and the market answer; at the
    end one table holds the answers of all meters. The makers ZZH and ZZC are invented.

    \b
    dlmskit demo
    dlmskit demo --frames 0 | less
    """
    screen = console()
    began = time.monotonic()
    now = datetime.now(UTC)
    requests = _requests(now)
    answers: dict[str, list[MarketResponse]] = {request.service: [] for request in requests}
    with ExitStack() as running:
        meters = [running.enter_context(SimMeter(model, seed=seed, start=now)) for model in MODELS]
        for model_id, meter in zip(MODELS, meters, strict=True):
            model = load(model_id)
            screen.print(Text(f"\n==== {model.name}  {meter.target}", "bold yellow"))
            for request in requests:
                screen.print(Text(f"\nrequest  {to_json(request).decode()}", "bold"))
                response, heard = _ask(request, model, meter.target)
                _show_frames(screen, heard, frames_shown)
                answers[request.service].append(response)
                screen.print(Text(f"answer   {to_json(response).decode()}", "bold green"))
    screen.print()
    screen.print(_table(answers))
    failed = sum(
        response.outcome not in (Outcome.DATA, Outcome.ACKNOWLEDGED) for each in answers.values() for response in each
    )
    screen.print(
        f"{len(requests) * len(MODELS)} commands in {time.monotonic() - began:.1f} s, {failed} without an answer."
    )
    screen.print(
        "Next: dlmskit decode HEX explains any of the frames above; dlmskit sim run generic keeps a meter running."
    )
    raise SystemExit(PARTIAL if failed else 0)


def _requests(now: datetime) -> list[AnyRequest]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    return [
        ReadImportRegisters(),
        ReadActiveImportProfile(start=midnight, end=midnight + timedelta(hours=PROFILE_HOURS)),
        SynchroniseClock(),
        ReadSupplyStatus(),
        DisableSupply(),
        EnableSupply(),
    ]


def _ask(request: AnyRequest, model: DeviceModel, target: str) -> tuple[MarketResponse, Iterator[Frame]]:
    """The answer to one request over a session of its own, and the session's frames."""
    plan = plan_for(request, model)
    heard = io.StringIO()
    keys = defaults.keys()
    association = associations(plan, model)[0]
    with connect(target, model=model, association=association, keys=keys, record=heard) as meter:
        response = run(plan, meter, now=lambda: datetime.now(UTC))
    return response, frames(heard.getvalue(), lambda title: keys)


def _show_frames(screen: Console, heard: Iterator[Frame], limit: int) -> None:
    every = list(heard)
    shown = every if not limit or len(every) <= limit else every[: limit - 1]
    for frame in shown:
        octets = frame.octets.hex(" ").upper()
        line = Text("  --> " if frame.out else "  <-- ", "cyan" if frame.out else "magenta")
        line.append(
            octets if len(octets) <= HEX_SHOWN else f"{octets[:HEX_SHOWN]}... {len(frame.octets)} octets", "dim"
        )
        screen.print(line)
        screen.print(Text(f"      {frame.says}"))
    if len(shown) < len(every):
        screen.print(Text(f"      and {len(every) - len(shown)} frames more (--frames 0 shows all)", "dim"))


def _table(answers: dict[str, list[MarketResponse]]) -> Table:
    table = Table(title="One market command, three dialects, one answer", title_justify="left", show_lines=True)
    table.add_column("command", no_wrap=True)
    for model_id in MODELS:
        table.add_column(model_id)
    for service, responses in answers.items():
        table.add_row(service, *(answer_text(response) for response in responses))
    return table
