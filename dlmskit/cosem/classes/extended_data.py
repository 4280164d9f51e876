"""Extended data (class 9000): a value in force and the one that takes its place at a given time; British meters only.

Source: decoded reference commands of GBCS; the number is outside the range of the Blue Book.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, dynamic, static
from dlmskit.cosem.types import DATE_TIME_OCTETS, SCALER_UNIT, Scaled

EXTENDED_DATA_0 = InterfaceClass(
    9000,
    0,
    "Extended data",
    (
        LOGICAL_NAME,
        dynamic(2, "value_active", Scaled("scaler_unit_active")),
        static(3, "scaler_unit_active", SCALER_UNIT),
        static(4, "value_passive", Scaled("scaler_unit_passive")),
        static(5, "scaler_unit_passive", SCALER_UNIT),
        static(6, "activate_passive_value_time", DATE_TIME_OCTETS),
    ),
    confidence="single",
)

VERSIONS = (EXTENDED_DATA_0,)
