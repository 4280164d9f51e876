"""Clock (class 8): local time and its distance from UTC. Source: Blue Book, Clock."""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method
from dlmskit.enums import DataType

CLOCK_0 = InterfaceClass(
    8,
    0,
    "Clock",
    (
        LOGICAL_NAME,
        Attribute(2, "time", DataType.OCTET_STRING),
        Attribute(3, "time_zone", DataType.LONG),
        Attribute(4, "status", DataType.UNSIGNED),
        Attribute(5, "daylight_savings_begin", DataType.OCTET_STRING),
        Attribute(6, "daylight_savings_end", DataType.OCTET_STRING),
        Attribute(7, "daylight_savings_deviation", DataType.INTEGER),
        Attribute(8, "daylight_savings_enabled", DataType.BOOLEAN),
        Attribute(9, "clock_base", DataType.ENUM),
    ),
    (
        Method(1, "adjust_to_quarter", DataType.INTEGER),
        Method(2, "adjust_to_measuring_period", DataType.INTEGER),
        Method(3, "adjust_to_minute", DataType.INTEGER),
        Method(4, "adjust_to_preset_time", DataType.INTEGER),
        Method(5, "preset_adjusting_time", DataType.STRUCTURE),
        Method(6, "shift_time", DataType.LONG),
    ),
)

VERSIONS = (CLOCK_0,)
