"""`dlmskit set`: write an attribute of a meter."""

from __future__ import annotations

from typing import Any

import click

from dlmskit.cli.confirmation import confirm, yes_option
from dlmskit.cli.connection import client, connection_options
from dlmskit.cli.where import Item


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("target")
@click.argument("where")
@click.argument("attribute")
@click.argument("value", required=False)
@connection_options
@yes_option
@click.option("--dry-run", is_flag=True, help="Show the operation and its octets; nothing is sent.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def command(
    target: str, where: str, attribute: str, value: str | None, yes: bool, dry_run: bool, as_json: bool, **options: Any
) -> None:
    """Write VALUE into the ATTRIBUTE, by number or name, of the object WHERE of the meter at TARGET, and read it back.

    WHERE may say the attribute itself, as in clock.time_zone.

    VALUE is JSON or plain text in the shape that the class declares: 60, true, connected, 0xD0D1, 2026-11-21T12:00Z,
    "12.5 kWh", {"scaler": 0, "unit": "Wh"}. What is of open type takes the type that the meter holds, or a stated one:
    {"type": "long-unsigned", "value": 5}. It is sent once; an answer that does not come leaves the outcome open.

    \b
    dlmskit set sim: clock time_zone 60 --yes
    dlmskit set sim: clock.time_zone 60 --yes
    dlmskit set sim: 70/0-0:96.3.10 control_mode mode-4 --dry-run
    dlmskit set tcp://192.0.2.7:4059 8/0-0:1.0.0 3 60 --client 1 --guek env:GUEK --gak env:GAK
    """
    if value is None:
        item, value = Item.whole(where, "ATTRIBUTE"), attribute
        attribute = str(item.attribute)
    else:
        item = Item.member(where, attribute)
    if dry_run:
        from dlmskit.cli.dry_run import show_set

        show_set(target, item, value, options)
        return
    confirm(f"Write {value} into {attribute} of {where} at {target}?", yes=yes)
    from dlmskit.cli.attributes import finish, located, show
    from dlmskit.cli.changes import attribute_form, parsed, read_back

    with client(target, **options) as meter:
        row = located(meter, item)
        if row.place is not None:
            form = attribute_form(row.place, row.number)
            sent = meter.write(row.place, row.number, parsed(attribute, form, value))
            row = read_back(meter, row.place, row.number, sent)
    show([row], as_json=as_json)
    finish([row])
