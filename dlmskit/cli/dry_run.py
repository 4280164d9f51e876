"""`--dry-run`: what a command would send, without a meter.

The octets are those of an association that was just opened, in plain: a live invocation counter is never spent on them,
and where the association is ciphered the APDU goes out sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from dlmskit.cli.changes import attribute_form, method_form, numbered_method, parsed
from dlmskit.cli.connection import wishes
from dlmskit.cli.conversation import summary
from dlmskit.cli.where import Item
from dlmskit.codec.data import Data, integer
from dlmskit.connecting import Plan, link_settings, plan
from dlmskit.cosem.types import Type
from dlmskit.enums import DataType
from dlmskit.exceptions import DecodeError, EncodeError, UnknownObject, UnsupportedService
from dlmskit.notation import data_to_json
from dlmskit.reading import Place, Reader
from dlmskit.reading.values import parameter
from dlmskit.session.operations import Action, Set
from dlmskit.stack.render import AssociationState, render
from dlmskit.translate.text import operation_text


def show_set(target: str, item: Item, value: str, options: Mapping[str, Any]) -> None:
    """Print what writing an attribute sends."""
    wanted, reader = _offline(target, options)
    place = _place(reader, item)
    assert item.attribute is not None
    try:
        number = place.attribute(item.attribute)
    except UnknownObject as error:
        raise click.UsageError(str(error)) from None
    data = _encoded(str(item.attribute), attribute_form(place, number), value, reader)
    _show(wanted, Set(place.class_id, place.obis, number, data), data)


def show_action(target: str, item: Item, value: str | None, options: Mapping[str, Any]) -> None:
    """Print what invoking a method sends."""
    wanted, reader = _offline(target, options)
    place = _place(reader, item)
    number = numbered_method(place, item)
    form = method_form(place, number)
    if value is not None:
        data: Data | None = _encoded(str(item.attribute), form, value, reader)
    else:
        data = integer(0) if form.tags == (DataType.INTEGER,) else None
    _show(wanted, Action(place.class_id, place.obis, number, data), data)


def _offline(target: str, options: Mapping[str, Any]) -> tuple[Plan, Reader]:
    said = {name: value for name, value in options.items() if name not in ("no_progress", "record", "cache")}
    wanted = plan(target, **wishes(target, **said, record=None, cache=None))
    return wanted, Reader(wanted.model)


def _place(reader: Reader, item: Item) -> Place:
    """By the model, or by the class that was said. Raises `click.UsageError` where neither tells it."""
    try:
        obis = reader.obis(item.where)
    except DecodeError as error:
        raise click.UsageError(f"no object is named so: {error.reason}") from None
    known = reader.known(obis, item.class_id)
    if known is None and item.class_id is None:
        raise click.UsageError(f"--dry-run asks no meter: say the class, like 8/{item.where}, or --model")
    return known or Place(item.class_id or 0, obis)


def _encoded(name: str, form: Type, text: str, reader: Reader) -> Data:
    try:
        return parameter(form, parsed(name, form, text), reader.rules, name)
    except EncodeError as error:
        raise click.UsageError(f"{error}; --dry-run asks no meter which type it holds") from None


def _show(wanted: Plan, operation: Set | Action, value: Data | None) -> None:
    if not wanted.association:
        raise UnsupportedService("--dry-run renders COSEM associations only; dlmskit sr translate renders other meters")
    click.echo(operation_text(operation))
    if value is not None:
        click.echo(f"value {data_to_json(value)}")
    for frame in render([operation], _state(wanted)):
        click.echo(f"{frame.octets.hex(' ').upper()}\n    {summary(frame.explanation)}")
    click.echo(
        "nothing was sent; a ciphered association would seal this APDU under its next invocation counter", err=True
    )


def _state(wanted: Plan) -> AssociationState:
    connection = wanted.model.connection if wanted.model is not None else None
    settings = link_settings(wanted.target, connection)
    client_sap, server_sap = map(int, wanted.association.split("/"))
    hdlc = settings.framing != "wrapper"
    return AssociationState(
        framing="hdlc" if hdlc else "wrapper",
        client_sap=client_sap,
        server_sap=server_sap,
        server_lower=settings.server_lower if hdlc else None,
        address_octets=settings.address_octets or 0,
        send_sequence=1 if hdlc else 0,
        receive_sequence=1 if hdlc else 0,
        max_info=settings.parameters.max_info_tx if hdlc else 128,
    )
