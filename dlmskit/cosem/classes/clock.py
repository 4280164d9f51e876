"""Clock (class 8): local time and its distance from UTC.

Source: Blue Book, Clock; object lists of Dutch meters agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import BOOLEAN, DATE_TIME_OCTETS, INTEGER, LONG, enumerated, flags, structure
from dlmskit.enums import DataType

CLOCK_STATUS = flags(
    "invalid-value",
    "doubtful-value",
    "different-clock-base",
    "invalid-clock-status",
    "bit-4",
    "bit-5",
    "bit-6",
    "daylight-saving-active",
    tag=DataType.UNSIGNED,
)
CLOCK_BASE = enumerated("not-defined", "internal-crystal", "mains-50-hz", "mains-60-hz", "gps", "radio-controlled")

CLOCK_0 = InterfaceClass(
    8,
    0,
    "Clock",
    (
        LOGICAL_NAME,
        dynamic(2, "time", DATE_TIME_OCTETS),
        static(3, "time_zone", LONG),
        dynamic(4, "status", CLOCK_STATUS),
        static(5, "daylight_savings_begin", DATE_TIME_OCTETS),
        static(6, "daylight_savings_end", DATE_TIME_OCTETS),
        static(7, "daylight_savings_deviation", INTEGER),
        static(8, "daylight_savings_enabled", BOOLEAN),
        static(9, "clock_base", CLOCK_BASE),
    ),
    (
        Method(1, "adjust_to_quarter", INTEGER),
        Method(2, "adjust_to_measuring_period", INTEGER),
        Method(3, "adjust_to_minute", INTEGER),
        Method(4, "adjust_to_preset_time", INTEGER),
        Method(
            5,
            "preset_adjusting_time",
            structure(
                preset_time=DATE_TIME_OCTETS,
                validity_interval_start=DATE_TIME_OCTETS,
                validity_interval_end=DATE_TIME_OCTETS,
            ),
        ),
        Method(6, "shift_time", LONG),
    ),
)

VERSIONS = (CLOCK_0,)
