"""`dlmskit decode`: what do these octets say?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dlmskit.apdu import Apdu, DataNotification, EventNotificationRequest, decode
from dlmskit.cli.errors import PARTIAL, exit_code
from dlmskit.cli.layers import show
from dlmskit.cli.octets import read_octets
from dlmskit.cli.options import HexOctets, key_options, key_set, key_store, title_option
from dlmskit.exceptions import DecodeError, DlmskitError
from dlmskit.security.keys import KeySet
from dlmskit.stack.observe.apdus import KeyLookup
from dlmskit.stack.observe.layer import Layer, Problem
from dlmskit.stack.observe.observer import Observer

if TYPE_CHECKING:
    from dlmskit.cli.readings import Explained
    from dlmskit.model.device import DeviceModel

EXIT_OF = {"octets": 9, "unsupported": 9, "security": 5, "key": 5}
PUSHES = (DataNotification, EventNotificationRequest)


class Line(msgspec.Struct, kw_only=True):
    """One line of a batch: octets, and optionally an id that comes back and keys of its own, all in hex."""

    hex: str
    id: str | int | None = None
    guek: str | None = None
    gak: str | None = None
    gbek: str | None = None
    dedicated_key: str | None = None
    system_title: str | None = None
    context: dict[str, Any] = {}


class Settings(msgspec.Struct, frozen=True):
    """What the options say about every input."""

    lookup: KeyLookup | None
    system_title: bytes | None
    allow_unauthenticated: bool
    strict: bool
    model: DeviceModel | None

    def observer(self, own_keys: KeySet | None = None, own_title: str | None = None) -> Observer:
        """An observer with these settings, or with keys and title that an input brings along."""
        return Observer(
            self.lookup if own_keys is None else lambda _: own_keys,
            system_title=self.system_title if own_title is None else HexOctets().convert(own_title, None, None),
            allow_unauthenticated=self.allow_unauthenticated,
            strict=self.strict,
        )


@click.command()
@click.argument("words", nargs=-1, metavar="[HEX|FILE|-]")
@key_options
@title_option
@click.option(
    "--allow-unauthenticated",
    is_flag=True,
    help="Open ciphered octets whose tag is absent or cannot be checked, and say so.",
)
@click.option("--model", metavar="ID|FILE", help="What the meter is, so that only its push templates are used.")
@click.option("--strict", is_flag=True, help="Refuse deviations that are tolerated by name otherwise.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a tree.")
@click.option("--xml", "as_xml", is_flag=True, help="The APDUs as XML that `dlmskit encode` reads (docs/notation.md).")
@click.option("--batch", is_flag=True, help='Read JSON lines ({"hex": ..., "guek": ...}), write one JSON line each.')
def command(
    words: tuple[str, ...],
    key_file: Path | None,
    system_title: bytes | None,
    allow_unauthenticated: bool,
    model: str | None,
    strict: bool,
    as_json: bool,
    as_xml: bool,
    batch: bool,
    **written: str | None,
) -> None:
    """Explain octets, given as hex, as a FILE (hex text or binary), or on standard input (-).

    HDLC, the TCP wrapper, M-Bus, IEC 62056-21, bare APDUs and bare data are told apart by themselves. Pushes that a
    template fits come out as labelled readings as well.

    \b
    dlmskit decode 7EA00A00020023219318717E
    dlmskit decode push.bin --guek env:METER_GUEK --gak file:gak.hex
    dlmskit decode --batch < frames.jsonl
    """
    source = " ".join(words) if words else None
    store = key_store(key_file, **written)
    lookup: KeyLookup | None = None if store is None else lambda title: store.keys(title, "decode")
    known = None if model is None else _device_model(model)
    settings = Settings(lookup, system_title, allow_unauthenticated, strict, known)
    if batch:
        raise SystemExit(_batch(source, settings))
    observer = settings.observer()
    octets = read_octets(source)
    if not octets.strip(b"\x7e"):
        raise click.UsageError(f"nothing to decode: {len(octets)} octets, and all of them flags between HDLC frames")
    layer = observer.explain(octets)
    if as_json:
        click.echo(msgspec.json.encode(_answer(layer, observer, known, keys_given=store is not None)))
    elif as_xml:
        from dlmskit.notation import to_xml  # brings network modules of the standard library with it

        click.echo("\n".join(map(to_xml, _apdus(octets, observer))), nl=False)
    else:
        show(layer)
        if found := _readings(observer, known):
            from dlmskit.cli.readings import readings_table
            from dlmskit.cli.terminal import console

            for group in found:
                console().print(readings_table(group))
    raise SystemExit(_verdict(layer, keys_given=store is not None))


def _answer(layer: Layer, observer: Observer, model: DeviceModel | None, *, keys_given: bool) -> dict[str, Any]:
    failures = _failures(layer, keys_given=keys_given)
    answer: dict[str, Any] = {"schema": "dlmskit/decode/1", "ok": not failures}
    if failures:
        answer["error"] = msgspec.to_builtins(failures[0]) | {"code": EXIT_OF[failures[0].kind]}
    if any(problem.kind == "key" for problem in layer.problems()):
        answer["locked"] = True
    answer["tree"] = layer.to_dict()
    found = _readings(observer, model)
    return answer | {"readings": [group.to_dict() for group in found]} if found else answer


def _device_model(name: str) -> DeviceModel:
    from dlmskit.cli.models import device_model  # models load only where they are wanted

    return device_model(name)


def _readings(observer: Observer, model: DeviceModel | None) -> list[Explained]:
    """What the pushes among the messages say."""
    pushes = [message for message in observer.messages if isinstance(message.apdu, PUSHES)]
    if not pushes:
        return []
    from dlmskit.cli.readings import readings  # brings every model and its templates with it

    return readings(pushes, model)


def _apdus(octets: bytes, observer: Observer) -> list[Apdu]:
    """What was understood, or else the envelope of what is ciphered. Raises `DecodeError` where there is neither."""
    return [message.apdu for message in observer.messages] or [decode(octets)]


def _failures(layer: Layer, *, keys_given: bool) -> list[Problem]:
    """What went wrong; absent further segments, and a lock that nobody gave a key for, are no failure."""
    kinds = {"more"} if keys_given else {"more", "key"}
    return [problem for problem in layer.problems() if problem.kind not in kinds]


def _verdict(layer: Layer, *, keys_given: bool) -> int:
    """The exit code, with a line for it."""
    failures = _failures(layer, keys_given=keys_given)
    for problem in failures[:1]:
        hint = " (try: --allow-unauthenticated)" if "not allowed" in problem.reason else ""
        click.echo(f"error: {problem.reason} (octet {problem.offset}){hint}", err=True)
    return max((EXIT_OF[problem.kind] for problem in failures), default=0)


def _batch(source: str | None, settings: Settings) -> int:
    failed = False
    for number, text in enumerate(_lines(source), 1):
        if not text.strip():
            continue
        answer = _one(text, number, settings)
        failed = failed or not answer["ok"]
        click.echo(msgspec.json.encode(answer))
    return PARTIAL if failed else 0


def _one(text: bytes, number: int, settings: Settings) -> dict[str, Any]:
    head: dict[str, Any] = {"line": number}
    try:
        line = msgspec.json.decode(text, type=Line)
        if line.id is not None:
            head["id"] = line.id
        own = _own_keys(line)
        observer = settings.observer(own, _field(line, "system_title"))
        layer = observer.explain(read_octets(line.hex, files=False))
        given = own is not None or settings.lookup is not None
        return head | _answer(layer, observer, settings.model, keys_given=given)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return head | {"ok": False, "error": {"reason": f"not a line of this batch: {error}", "code": 9}}
    except click.ClickException as error:
        return head | {"ok": False, "error": {"reason": error.format_message(), "code": error.exit_code}}
    except DlmskitError as error:
        return head | {"ok": False, "error": {"reason": str(error), "code": exit_code(error)}}


def _field(line: Line, name: str) -> str | None:
    value = getattr(line, name)
    if value is None:
        value = line.context.get(name)
    return value if isinstance(value, str) else None


def _own_keys(line: Line) -> KeySet | None:
    return key_set(*(_field(line, name) for name in ("guek", "gak", "gbek", "dedicated_key")))


def _lines(source: str | None) -> Iterator[bytes]:
    if source in (None, "-"):
        yield from sys.stdin.buffer
        return
    try:
        with Path(str(source)).open("rb") as file:
            yield from file
    except OSError as error:
        raise DecodeError(f"{source}: {error.strerror}") from None
