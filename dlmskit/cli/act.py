"""`dlmskit act`: invoke a method of a meter."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from dlmskit.cli.confirmation import confirm, yes_option
from dlmskit.cli.connection import client, connection_options
from dlmskit.cli.where import Item


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("target")
@click.argument("where")
@click.argument("method", required=False)
@click.argument("value", required=False)
@connection_options
@yes_option
@click.option("--dry-run", is_flag=True, help="Show the operation and its octets; nothing is sent.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    target: str,
    where: str,
    method: str | None,
    value: str | None,
    yes: bool,
    dry_run: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Invoke the METHOD, by number or name, of the object WHERE of the meter at TARGET, and show what it returns.

    WHERE may say the method itself, as in disconnect_control.remote_disconnect.

    VALUE is its parameter, JSON or plain text in the shape that the class declares; without it, methods that take an
    integer of no meaning get 0. It is sent once; an answer that does not come leaves the outcome open.

    \b
    dlmskit act sim: disconnect_control remote_disconnect --yes
    dlmskit act sim: 70/0-0:96.3.10 2 --dry-run
    dlmskit act tcp://192.0.2.7:4059 8/0-0:1.0.0 shift_time 30 --client 1 --guek env:GUEK --gak env:GAK
    """
    if method is None or (value is None and Item.parse(where).attribute is not None):
        item, value = Item.whole(where, "METHOD"), method
        method = str(item.attribute)
    else:
        item = Item.member(where, method)
    if dry_run:
        from dlmskit.cli.dry_run import show_action

        show_action(target, item, value, options)
        return
    confirm(f"Invoke {method} of {where} at {target}{'' if value is None else f' with {value}'}?", yes=yes)
    from dlmskit.cli import values
    from dlmskit.cli.changes import method_form, numbered_method, parsed
    from dlmskit.reading import text

    with client(target, **options) as meter:
        place = item.place(meter)
        number = numbered_method(place, item)
        parameter = None if value is None else parsed(method, method_form(place, number), value)
        answer = meter.invoke(place, number, parameter)
    if as_json:
        done = {"obis": str(place.obis), "class_id": place.class_id, "method": number, "value": values.to_json(answer)}
        click.echo(msgspec.json.encode({"schema": "dlmskit/act/1"} | done))
    else:
        click.echo("done" if answer is None else f"done: {text.line(answer)}")
