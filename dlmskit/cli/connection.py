"""Options that say which meter and how to log in, and the client that they make."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dlmskit.cli.options import key_options, key_set, open_keys
from dlmskit.cli.progress import Progress
from dlmskit.enums import Mechanism

if TYPE_CHECKING:
    from dlmskit.client import Client
    from dlmskit.connecting import Record, Wishes
    from dlmskit.security.keys import KeySet
    from dlmskit.store.keys import KeyStore

F = TypeVar("F", bound=Callable[..., Any])

MECHANISMS = {mechanism.label.removeprefix("high-"): mechanism for mechanism in Mechanism}
SIMULATED = "sim:"
_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


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
            click.option(
                "--retries",
                type=click.IntRange(0, 100),
                default=0,
                show_default=True,
                help="Repeats of a read without an answer; what changes a meter is sent once.",
            ),
            click.option(
                "--cache",
                type=_FOLDER,
                envvar="DLMSKIT_CACHE",
                help="Folder that keeps object lists and scalers by meter; without it, the user's cache folder.",
            ),
            click.option("--record", type=_FILE, help="Write the session to this file, secrets left out."),
            click.option("--no-progress", is_flag=True, help="No progress on a terminal."),
        )
    ):
        command = option(command)
    return key_options(command)


@contextmanager
def client(target: str, *, no_progress: bool = False, **options: Any) -> Iterator[Client]:
    """An open client for `target` that shows its progress on a terminal."""
    from dlmskit.client import connect

    with connect(target, **wishes(target, **options)) as meter, Progress(shown=not no_progress) as progress:
        meter.progress = progress
        yield meter


def wishes(
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
    retries: int,
    cache: Path | None,
    record: Record | None,
    key_file: Path | None,
    **written: str | None,
) -> Wishes:
    """What the options say, as `dlmskit.connect` takes it; a virtual meter's public keys where none are given."""
    from dlmskit.cli.models import device_model
    from dlmskit.connecting import DEFAULT_MODEL, Wishes
    from dlmskit.model import registry
    from dlmskit.security.keys import KeySet
    from dlmskit.stack.recovery import NO_RETRY, Retry
    from dlmskit.store.counters import DurableCounters
    from dlmskit.transport.target import Target
    from dlmskit.vmeter import defaults

    given = key_set(**written)
    keys: KeySet | KeyStore | None = given if given is not None or key_file is None else open_keys(key_file)
    simulated = target.startswith(SIMULATED)
    if keys is None and simulated:
        keys = defaults.keys_of(registry.load(Target.parse(target).path or DEFAULT_MODEL))
    only_password = isinstance(keys, KeySet) and keys.guek is None
    wanted = Wishes(
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
        retry=Retry(retries) if retries else NO_RETRY,
        cache=cache or (None if simulated else user_cache()),
    )
    if client_sap is not None:
        wanted["client_sap"] = client_sap
    return wanted


def user_cache() -> Path:
    """Where this user's programs keep what they can do without."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "dlmskit" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dlmskit"
