"""Credit (class 112): an amount that charges are taken from.

Source: Blue Book, Credit; British commands and two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import BIT_STRING, DATE_TIME_OCTETS, DOUBLE_LONG, INTEGER, UNSIGNED, enumerated

CREDIT_0 = InterfaceClass(
    112,
    0,
    "Credit",
    (
        LOGICAL_NAME,
        dynamic(2, "current_credit_amount", DOUBLE_LONG),
        static(
            3,
            "credit_type",
            enumerated(
                "token-credit",
                "reserved-credit",
                "emergency-credit",
                "time-based-credit",
                "consumption-based-credit",
            ),
        ),
        static(4, "priority", UNSIGNED),
        static(5, "warning_threshold", DOUBLE_LONG),
        static(6, "limit", DOUBLE_LONG),
        static(7, "credit_configuration", BIT_STRING),
        dynamic(8, "credit_status", enumerated("enabled", "selectable", "selected-invoked", "in-use", "consumed")),
        static(9, "preset_credit_amount", DOUBLE_LONG),
        static(10, "credit_available_threshold", DOUBLE_LONG),
        static(11, "period", DATE_TIME_OCTETS),
    ),
    (
        Method(1, "update_amount", DOUBLE_LONG),
        Method(2, "set_amount_to_value", DOUBLE_LONG, DOUBLE_LONG),
        Method(3, "invoke_credit", INTEGER),
    ),
)

VERSIONS = (CREDIT_0,)
