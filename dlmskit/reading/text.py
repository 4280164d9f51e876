"""Values that were read, as text in a line."""

from __future__ import annotations

from typing import Any

from dlmskit.codec.data import Data
from dlmskit.codec.date_time import STATUS_DAYLIGHT_SAVING, CosemDateTime
from dlmskit.cosem.quantity import Quantity
from dlmskit.cosem.units import Unit
from dlmskit.exceptions import DecodeError
from dlmskit.stack.observe.layer import plain


def line(value: Any) -> str:
    """`value` in a line. Without its unit, which has a column of its own."""
    match value:
        case None:
            return "-"
        case bool():
            return str(value).lower()
        case Quantity():
            return f"{value.value:f}"
        case Unit():
            return value.symbol
        case CosemDateTime():
            return moment(value)
        case Data():
            return f"{value.tag.label} {plain(value.value)}"
        case dict():
            return ", ".join(f"{name} {line(item)}" for name, item in value.items()) or "nothing"
        case list() | tuple():
            return ", ".join(map(line, value)) or "nothing"
    return str(plain(value))


def instant(stamp: CosemDateTime) -> str:
    """A stamp as ISO 8601 has it, with its deviation as an offset; one that leaves fields open is spelled out."""
    fields = (stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second)
    if None in fields:
        return str(stamp)
    if stamp.deviation is None:
        return "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*fields)
    try:
        return stamp.to_datetime().isoformat(" ", "seconds")
    except DecodeError:
        return str(stamp)


def moment(stamp: CosemDateTime) -> str:
    """The same with what the meter says about its clock, where that is not in the offset."""
    shown = instant(stamp)
    if shown == str(stamp):
        return shown
    if stamp.deviation is None and stamp.daylight_saving:
        shown += " DST"
    doubts = (stamp.status or 0) & ~STATUS_DAYLIGHT_SAVING
    return f"{shown} status {stamp.status:02X}" if doubts else shown
