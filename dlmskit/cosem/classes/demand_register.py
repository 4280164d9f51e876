"""Demand register (class 5): averages over sliding or fixed periods. Source: Blue Book, Demand register."""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method
from dlmskit.enums import DataType

DEMAND_REGISTER_0 = InterfaceClass(
    5,
    0,
    "Demand register",
    (
        LOGICAL_NAME,
        Attribute(2, "current_average_value"),
        Attribute(3, "last_average_value"),
        Attribute(4, "scaler_unit", DataType.STRUCTURE),
        Attribute(5, "status"),
        Attribute(6, "capture_time", DataType.OCTET_STRING),
        Attribute(7, "start_time_current", DataType.OCTET_STRING),
        Attribute(8, "period", DataType.DOUBLE_LONG_UNSIGNED),
        Attribute(9, "number_of_periods", DataType.LONG_UNSIGNED),
    ),
    (Method(1, "reset", DataType.INTEGER), Method(2, "next_period", DataType.INTEGER)),
)

VERSIONS = (DEMAND_REGISTER_0,)
