"""ISO/IEC 8802-2 LLC Type 2 setup (class 58): windows and timers of a connected link.

Source: Blue Book, ISO/IEC 8802-2 LLC Type 2 setup; one public implementation has the types. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import LONG_UNSIGNED, UNSIGNED

LLC_TYPE_2_SETUP_0 = InterfaceClass(
    58,
    0,
    "ISO/IEC 8802-2 LLC Type 2 setup",
    (
        LOGICAL_NAME,
        static(2, "transmit_window_size_k", UNSIGNED),
        static(3, "receive_window_size_rw", UNSIGNED),
        static(4, "max_octets_i_pdu_n1", LONG_UNSIGNED),
        static(5, "max_number_transmissions_n2", UNSIGNED),
        static(6, "acknowledgement_timer", LONG_UNSIGNED),
        static(7, "p_bit_timer", LONG_UNSIGNED),
        static(8, "reject_timer", LONG_UNSIGNED),
        static(9, "busy_state_timer", LONG_UNSIGNED),
    ),
    confidence="single",
)

VERSIONS = (LLC_TYPE_2_SETUP_0,)
