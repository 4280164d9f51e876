"""`dlmskit sr`: market service requests, and the native frames that they become."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click
from rich.table import Table

from dlmskit.cli.answers import answer_text
from dlmskit.cli.connection import client, connection_options, device_model
from dlmskit.cli.terminal import console
from dlmskit.exceptions import UnsupportedService
from dlmskit.execute.runner import run as run_plan
from dlmskit.market.outcome import Outcome
from dlmskit.market.services import SERVICES, from_pairs, to_json
from dlmskit.model import registry
from dlmskit.model.device import DeviceModel
from dlmskit.translate.registry import associations, plan_for, supported

EXIT_OF = {Outcome.REFUSED: 6, Outcome.NOT_SUPPORTED: 10, Outcome.TIMED_OUT: 3, Outcome.UNKNOWN: 7}


@click.group()
def command() -> None:
    """Standard market commands: what there is, what they become on a meter, and running them."""


@command.command("list")
def list_services() -> None:
    """List the services, their parameters, and the models that realise them."""
    realising = [model for model in registry.models().values() if model.services]
    table = Table(show_lines=True)
    for column in ("service", "kind", "parameters", "models"):
        table.add_column(column)
    for name, service in SERVICES.items():
        parameters = ", ".join(field for field in service.__struct_fields__ if field != "schema")
        models = ", ".join(model.id for model in realising if name in supported(model))
        table.add_row(f"{name}\n{service.title}", service.kind, parameters, models)
    console().print(table)


@command.command()
@click.argument("service")
@click.argument("target")
@click.argument("parameters", nargs=-1, metavar="[KEY=VALUE]...")
@connection_options
@click.option("--json", "as_json", is_flag=True, help="The market response as JSON.")
def run(
    service: str, target: str, parameters: tuple[str, ...], as_json: bool, association: str | None, **options: Any
) -> None:
    """Run a market SERVICE on the meter at TARGET, times in ISO 8601 with an offset.

    \b
    dlmskit sr run read-import-registers sim:zzh
    dlmskit sr run read-active-import-profile sim: start=2026-11-21T00:00Z end=2026-11-21T06:00Z
    dlmskit sr run enable-supply tcp://192.0.2.7:4059 --model generic --password env:LLS
    """
    request = from_pairs(service, parameters)
    model = _model(target, options["model"])
    options["model"] = options["model"] or model.id
    plan = plan_for(request, model)
    with client(target, association=association or _association(plan, model), **options) as meter:
        response = run_plan(plan, meter, now=lambda: datetime.now(UTC))
    if as_json:
        click.echo(to_json(response))
    else:
        click.echo(answer_text(response))
    raise SystemExit(EXIT_OF.get(response.outcome, 0))


def _model(target: str, name: str | None) -> DeviceModel:
    if name is None and target.startswith("sim:"):
        name = target.removeprefix("sim:").partition("?")[0] or "generic"
    if name is None:
        raise click.UsageError("say what the meter is: --model ID (dlmskit sim list shows some), or use a sim: target")
    return device_model(name)


def _association(plan: Any, model: DeviceModel) -> str:
    fitting = associations(plan, model)
    if not fitting:
        raise UnsupportedService(f"no association of model {model.id} has the rights for {plan.request.service}")
    return fitting[0]
