"""IEC twisted pair (1) setup (class 24): addresses of a station on a twisted pair.

Source: Blue Book, IEC twisted pair (1) setup; one public implementation has the types. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import ENUM, INTEGER, UNSIGNED, array_of

IEC_TWISTED_PAIR_SETUP_0 = InterfaceClass(
    24,
    0,
    "IEC twisted pair (1) setup",
    (
        LOGICAL_NAME,
        static(2, "mode", ENUM),
        static(3, "speed", ENUM),
        static(4, "primary_address_list", array_of(UNSIGNED)),
        static(5, "tabi_list", array_of(INTEGER)),
    ),
    confidence="single",
)

VERSIONS = (IEC_TWISTED_PAIR_SETUP_0,)
