"""Schedule (class 10): scripts on weekdays and special days within dates.

Source: Blue Book, Schedule; British commands agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, static
from dlmskit.cosem.types import (
    BIT_STRING,
    BOOLEAN,
    DATE_OCTETS,
    LONG_UNSIGNED,
    TIME_OCTETS,
    array_of,
    flags,
    structure,
)
from dlmskit.cosem.types import LOGICAL_NAME as NAME

ENTRY = structure(
    index=LONG_UNSIGNED,
    enable=BOOLEAN,
    script_logical_name=NAME,
    script_selector=LONG_UNSIGNED,
    switch_time=TIME_OCTETS,
    validity_window=LONG_UNSIGNED,
    exec_weekdays=flags("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    exec_specdays=BIT_STRING,
    begin_date=DATE_OCTETS,
    end_date=DATE_OCTETS,
)

SCHEDULE_0 = InterfaceClass(
    10,
    0,
    "Schedule",
    (LOGICAL_NAME, static(2, "entries", array_of(ENTRY))),
    (
        Method(
            1,
            "enable_disable",
            structure(
                first_index_a=LONG_UNSIGNED,
                last_index_a=LONG_UNSIGNED,
                first_index_b=LONG_UNSIGNED,
                last_index_b=LONG_UNSIGNED,
            ),
        ),
        Method(2, "insert", ENTRY),
        Method(3, "delete", structure(first_index=LONG_UNSIGNED, last_index=LONG_UNSIGNED)),
    ),
)

VERSIONS = (SCHEDULE_0,)
