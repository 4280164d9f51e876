"""Converters for COSEM attributes: integers, switch states, energy, clock and ranges.

Arguments come as tuples in the order of the row's `of`; results of operations are `Data`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from dlmskit.apdu.descriptors import SelectiveAccess
from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.codec.date_time import CosemDateTime
from dlmskit.codec.values import Node
from dlmskit.cosem.quantity import INTEGERS, scale
from dlmskit.cosem.selective import CaptureObject, RangeDescriptor
from dlmskit.cosem.time import from_limit, from_stamp, to_limit, to_stamp
from dlmskit.cosem.units import Unit
from dlmskit.enums import DataType
from dlmskit.exceptions import NotRepresentable
from dlmskit.translate.program import Binding, Terms

CONTROL_STATES = ("disconnected", "connected", "ready-for-reconnection")
"""Source: Blue Book, Disconnect control, control_state."""


def whole(value: Data | Node) -> int:
    """The number of an integer or enum. Raises `NotRepresentable` for other types."""
    if value.tag not in INTEGERS and value.tag != DataType.ENUM:
        raise NotRepresentable(f"expected an integer, found {DataType(value.tag).label}")
    return int(value.value)


def integer_to_meter(arguments: tuple[Any, ...], terms: Terms) -> Data:
    """An integer Data of option `type` (default ``integer``), from the argument or the option `value`."""
    value = arguments[0] if arguments else terms.options["value"]
    return data.of(DataType.from_label(terms.options.get("type", "integer")), value)


def integer_from_meter(arguments: tuple[Any, ...], terms: Terms) -> int:
    return whole(arguments[0])


def boolean_to_meter(arguments: tuple[Any, ...], terms: Terms) -> Data:
    return data.boolean(arguments[0])


def boolean_from_meter(arguments: tuple[Any, ...], terms: Terms) -> bool:
    value = arguments[0]
    if value.tag is not DataType.BOOLEAN:
        raise NotRepresentable(f"expected a boolean, found {value.tag.label}")
    return bool(value.value)


def control_state_to_meter(arguments: tuple[Any, ...], terms: Terms) -> Data:
    return data.enum(CONTROL_STATES.index(arguments[0]))


def control_state_from_meter(arguments: tuple[Any, ...], terms: Terms) -> str:
    state = whole(arguments[0])
    if state >= len(CONTROL_STATES):
        raise NotRepresentable(f"control_state {state} is not one of {', '.join(CONTROL_STATES)}")
    return CONTROL_STATES[state]


def energy_to_meter(arguments: tuple[Any, ...], terms: Terms) -> Data:
    """kWh and scaler_unit to the register's number; option `type` as in the model, double-long-unsigned by default."""
    energy, scaler_unit = arguments
    raw = scale(scale(energy, 3), -energy_scaler(scaler_unit))
    if raw != raw.to_integral_value():
        raise NotRepresentable(f"{energy} kWh has more digits than the meter's scaler")
    return data.of(DataType.from_label(terms.options.get("type", "double-long-unsigned")), int(raw))


def energy_from_meter(arguments: tuple[Any, ...], terms: Terms) -> Decimal:
    """A register's number and the scaler_unit read with it, as exact kWh; the scaler is applied once, here."""
    raw, scaler_unit = arguments
    return to_kwh(whole(raw), energy_scaler(scaler_unit))


def to_kwh(raw: int, scaler: int) -> Decimal:
    """A count of ten to the power of `scaler` Wh as exact kWh."""
    return scale(scale(raw, scaler), -3)


def energy_scaler(scaler_unit: Data) -> int:
    """The scaler of an energy register. Raises `NotRepresentable` for anything but a scaler_unit in Wh."""
    tree = scaler_unit.tree()
    if tree.tag != DataType.STRUCTURE or len(tree.value) != 2:
        raise NotRepresentable(f"expected a scaler_unit structure, found {scaler_unit!r}")
    try:
        scaler, unit = map(whole, tree.value)
    except NotRepresentable as error:
        raise NotRepresentable(f"scaler_unit: {error}") from None
    if unit != Unit.WATT_HOUR:
        raise NotRepresentable(f"expected active energy in Wh, the meter's register has unit code {unit}")
    return scaler


def clock_to_meter(arguments: tuple[Any, ...], terms: Terms) -> Data:
    """The first instant that is given, as octet-string of 12."""
    moment = next(argument for argument in arguments if argument is not None)
    return data.octet_string(to_stamp(moment, terms.time).to_bytes())


def clock_from_meter(arguments: tuple[Any, ...], terms: Terms) -> datetime:
    return from_stamp(stamp_of(arguments[0]), terms.time)


def clock_status_from_meter(arguments: tuple[Any, ...], terms: Terms) -> int | None:
    """The clock status octet, None where the meter does not specify it."""
    return stamp_of(arguments[0]).status


def stamp_of(value: Data | Node) -> CosemDateTime:
    """The date-time in an octet-string of 12 or a date-time. Raises `NotRepresentable`."""
    plain = value.value
    if isinstance(plain, CosemDateTime):
        return plain
    if isinstance(plain, bytes) and len(plain) == 12:
        return CosemDateTime.from_bytes(plain)
    raise NotRepresentable(f"expected a date-time, found {DataType(value.tag).label}")


def drift_from_meter(arguments: tuple[Any, ...], terms: Terms) -> Decimal:
    """Seconds by which a clock reading is ahead: of the time it was taken, or of a wanted time.

    Arguments: reading, when it was taken, wanted time or None, and optionally when the wanted time was set.
    """
    return drift(clock_from_meter(arguments[:1], terms), *arguments[1:])


def drift(reading: datetime, at: datetime, wanted: datetime | None, since: datetime | None = None) -> Decimal:
    """`reading` minus the time that a right clock shows, in seconds.

    Without `wanted` that is `at`; with it, `wanted` plus what has passed between `since` and `at`.
    """
    right = at if wanted is None else wanted if since is None else wanted + (at - since)
    ahead = reading - right
    return Decimal(ahead.days * 86_400 + ahead.seconds) + Decimal(ahead.microseconds).scaleb(-6)


def range_to_meter(arguments: tuple[Any, ...], terms: Terms) -> SelectiveAccess:
    """Start and end as a range over the object `clock`, all columns."""
    start, end = (to_limit(moment, terms.time) for moment in arguments)
    return RangeDescriptor.between(start, end, captured(terms.objects["clock"])).to_access()


def range_from_meter(arguments: tuple[Any, ...], terms: Terms) -> tuple[datetime, datetime]:
    """Start and end of a range over the object `clock`. Raises `NotRepresentable` for a range over another one."""
    descriptor = RangeDescriptor.from_access(arguments[0])
    if descriptor.restricting_object != captured(terms.objects["clock"]):
        raise NotRepresentable(f"the range is over {descriptor.restricting_object.logical_name}, not over the clock")
    limits = (stamp_of(limit) for limit in (descriptor.from_value, descriptor.to_value))
    start, end = (from_limit(limit, terms.time) for limit in limits)
    return start, end


def captured(binding: Binding) -> CaptureObject:
    """Attribute 2 of a COSEM object, as capture_objects and range descriptors name it."""
    if binding.class_id is None or binding.obis is None:
        raise NotRepresentable(f"{binding.address} is not a COSEM object")
    return CaptureObject(binding.class_id, binding.obis, 2, 0)


def time_from_meter(arguments: tuple[Any, ...], terms: Terms) -> datetime:
    """An instant that we know already, in UTC."""
    moment: datetime = arguments[0]
    return moment.astimezone(UTC)
