"""Options that say which meter and how to log in, and the client that they make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from dlmskit.cli.models import device_model
from dlmskit.cli.options import key_options, key_set
from dlmskit.client import Client, connect
from dlmskit.connecting import Record, Wishes
from dlmskit.enums import Mechanism
from dlmskit.security.keys import KeySet
from dlmskit.store.counters import DurableCounters
from dlmskit.store.keys import FileKeyStore, KeyStore
from dlmskit.vmeter import defaults

F = TypeVar("F", bound=Callable[..., Any])

MECHANISMS = {mechanism.label.removeprefix("high-"): mechanism for mechanism in Mechanism}
_FILE = click.Path(dir_okay=False, path_type=Path)


def connection_options(command: F) -> F:
    """Everything that `client` takes besides the target."""
    for option in reversed(
        (
            click.option("--model", metavar="ID|FILE", help="What the meter is: a model's id, or a model file."),
            click.option("--association", metavar="NAME", help="Which association of the model to log in to."),
            click.option("--client", "client_sap", type=int, metavar="SAP", help="Client SAP; 16 is public."),
            click.option("--server", "server_sap", type=int, default=1, show_default=True, help="Server SAP."),
            click.option(
                "--mechanism", type=click.Choice(list(MECHANISMS)), help="Authentication, where no model says it."
            ),
            click.option("--short-names", is_flag=True, help="Refer to objects by short names (SN referencing)."),
            click.option(
                "--counters", type=_FILE, envvar="DLMSKIT_COUNTERS", help="File that keeps invocation counters."
            ),
            click.option("--timeout", type=float, default=10.0, show_default=True, help="Seconds for each answer."),
            click.option("--record", type=_FILE, help="Write the session to this file, secrets left out."),
        )
    ):
        command = option(command)
    return key_options(command)


def client(
    target: str,
    *,
    model: str | None,
    association: str | None,
    client_sap: int | None,
    server_sap: int,
    mechanism: str | None,
    short_names: bool,
    counters: Path | None,
    timeout: float,
    record: Record | None,
    key_file: Path | None,
    **written: str | None,
) -> Client:
    """The client for `target`; a virtual meter's public keys are used where none are given."""
    given = key_set(**written)
    keys: KeySet | KeyStore | None = given if given is not None or key_file is None else FileKeyStore(key_file)
    if keys is None and target.startswith("sim:"):
        keys = defaults.keys()
    only_password = isinstance(keys, KeySet) and keys.guek is None
    wishes = Wishes(
        model=None if model is None else device_model(model),
        association=association,
        server_sap=server_sap,
        mechanism=None if mechanism is None else MECHANISMS[mechanism],
        short_names=short_names,
        password=keys.password if isinstance(keys, KeySet) else None,
        keys=None if only_password else keys,
        counters=None if counters is None else DurableCounters(counters),
        record=record,
        timeout=timeout,
    )
    if client_sap is not None:
        wishes["client_sap"] = client_sap
    return connect(target, **wishes)
