"""What `set` and `act` share: values as typed, and reading back."""

from __future__ import annotations

import click

from dlmskit.cli.attributes import Attribute
from dlmskit.cli.where import Item
from dlmskit.client import Client
from dlmskit.codec.data import Data
from dlmskit.cosem.types import ANY, Type
from dlmskit.exceptions import DlmskitError, EncodeError, ServiceError, UnknownObject
from dlmskit.reading import Place
from dlmskit.reading.typed_in import parse
from dlmskit.session.operations import Get

CLOCK = 8


class NotAsWritten(ServiceError):
    """The meter took a value and then shows another."""


def attribute_form(place: Place, number: int) -> Type:
    """What the class declares for an attribute."""
    declared = place.declaration.attribute(number)
    return declared.form if declared is not None else ANY


def method_form(place: Place, number: int) -> Type:
    """What the class declares for the parameter of a method."""
    declared = place.declaration.method(number)
    return declared.form if declared is not None else ANY


def numbered_method(place: Place, item: Item) -> int:
    """The number of the method that was named. Raises `click.UsageError` for one that the class has not."""
    assert item.attribute is not None
    try:
        return place.method(item.attribute)
    except UnknownObject as error:
        raise click.UsageError(str(error)) from None


def parsed(name: str, form: Type, text: str) -> object:
    """The value that was typed for `name`. Raises `click.UsageError` that says what is wanted."""
    try:
        return parse(form, text)
    except EncodeError as error:
        raise click.UsageError(f"{name}: {error} (wanted: {form})") from None


def read_back(meter: Client, place: Place, number: int, sent: Data) -> Attribute:
    """The attribute after `sent` was written. Where reading is refused, that it was taken is all that is known."""
    try:
        held: Data | DlmskitError = meter.run(Get(place.class_id, place.obis, number))
        value = meter.read(place, number)
    except ServiceError:
        return Attribute(place.obis, place, number, "written; the meter does not let it be read")
    ticks = place.class_id == CLOCK and number in (2, 3)
    if held != sent and not ticks:
        return Attribute(place.obis, place, number, error=NotAsWritten(f"the meter took it and shows {value}"))
    return Attribute(place.obis, place, number, value)
