"""Register (class 3): one value with scaler and unit.

Source: Blue Book, Register; object lists of Dutch, British and Indian meters agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import INTEGER, SCALED, SCALER_UNIT

REGISTER_0 = InterfaceClass(
    3,
    0,
    "Register",
    (LOGICAL_NAME, dynamic(2, "value", SCALED), static(3, "scaler_unit", SCALER_UNIT)),
    (Method(1, "reset", INTEGER),),
)

VERSIONS = (REGISTER_0,)
