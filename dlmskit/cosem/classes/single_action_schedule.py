"""Single action schedule (class 22): one script at given dates and times.

Source: Blue Book, Single action schedule; object lists of Dutch meters agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import DATE_OCTETS, SCRIPT, TIME_OCTETS, array_of, enumerated, structure

TYPE = enumerated(
    "one-time-open-dates",
    "same-time-fixed-dates",
    "same-time-open-dates",
    "own-times-fixed-dates",
    "own-times-open-dates",
    first=1,
)
"""whether there is one time, the same for all dates or one for each, and whether dates may have wildcards"""

SINGLE_ACTION_SCHEDULE_0 = InterfaceClass(
    22,
    0,
    "Single action schedule",
    (
        LOGICAL_NAME,
        static(2, "executed_script", SCRIPT),
        static(3, "type", TYPE),
        static(4, "execution_time", array_of(structure(time=TIME_OCTETS, date=DATE_OCTETS))),
    ),
)

VERSIONS = (SINGLE_ACTION_SCHEDULE_0,)
