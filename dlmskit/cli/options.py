"""Options that several commands share, and what they make."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from dlmskit.security.keys import KeySet
    from dlmskit.store.keys import KeyStore

_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
F = TypeVar("F", bound=Callable[..., Any])

KEY_FORMS = "Hex, env:NAME or file:PATH."
PASSPHRASE = "dlmskit.passphrase"


def secret_options(command: F) -> F:
    """`--guek --gak --gbek --dedicated-key --password`: keys said one by one; `key_set` puts them together."""
    for option in reversed(
        (
            click.option(
                "--guek", "--key", metavar="KEY", envvar="DLMSKIT_GUEK", help=f"Unicast encryption key. {KEY_FORMS}"
            ),
            click.option(
                "--gak", "--auth-key", metavar="KEY", envvar="DLMSKIT_GAK", help=f"Authentication key. {KEY_FORMS}"
            ),
            click.option("--gbek", metavar="KEY", envvar="DLMSKIT_GBEK", help=f"Broadcast encryption key. {KEY_FORMS}"),
            click.option(
                "--dedicated-key", metavar="KEY", envvar="DLMSKIT_DEDICATED_KEY", help=f"Dedicated key. {KEY_FORMS}"
            ),
            click.option(
                "--password", metavar="TEXT", envvar="DLMSKIT_PASSWORD", help="Password. Text, env:NAME or file:PATH."
            ),
        )
    ):
        command = option(command)
    return command


passphrase_option = click.option(
    "--passphrase",
    metavar="env:NAME|file:PATH",
    envvar="DLMSKIT_PASSPHRASE",
    expose_value=False,
    is_eager=True,
    callback=lambda ctx, _, value: ctx.meta.update({PASSPHRASE: value}),
    help="Where the passphrase of an encrypted key file is; it is asked for where this is left out.",
)


def key_options(command: F) -> F:
    """`secret_options`, `--keys` and `--passphrase`: where a command's keys come from; see `key_store`."""
    key_file = click.option(
        "--keys",
        "key_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar="DLMSKIT_KEYS",
        help="Key file with the keys of several meters: TOML or JSON, or encrypted (dlmskit keys), its owner's only.",
    )
    return secret_options(key_file(passphrase_option(command)))


def key_set(
    guek: str | None, gak: str | None, gbek: str | None, dedicated_key: str | None, password: str | None = None
) -> KeySet | None:
    """The keys given one by one, or None. Raises `KeyUnavailable` or `SecurityError`, never showing a key."""
    from dlmskit.security.keys import KeySet
    from dlmskit.store.key_text import parse_key, resolve

    written = {"guek": guek, "gak": gak, "gbek": gbek, "dedicated_key": dedicated_key}
    keys = {name: parse_key(text, name) for name, text in written.items() if text is not None}
    secret = None if password is None else resolve(password, "password").removesuffix("\n").encode()
    if not keys and secret is None:
        return None
    longest = max((len(key) for key in keys.values()), default=16)
    return KeySet(**keys, password=secret, suite=2 if longest == 32 else 0)


def key_store(key_file: Path | None, **written: str | None) -> KeyStore | None:
    """A key file, keys given one by one, or None; keys on the command line win over the file."""
    given = key_set(**written)
    if given is not None:
        from dlmskit.store.keys import MemoryKeyStore

        return MemoryKeyStore(given)
    return open_keys(key_file) if key_file is not None else None


def open_keys(key_file: Path) -> KeyStore:
    """The store of a key file, encrypted or not. Raises `KeyUnavailable`."""
    from dlmskit.store.encrypted import open_key_file

    return open_key_file(key_file, lambda: passphrase(f"Passphrase of {key_file}"))


def passphrase(question: str, *, new: bool = False) -> str:
    """What `--passphrase` points to, or what is typed, unseen. Raises `KeyUnavailable`, never showing any of it."""
    from dlmskit.exceptions import KeyUnavailable
    from dlmskit.store.key_text import resolve

    where = click.get_current_context().meta.get(PASSPHRASE)
    if where is None:
        if not sys.stdin.isatty():
            raise KeyUnavailable("a passphrase is needed and nobody can be asked: --passphrase env:NAME or file:PATH")
        typed: str = click.prompt(question, hide_input=True, confirmation_prompt=new, err=True)
        return typed
    if not where.startswith(("env:", "file:")):
        raise KeyUnavailable("--passphrase says where the passphrase is, env:NAME or file:PATH, not the passphrase")
    return resolve(where, "passphrase").removesuffix("\n")


class HexOctets(click.ParamType[bytes]):
    """An option's value in hex."""

    name = "hex"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        from dlmskit.store.key_text import parse_hex

        return value if isinstance(value, bytes) else parse_hex(str(value), param.opts[0] if param else "value")


title_option = click.option(
    "--system-title",
    type=HexOctets(),
    envvar="DLMSKIT_SYSTEM_TITLE",
    help="The sender's title where the octets do not say it.",
)


class Moment(click.ParamType[datetime]):
    """An option's value as an aware time in ISO 8601."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"wanted a time like 2026-11-21T00:00Z, found {value!r}", param, ctx)
        if moment.utcoffset() is None:
            self.fail(f"{value} needs an offset, like 2026-11-21T00:00+01:00", param, ctx)
        return moment


def span(text: str) -> timedelta | None:
    """A length of time like 90s, 15m, 36h, 2d or 1w; None for another text."""
    match = _SPAN.fullmatch(text)
    try:
        return timedelta(**{_UNITS[match[2]]: float(match[1])}) if match else None
    except OverflowError:
        return None


class Span(click.ParamType[timedelta]):
    """An option's value as a length of time."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        found = value if isinstance(value, timedelta) else span(str(value))
        if found is None:
            self.fail(f"wanted a length of time like 90s, 15m, 36h, 2d or 1w, found {value!r}", param, ctx)
        return found


class Last(click.ParamType[timedelta | int]):
    """An option's value as a length of time or a number of rows."""

    name = "time|rows"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta | int:
        text = str(value)
        found = int(text) if text.isdecimal() else span(text)
        if not found:
            self.fail(f"wanted a length of time like 36h or 2d, or a number of rows, found {value!r}", param, ctx)
        return found


class Entries(click.ParamType[tuple[int, int]]):
    """An option's value as numbers of the first and the last row, from 1."""

    name = "first-last"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        first, _, last = str(value).partition("-")
        if not (first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last) < 1 << 32):
            self.fail(f"wanted numbers of rows like 1-10, found {value!r}", param, ctx)
        return int(first), int(last)
