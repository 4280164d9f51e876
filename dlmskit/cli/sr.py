"""`dlmskit sr`: market service requests, and the native frames that they become."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import click
from rich.table import Table

from dlmskit import capture
from dlmskit.cli.answers import answer_text
from dlmskit.cli.connection import client, connection_options
from dlmskit.cli.conversation import summary
from dlmskit.cli.models import device_model
from dlmskit.cli.octets import read_octets
from dlmskit.cli.options import key_options, key_set, key_store, title_option
from dlmskit.cli.terminal import console
from dlmskit.client import Client
from dlmskit.connecting import DURABLE_TITLE
from dlmskit.exceptions import DecodeError, KeyUnavailable, TransportError, UnsupportedService
from dlmskit.execute.runner import run as run_plan
from dlmskit.market.outcome import Outcome
from dlmskit.market.services import SERVICES, from_pairs, to_json
from dlmskit.model import registry
from dlmskit.model.device import DeviceModel
from dlmskit.security.keys import KeyPurpose, KeySet
from dlmskit.stack.observe import Observer
from dlmskit.stack.observe.apdus import KeyLookup
from dlmskit.stack.observe.operations import ObservedOperation, converse, operations
from dlmskit.stack.render import Sealing
from dlmskit.store.counters import DurableCounters
from dlmskit.translate.recognise import recognise as recognise_operations
from dlmskit.translate.registry import associations, plan_for, supported
from dlmskit.translate.render import render_plan, state_for
from dlmskit.translate.text import operation_text

RESERVED = 16
EXIT_OF = {Outcome.REFUSED: 6, Outcome.NOT_SUPPORTED: 10, Outcome.TIMED_OUT: 3, Outcome.UNKNOWN: 7}


@click.group()
def command() -> None:
    """Standard market commands: what there is, what they become on a meter, and running them."""


@command.command("list")
def list_services() -> None:
    """List the services, their parameters, and the models that realise them.

    \b
    dlmskit sr list
    """
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
    login = {**options, "association": association or _association(plan, model)}
    with ExitStack() as session, ExitStack() as open_clients:
        if options["record"] is not None:  # one recording, also over several connections
            login["record"] = session.enter_context(_recording(options["record"]))

        def connected() -> Client:
            open_clients.close()  # a meter takes one client at a time
            return open_clients.enter_context(client(target, **login))

        response = run_plan(plan, connected(), now=lambda: datetime.now(UTC), reconnect=connected)
    if as_json:
        click.echo(to_json(response))
    else:
        click.echo(answer_text(response))
    code = EXIT_OF.get(response.outcome, 0)
    if code:
        click.echo(f"error: {service}: {response.outcome.value}: {response.reason or 'no reason given'}", err=True)
    raise SystemExit(code)


@command.command()
@click.argument("service")
@click.argument("parameters", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--model", required=True, metavar="ID|FILE", help="What the meter is: a model's id, or a model file.")
@click.option("--association", metavar="NAME", help="Which association to render for; the first that has the rights.")
@click.option(
    "--counters",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="DLMSKIT_COUNTERS",
    help="File to reserve counters from, if ciphered.",
)
@key_options
def translate(
    service: str,
    parameters: tuple[str, ...],
    model: str,
    association: str | None,
    counters: Path | None,
    key_file: Path | None,
    **written: str | None,
) -> None:
    """Show what a market SERVICE becomes on a meter: the plan, and the octets of its requests. Nothing is sent.

    The octets are those of an association that was just opened; without the meter's answers every step is shown.

    \b
    dlmskit sr translate read-import-registers --model zzh
    dlmskit sr translate read-active-import-profile start=2026-11-21T00:00Z end=2026-11-21T06:00Z --model generic
    """
    known = device_model(model)
    plan = plan_for(from_pairs(service, parameters), known)
    name = association or _association(plan, known)
    sealing = _sealing(known, name, key_set(**written), counters)
    rendering = render_plan(plan, state_for(known, name, sealing), datetime.now(UTC))
    click.echo(f"{plan}\n")
    if sealing is not None:
        click.echo(f"ciphered as from system title {sealing.system_title.hex().upper()}\n")
    for step in rendering.steps:
        click.echo(f"{step.step.name}: {operation_text(step.operation)}")
        for rule in step.unless:
            click.echo(f"    not sent if {rule}")
        for frame in step.frames:
            click.echo(f"    {frame.octets.hex(' ').upper()}")
            click.echo(f"    {summary(frame.explanation)}")


@command.command()
@click.argument("source")
@click.option("--model", required=True, metavar="ID|FILE", help="What the meter is: a model's id, or a model file.")
@key_options
@title_option
def recognise(
    source: str, model: str, key_file: Path | None, system_title: bytes | None, **written: str | None
) -> None:
    """Say which market commands observed octets carry: a recording, a file, hex, or - for standard input.

    \b
    dlmskit sr run read-supply-status sim: --record session.jsonl
    dlmskit sr recognise session.jsonl --model generic
    dlmskit sr recognise C001C100030100010800FF0200 --model generic
    """
    store = key_store(key_file, **written)
    lookup = None if store is None else lambda title: store.keys(title, "recognise")
    seen = _observed(source, lookup, system_title)
    found = recognise_operations([each.operation for each in seen], device_model(model))
    for candidate in found.candidates:
        places = ", ".join(operation_text(seen[index].operation) for index in candidate.operations)
        request = f"no request: {candidate.note}" if candidate.request is None else to_json(candidate.request).decode()
        click.echo(f"{candidate.service}  {request}\n    from {places}")
        if candidate.absent:
            click.echo(f"    not seen: {', '.join(candidate.absent)}")
    for index in found.unexplained:
        click.echo(f"no market command: {operation_text(seen[index].operation)}")
    if not seen:
        raise DecodeError("no request of a client was found; for a ciphered session give --guek and --gak")


def _recording(path: Path) -> IO[str]:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise TransportError(f"cannot write the recording {path}: {error.strerror}") from None


def _observed(source: str, lookup: KeyLookup | None, system_title: bytes | None) -> tuple[ObservedOperation, ...]:
    path = Path(source)
    if path.suffix in (".jsonl", ".dkcap") and path.is_file():
        return operations(capture.read(path).octets, lookup, system_title=system_title)
    observer = Observer(lookup, system_title=system_title)
    observer.explain(read_octets(source))
    return converse(observer.conversation)


def _sealing(model: DeviceModel, association: str, keys: KeySet | None, counters: Path | None) -> Sealing | None:
    """Counters of their own for a ciphered rendering, reserved as a live session would."""
    if not model.association(association).context.ciphered:
        return None
    if keys is None or counters is None:
        raise KeyUnavailable(f"association {association} is ciphered: give --guek, --gak and --counters FILE")
    reserved = DurableCounters(counters).reserve(keys.key_id(KeyPurpose.GUEK), DURABLE_TITLE, RESERVED)
    if reserved is None:
        raise KeyUnavailable(f"{counters}: no invocation counters are left")
    return Sealing(keys, DURABLE_TITLE, *reserved)


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
