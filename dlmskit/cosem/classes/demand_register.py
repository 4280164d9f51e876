"""Demand register (class 5): averages over sliding or fixed periods.

Source: Blue Book, Demand register; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import (
    DATE_TIME_OCTETS,
    DOUBLE_LONG_UNSIGNED,
    INTEGER,
    LONG_UNSIGNED,
    SCALED,
    SCALER_UNIT,
)

DEMAND_REGISTER_0 = InterfaceClass(
    5,
    0,
    "Demand register",
    (
        LOGICAL_NAME,
        dynamic(2, "current_average_value", SCALED),
        dynamic(3, "last_average_value", SCALED),
        static(4, "scaler_unit", SCALER_UNIT),
        dynamic(5, "status"),
        dynamic(6, "capture_time", DATE_TIME_OCTETS),
        dynamic(7, "start_time_current", DATE_TIME_OCTETS),
        static(8, "period", DOUBLE_LONG_UNSIGNED),
        static(9, "number_of_periods", LONG_UNSIGNED),
    ),
    (Method(1, "reset", INTEGER), Method(2, "next_period", INTEGER)),
)

VERSIONS = (DEMAND_REGISTER_0,)
