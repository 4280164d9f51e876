"""Auto answer (class 28): when a modem answers calls.

Source: Blue Book, Auto answer; two public implementations agree on version 0, the elements of allowed callers are the
Blue Book's alone.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, dynamic, next_version, static
from dlmskit.cosem.types import ENUM, TEXT_OCTETS, UNSIGNED, WINDOW, array_of, enumerated, structure

AUTO_ANSWER_0 = InterfaceClass(
    28,
    0,
    "Auto answer",
    (
        LOGICAL_NAME,
        static(2, "mode", ENUM),
        static(3, "listening_window", array_of(WINDOW)),
        dynamic(4, "status", enumerated("inactive", "active", "locked")),
        static(5, "number_of_calls", UNSIGNED),
        static(6, "number_of_rings", structure(nr_rings_in_window=UNSIGNED, nr_rings_out_of_window=UNSIGNED)),
    ),
)
AUTO_ANSWER_2 = next_version(
    AUTO_ANSWER_0,
    2,
    attributes=(static(7, "list_of_allowed_callers", array_of(structure(caller_id=TEXT_OCTETS, call_type=ENUM))),),
)

VERSIONS = (
    AUTO_ANSWER_0,
    AUTO_ANSWER_2,
)
