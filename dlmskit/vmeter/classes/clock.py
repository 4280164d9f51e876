"""Clock (class 8): the meter's reading, and the ways to move it. The model states zone and daylight saving rules."""

from __future__ import annotations

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.enums import DataType
from dlmskit.exceptions import ActionError, DataAccessError, DecodeError
from dlmskit.vmeter.behaviour import Asked, Behaviour, Invoke, moment_of, stamp
from dlmskit.vmeter.clock import MINUTE, SECOND, to_nearest

_LONGEST_SHIFT = 900
"""seconds, either way"""


def _status(asked: Asked) -> Data:
    return data.unsigned(asked.firmware.clock.cosem(asked.at.reading).status or 0)


def _set_time(asked: Asked, value: Data) -> None:
    try:
        reading = asked.firmware.clock.from_cosem(moment_of(value))
    except DecodeError:
        raise DataAccessError("other-reason", "a date-time with open fields") from None
    if not asked.firmware.set_clock(reading):
        raise DataAccessError("other-reason", "a date-time that the clock cannot show")


def _adjust(step: int) -> Invoke:
    def adjust(asked: Asked, parameters: Data | None) -> None:
        asked.firmware.set_clock(to_nearest(asked.firmware.clock.reading, step))

    return adjust


def _shift(asked: Asked, parameters: Data | None) -> None:
    if parameters is None or parameters.tag is not DataType.LONG:
        raise ActionError("type-unmatched", "shift_time wants a long")
    seconds = parameters.value
    if abs(seconds) > _LONGEST_SHIFT:
        raise ActionError("other-reason", f"shift_time is at most {_LONGEST_SHIFT} s")
    asked.firmware.set_clock(asked.firmware.clock.reading + seconds * SECOND)


CLOCK = Behaviour(
    read={"time": lambda asked: stamp(asked, asked.at.reading), "status": _status},
    write={"time": _set_time},
    invoke={"adjust_to_quarter": _adjust(15 * MINUTE), "adjust_to_minute": _adjust(MINUTE), "shift_time": _shift},
)
