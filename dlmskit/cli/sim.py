"""`dlmskit sim`: virtual meters."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.table import Table

from dlmskit.cli.options import Moment, open_keys, passphrase_option
from dlmskit.cli.terminal import console
from dlmskit.exceptions import KeyUnavailable
from dlmskit.model import registry
from dlmskit.security.credentials import Credentials
from dlmskit.security.key_pair import PrivateKey, PublicKey
from dlmskit.security.keys import SECRETS, KeySet
from dlmskit.store.journal import DurableJournal
from dlmskit.store.keys import KeyStore
from dlmskit.vmeter import defaults
from dlmskit.vmeter.build import CosemLink
from dlmskit.vmeter.faults import KINDS, Fault
from dlmskit.vmeter.identity import Identity
from dlmskit.vmeter.sim import On, SimFleet, SimMeter

LAST_PORT = 65535
PORT = click.IntRange(0, LAST_PORT)
CURVES = {1: "p256", 2: "p384"}


@click.group()
def command() -> None:
    """Virtual meters on this machine, for clients to talk to."""


@command.command("list")
@click.option("--faults", is_flag=True, help="List the faults that may strike instead.")
def list_models(faults: bool) -> None:
    """List the models that can be run.

    \b
    dlmskit sim list
    dlmskit sim list --faults
    """
    console().print(_fault_table() if faults else _model_table())


def _fault_table() -> Table:
    table = Table()
    for column in ("fault", "what happens", "parameter", "default", ""):
        table.add_column(column)
    for name, kind in KINDS.items():
        default = str(kind.default) if kind.parameter else ""
        table.add_row(name, kind.does, kind.parameter, default, "COSEM only" if kind.cosem else "")
    return table


def _model_table() -> Table:
    table = Table()
    for column in ("model", "name", "link", ""):
        table.add_column(column)
    for model in registry.models().values():
        if model.connection is not None:
            table.add_row(model.id, model.name, model.connection.link, "fictional" if model.fictional else "")
    return table


@command.command()
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@click.option(
    "--on",
    type=click.Choice(["tcp", "pty", "optical"]),
    default="tcp",
    show_default=True,
    help="TCP on 127.0.0.1, a pseudo-terminal, or one with a sign-on by IEC 62056-21 before HDLC.",
)
@click.option(
    "--port",
    type=PORT,
    default=0,
    help="TCP port of the first meter, the next ones count up; 0 picks free ones.",
)
@click.option("--hdlc", type=PORT, help="Serve a COSEM model over HDLC on this TCP port instead of its own link.")
@click.option("--wrapper", type=PORT, help="The same over the wrapper; with both it is one meter on two ports.")
@click.option("--udp", type=PORT, help="The same over the wrapper on this UDP port.")
@click.option("--dial", metavar="HOST:PORT", help="Connect to a head end there instead, and again when that ended.")
@click.option(
    "--count", type=click.IntRange(1, 100_000), help="So many meters of one model, their seeds counted up from --seed."
)
@click.option("--shared", is_flag=True, help="With --count: all behind one port, by SAP, or over HDLC by address.")
@click.option("--suite", type=click.IntRange(0, 2), help="Security suite of every association instead of the model's.")
@click.option(
    "--keys",
    type=click.Path(exists=True, path_type=Path),
    envvar="DLMSKIT_KEYS",
    help="Key file, encrypted or not, with the meters' keys by their titles or for all of them; or, for HLS by "
    "signature, a folder with server_p256.pem (private) and client_p256.pub.pem, in suite 2 p384.",
)
@passphrase_option
@click.option(
    "--state",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder that keeps each meter's state over restarts; it holds secrets that the meter was told.",
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
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME[:PROBABILITY[:PARAMETER]]",
    help="A fault that may strike, drawn from --seed; any number of times. The names are shown by sim list --faults.",
)
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop by itself after so long.")
def run(
    models: tuple[str, ...],
    on: On,
    port: int,
    hdlc: int | None,
    wrapper: int | None,
    udp: int | None,
    dial: str | None,
    count: int | None,
    shared: bool,
    suite: int | None,
    keys: Path | None,
    state: Path | None,
    seed: int,
    start: datetime | None,
    speed: float,
    faults: tuple[str, ...],
    seconds: float | None,
) -> None:
    """Run virtual meters until interrupted, and say where each can be reached.

    Keys and passwords that no key file gives are public test values: the encryption key is 000102..0F, the
    authentication key D0D1..DF, the password 12345678 unless the model states another.

    \b
    dlmskit sim run generic
    dlmskit sim run generic zzh zzc --port 14059
    dlmskit sim run zzh --on pty
    dlmskit sim run generic --keys meters.keys --passphrase env:PHRASE
    dlmskit sim run generic --count 1000 --shared
    dlmskit sim run generic --dial 127.0.0.1:4059
    dlmskit sim run zzh --fault drop:0.05 --fault bit-errors:0.02:1
    dlmskit sim run interop --hdlc 4060 --wrapper 4059 --suite 1 --keys DIR
    """
    given: dict[CosemLink, int | None] = {"hdlc": hdlc, "wrapper": wrapper, "udp": udp}
    links = {link: first for link, first in given.items() if first is not None}
    for first in (port, *links.values()):
        if first + len(models) - 1 > LAST_PORT:
            raise click.UsageError(f"{len(models)} meters from port {first} on would pass the last port, {LAST_PORT}")
    declared = [Fault.parse(text) for text in faults]
    if count is not None:
        if len(models) > 1 or len(links) > 1 or udp is not None or on != "tcp" or dial or keys or state:
            raise click.UsageError("--count goes with one model over TCP and its public keys")
        link, first = next(iter(links.items()), (None, port))
        if not shared and first + count - 1 > LAST_PORT:
            raise click.UsageError(f"{count} meters from port {first} on would pass the last port, {LAST_PORT}")
        how: Any = {"seed": seed, "start": start, "suite": suite, "speed": speed, "faults": declared}
        with SimFleet(models[0], count, link=link, port=first or 0, shared=shared, **how) as fleet:
            click.echo("\n".join(f"{models[0]}  {target}" for target in fleet.targets))
            _wait(seconds)
        return
    pairs = _pairs(keys, suite) if keys is not None and keys.is_dir() else None
    store = open_keys(keys) if keys is not None and keys.is_file() else None
    with ExitStack() as running:
        for number, model in enumerate(models):
            secret = _of_file(store, model, seed) if store is not None else _Given(pairs=pairs)
            meter = SimMeter(
                model,
                seed=seed,
                start=start,
                keys=secret.keys,
                pairs=secret.pairs,
                journal=DurableJournal(state / f"{number}-{Path(model).stem}.journal") if state is not None else None,
                suite=secret.suite if suite is None else suite,
                on=on,
                links={link: _counted_on(first, number) for link, first in links.items()},
                port=_counted_on(port, number),
                speed=speed,
                faults=declared,
                dial=dial,
            )
            running.enter_context(meter)
            for target in meter.targets:
                click.echo(f"{model}  {target}")
        _wait(seconds)


def _counted_on(first: int, number: int) -> int:
    return first + number if first else 0


class _Given(NamedTuple):
    """What a meter is given of secrets; the rest stays public. `suite` None is the model's."""

    suite: int | None = None
    keys: Mapping[str, KeySet] | None = None
    pairs: Credentials | None = None


