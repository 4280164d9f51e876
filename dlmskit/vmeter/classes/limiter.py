"""Limiter (class 71): settings that the organ behind it goes by. Thresholds have the type of what is monitored."""

from __future__ import annotations

from dlmskit.codec.data import Data
from dlmskit.exceptions import DataAccessError
from dlmskit.vmeter.behaviour import Asked, Behaviour, Write
from dlmskit.vmeter.limiter import ACTIVE, EMERGENCY, NORMAL


def _threshold(name: str) -> Write:
    def write(asked: Asked, value: Data) -> None:
        monitored = asked.firmware.meaning(asked.row, "monitored_value")
        row = asked.firmware.model.object_at(monitored["class_id"], monitored["logical_name"]) if monitored else None
        wanted = row.type if row is not None else None
        if not isinstance(value.value, int) or (wanted is not None and value.tag is not wanted):
            raise DataAccessError("type-unmatched", f"{asked.row.name} {name} has the type of what is monitored")
        asked.firmware.written[asked.row.name, name] = value
        asked.firmware.changed(asked.row.name, name)

    return write


LIMITER = Behaviour(write={name: _threshold(name) for name in (ACTIVE, NORMAL, EMERGENCY)})
