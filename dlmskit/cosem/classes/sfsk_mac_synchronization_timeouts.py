"""S-FSK MAC synchronization timeouts (class 52).

Source: Blue Book, S-FSK MAC synchronization timeouts; no source at hand has the types. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import LONG_UNSIGNED

SFSK_MAC_SYNCHRONIZATION_TIMEOUTS_0 = InterfaceClass(
    52,
    0,
    "S-FSK MAC synchronization timeouts",
    (
        LOGICAL_NAME,
        static(2, "search_initiator_timeout", LONG_UNSIGNED),
        static(3, "synchronization_confirmation_timeout", LONG_UNSIGNED),
        static(4, "time_out_not_addressed", LONG_UNSIGNED),
        static(5, "time_out_frame_not_ok", LONG_UNSIGNED),
    ),
    confidence="single",
)

VERSIONS = (SFSK_MAC_SYNCHRONIZATION_TIMEOUTS_0,)
