"""PRIME NB OFDM PLC MAC setup (class 82).

Source: Blue Book, PRIME MAC setup; two public implementations, which may not be independent here. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import UNSIGNED

PRIME_MAC_SETUP_0 = InterfaceClass(
    82,
    0,
    "PRIME NB OFDM PLC MAC setup",
    (
        LOGICAL_NAME,
        static(2, "mac_min_switch_search_time", UNSIGNED),
        static(3, "mac_max_promotion_pdu", UNSIGNED),
        static(4, "mac_promotion_pdu_tx_period", UNSIGNED),
        static(5, "mac_beacons_per_frame", UNSIGNED),
        static(6, "mac_scp_max_tx_attempts", UNSIGNED),
        static(7, "mac_ctl_re_tx_timer", UNSIGNED),
        static(8, "mac_max_ctl_re_tx", UNSIGNED),
    ),
    confidence="single",
)

VERSIONS = (PRIME_MAC_SETUP_0,)
