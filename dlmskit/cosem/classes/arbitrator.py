"""Arbitrator (class 68): which of several actors may have an action done.

Source: Blue Book, Arbitrator; one public implementation has the names. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import BIT_STRING, INTEGER, LONG_UNSIGNED, SCRIPT, UNSIGNED, array_of, structure

ARBITRATOR_0 = InterfaceClass(
    68,
    0,
    "Arbitrator",
    (
        LOGICAL_NAME,
        static(2, "actions", array_of(SCRIPT)),
        static(3, "permissions_table", array_of(BIT_STRING)),
        static(4, "weightings_table", array_of(array_of(LONG_UNSIGNED))),
        dynamic(5, "most_recent_requests_table", array_of(BIT_STRING)),
        dynamic(6, "last_outcome", UNSIGNED),
    ),
    (
        Method(1, "request_action", structure(request_actor=UNSIGNED, request_action_list=BIT_STRING)),
        Method(2, "reset", INTEGER),
    ),
    "single",
)

VERSIONS = (ARBITRATOR_0,)
