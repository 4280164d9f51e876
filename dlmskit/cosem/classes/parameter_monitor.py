"""Parameter monitor (class 65): which parameter was changed last, and when.

Source: Blue Book, Parameter monitor; one public implementation has the types. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import ANY, ATTRIBUTE_VALUE, DATE_TIME_OCTETS, INTEGER, LONG_UNSIGNED, array_of, structure
from dlmskit.cosem.types import LOGICAL_NAME as NAME

PARAMETER_MONITOR_0 = InterfaceClass(
    65,
    0,
    "Parameter monitor",
    (
        LOGICAL_NAME,
        dynamic(
            2,
            "changed_parameter",
            structure(class_id=LONG_UNSIGNED, logical_name=NAME, attribute_index=INTEGER, attribute_value=ANY),
        ),
        dynamic(3, "capture_time", DATE_TIME_OCTETS),
        static(4, "parameter_list", array_of(ATTRIBUTE_VALUE)),
    ),
    (Method(1, "add_parameter", ATTRIBUTE_VALUE), Method(2, "delete_parameter", ATTRIBUTE_VALUE)),
    "single",
)

VERSIONS = (PARAMETER_MONITOR_0,)
