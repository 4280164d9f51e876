"""Clock (class 8): the meter's reading, and the ways to move it. The model states zone and daylight saving rules."""

from __future__ import annotations

from dlmskit.codec import data
from dlmskit.codec.data import Data
from dlmskit.cosem.classes.clock import CLOCK_0
from dlmskit.enums import DataType
from dlmskit.exceptions import ActionError, DataAccessError, DecodeError
from dlmskit.vmeter.behaviour import Asked, Behaviour, Invoke, moment_of, parameter_of, stamp
from dlmskit.vmeter.clock import MINUTE, SECOND, to_nearest

_LONGEST_SHIFT = 900
"""seconds, either way"""
_QUARTER = 900
"""seconds"""
_PRESET = next(method.form for method in CLOCK_0.methods if method.name == "preset_adjusting_time")


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


def _adjust_to_period(asked: Asked, parameters: Data | None) -> None:
    """To the nearest boundary of the shortest profile, as that is what is measured in."""
    periods = [row.capture_period for row in asked.firmware.model.objects if row.capture_period]
    asked.firmware.set_clock(to_nearest(asked.firmware.clock.reading, min(periods, default=_QUARTER) * SECOND))


def _preset(asked: Asked, parameters: Data | None) -> None:
    """Keep a time to go to, and the readings between which that may be done."""
    wanted = parameter_of(_PRESET, parameters)
    clock = asked.firmware.clock
    try:
        clock.preset = tuple(clock.from_cosem(each) for each in wanted.values())
    except DecodeError:
        raise ActionError("other-reason", "a date-time with open fields") from None


def _adjust_to_preset(asked: Asked, parameters: Data | None) -> None:
    clock = asked.firmware.clock
    preset, clock.preset = clock.preset, ()
    if not preset or not preset[1] <= clock.reading <= preset[2] or not asked.firmware.set_clock(preset[0]):
        raise ActionError("other-reason", "no time was preset that is valid now")


CLOCK = Behaviour(
    read={"time": lambda asked: stamp(asked, asked.at.reading), "status": _status},
    write={"time": _set_time},
    invoke={
        "adjust_to_quarter": _adjust(_QUARTER * SECOND),
        "adjust_to_measuring_period": _adjust_to_period,
        "adjust_to_minute": _adjust(MINUTE),
        "adjust_to_preset_time": _adjust_to_preset,
        "preset_adjusting_time": _preset,
        "shift_time": _shift,
    },
)
