"""Function control (class 122): which functions of a meter are switched on.

Source: Blue Book, Function control; one public implementation has the structures. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import BOOLEAN, LONG_UNSIGNED, TEXT_OCTETS, array_of, structure
from dlmskit.cosem.types import LOGICAL_NAME as NAME

FUNCTION_STATUS = array_of(structure(function_name=TEXT_OCTETS, function_status=BOOLEAN))
FUNCTION = structure(
    function_name=TEXT_OCTETS, function_specifications=array_of(structure(class_id=LONG_UNSIGNED, logical_name=NAME))
)

FUNCTION_CONTROL_0 = InterfaceClass(
    122,
    0,
    "Function control",
    (
        LOGICAL_NAME,
        dynamic(2, "activation_status", FUNCTION_STATUS),
        static(3, "function_list", array_of(FUNCTION)),
    ),
    (
        Method(1, "set_function_status", FUNCTION_STATUS),
        Method(2, "add_function", FUNCTION),
        Method(3, "remove_function", FUNCTION),
    ),
    "single",
)

VERSIONS = (FUNCTION_CONTROL_0,)
