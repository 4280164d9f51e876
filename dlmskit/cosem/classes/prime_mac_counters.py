"""PRIME NB OFDM PLC MAC counters (class 84).

Source: Blue Book, PRIME MAC counters; two public implementations, which may not be independent here. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic
from dlmskit.cosem.types import DOUBLE_LONG_UNSIGNED, INTEGER

PRIME_MAC_COUNTERS_0 = InterfaceClass(
    84,
    0,
    "PRIME NB OFDM PLC MAC counters",
    (
        LOGICAL_NAME,
        dynamic(2, "mac_tx_data_pkt_count", DOUBLE_LONG_UNSIGNED),
        dynamic(3, "mac_rx_data_pkt_count", DOUBLE_LONG_UNSIGNED),
        dynamic(4, "mac_tx_ctrl_pkt_count", DOUBLE_LONG_UNSIGNED),
        dynamic(5, "mac_rx_ctrl_pkt_count", DOUBLE_LONG_UNSIGNED),
        dynamic(6, "mac_csma_fail_count", DOUBLE_LONG_UNSIGNED),
        dynamic(7, "mac_csma_ch_busy_count", DOUBLE_LONG_UNSIGNED),
    ),
    (Method(1, "reset", INTEGER),),
    "single",
)

VERSIONS = (PRIME_MAC_COUNTERS_0,)
