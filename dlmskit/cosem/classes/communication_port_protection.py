"""Communication port protection (class 124): lock-out of a port after failed attempts.

Source: Blue Book, Communication port protection; one public implementation has the types. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import DOUBLE_LONG_UNSIGNED, INTEGER, LONG_UNSIGNED, UNSIGNED, enumerated
from dlmskit.cosem.types import LOGICAL_NAME as NAME

COMMUNICATION_PORT_PROTECTION_0 = InterfaceClass(
    124,
    0,
    "Communication port protection",
    (
        LOGICAL_NAME,
        static(2, "protection_mode", enumerated("locked", "locked-on-failed-attempts", "unlocked")),
        static(3, "allowed_failed_attempts", LONG_UNSIGNED),
        static(4, "initial_lockout_time", DOUBLE_LONG_UNSIGNED),
        static(5, "steepness_factor", UNSIGNED),
        static(6, "max_lockout_time", DOUBLE_LONG_UNSIGNED),
        static(7, "port_reference", NAME),
        dynamic(8, "protection_status", enumerated("unlocked", "temporarily-locked", "locked")),
        dynamic(9, "failed_attempts", DOUBLE_LONG_UNSIGNED),
        dynamic(10, "cumulative_failed_attempts", DOUBLE_LONG_UNSIGNED),
    ),
    (Method(1, "reset", INTEGER),),
    "single",
)

VERSIONS = (COMMUNICATION_PORT_PROTECTION_0,)