def _of_file(store: KeyStore, model_id: str, seed: int) -> _Given:
    """The secrets of a meter in a key file. Raises `KeyUnavailable` where it has none for this meter."""
    model = registry.load(model_id)
    title = Identity.of(model, seed).system_title
    found = store.keys(title, "meter")
    if found is None:
        raise KeyUnavailable(
            f"the key file has no keys for {title.hex()}, the title of {model_id}, nor for every meter"
        )
    stated = {name: key for name in SECRETS if (key := getattr(found, name)) is not None}
    suite = found.suite.value
    keys = defaults.keys(suite, defaults.password(model)).replaced(**stated)
    everywhere = {row.name: keys for row in model.associations}
    return _Given(suite or None, everywhere, store.credentials(title, suite))


def _pairs(folder: Path, suite: int | None) -> Credentials | None:
    """The meter's signing key and its clients' public one; suite 0 has neither."""
    curve = CURVES.get(suite or 0)
    if curve is None:
        return None
    own, peer = folder / f"server_{curve}.pem", folder / f"client_{curve}.pub.pem"
    try:
        signing, public = PrivateKey.from_pem(own.read_bytes()), PublicKey.from_pem(peer.read_bytes())
    except OSError as error:
        raise KeyUnavailable(f"cannot read {error.filename}: {error.strerror}") from None
    return Credentials(suite or 0, signing=signing, agreement=signing, peer_signing=public, peer_agreement=public)


def _wait(seconds: float | None) -> None:
    end = None if seconds is None else time.monotonic() + seconds
    while end is None or time.monotonic() < end:
        time.sleep(0.2 if end is None else min(0.2, max(end - time.monotonic(), 0.0)))
