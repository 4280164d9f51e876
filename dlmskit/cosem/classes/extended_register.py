"""Extended register (class 4): a register with status and time of capture.

Source: Blue Book, Extended register; object lists of Dutch meters agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import DATE_TIME_OCTETS, INTEGER, SCALED, SCALER_UNIT

EXTENDED_REGISTER_0 = InterfaceClass(
    4,
    0,
    "Extended register",
    (
        LOGICAL_NAME,
        dynamic(2, "value", SCALED),
        static(3, "scaler_unit", SCALER_UNIT),
        dynamic(4, "status"),
        dynamic(5, "capture_time", DATE_TIME_OCTETS),
    ),
    (Method(1, "reset", INTEGER),),
)

VERSIONS = (EXTENDED_REGISTER_0,)
