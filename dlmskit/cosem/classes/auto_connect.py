"""Auto connect (class 29): when and whom a meter calls.

Source: Blue Book, Auto connect; two public implementations agree on version 2. Versions 0 and 1 are not declared.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, static
from dlmskit.cosem.types import ENUM, INTEGER, LONG_UNSIGNED, TEXT_OCTETS, UNSIGNED, WINDOW, array_of

AUTO_CONNECT_2 = InterfaceClass(
    29,
    2,
    "Auto connect",
    (
        LOGICAL_NAME,
        static(2, "mode", ENUM),
        static(3, "repetitions", UNSIGNED),
        static(4, "repetition_delay", LONG_UNSIGNED),
        static(5, "calling_window", array_of(WINDOW)),
        static(6, "destination_list", array_of(TEXT_OCTETS)),
    ),
    (Method(1, "connect", INTEGER),),
)

VERSIONS = (AUTO_CONNECT_2,)
