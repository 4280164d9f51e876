"""Limiter (class 71): what happens when a value stays above or below a threshold.

Source: Blue Book, Limiter; two public implementations agree. Thresholds have the type of the value that is watched.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, dynamic, static
from dlmskit.cosem.types import (
    ATTRIBUTE_VALUE,
    BOOLEAN,
    DATE_TIME_OCTETS,
    DOUBLE_LONG_UNSIGNED,
    LONG_UNSIGNED,
    SCRIPT,
    array_of,
    structure,
)

LIMITER_0 = InterfaceClass(
    71,
    0,
    "Limiter",
    (
        LOGICAL_NAME,
        static(2, "monitored_value", ATTRIBUTE_VALUE),
        dynamic(3, "threshold_active"),
        static(4, "threshold_normal"),
        static(5, "threshold_emergency"),
        static(6, "min_over_threshold_duration", DOUBLE_LONG_UNSIGNED),
        static(7, "min_under_threshold_duration", DOUBLE_LONG_UNSIGNED),
        static(
            8,
            "emergency_profile",
            structure(
                emergency_profile_id=LONG_UNSIGNED,
                emergency_activation_time=DATE_TIME_OCTETS,
                emergency_duration=DOUBLE_LONG_UNSIGNED,
            ),
        ),
        static(9, "emergency_profile_group_id_list", array_of(LONG_UNSIGNED)),
        dynamic(10, "emergency_profile_active", BOOLEAN),
        static(11, "actions", structure(action_over_threshold=SCRIPT, action_under_threshold=SCRIPT)),
    ),
)

VERSIONS = (LIMITER_0,)
