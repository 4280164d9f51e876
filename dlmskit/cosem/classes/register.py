"""Register (class 3): one value with scaler and unit. Source: Blue Book, Register."""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method
from dlmskit.enums import DataType

REGISTER_0 = InterfaceClass(
    3,
    0,
    "Register",
    (LOGICAL_NAME, Attribute(2, "value"), Attribute(3, "scaler_unit", DataType.STRUCTURE)),
    (Method(1, "reset", DataType.INTEGER),),
)

VERSIONS = (REGISTER_0,)
