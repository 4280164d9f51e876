"""Register table (class 61): one attribute of many registers, read at once.

Source: Blue Book, Register table; one public implementation has the names. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import INTEGER, LONG_UNSIGNED, SCALED, SCALER_UNIT, UNSIGNED, array_of, structure
from dlmskit.cosem.types import LOGICAL_NAME as NAME

REGISTER_TABLE_0 = InterfaceClass(
    61,
    0,
    "Register table",
    (
        LOGICAL_NAME,
        dynamic(2, "table_cell_values", array_of(SCALED)),
        static(
            3,
            "table_cell_definition",
            structure(
                class_id=LONG_UNSIGNED,
                logical_name=NAME,
                group_e_values=array_of(UNSIGNED),
                attribute_index=INTEGER,
            ),
        ),
        static(4, "scaler_unit", SCALER_UNIT),
    ),
    (Method(1, "reset", INTEGER), Method(2, "capture", INTEGER)),
    "single",
)

VERSIONS = (REGISTER_TABLE_0,)
