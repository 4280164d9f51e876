"""Extended register (class 4): a register with status and time of capture. Source: Blue Book, Extended register."""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method
from dlmskit.enums import DataType

EXTENDED_REGISTER_0 = InterfaceClass(
    4,
    0,
    "Extended register",
    (
        LOGICAL_NAME,
        Attribute(2, "value"),
        Attribute(3, "scaler_unit", DataType.STRUCTURE),
        Attribute(4, "status"),
        Attribute(5, "capture_time", DataType.OCTET_STRING),
    ),
    (Method(1, "reset", DataType.INTEGER),),
)

VERSIONS = (EXTENDED_REGISTER_0,)
