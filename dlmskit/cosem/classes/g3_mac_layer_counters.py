"""G3-PLC MAC layer counters (class 90).

Source: Blue Book, G3-PLC MAC layer counters; two public implementations, which may not be independent here. Single
source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic
from dlmskit.cosem.types import DOUBLE_LONG_UNSIGNED, INTEGER

G3_MAC_LAYER_COUNTERS_1 = InterfaceClass(
    90,
    1,
    "G3-PLC MAC layer counters",
    (
        LOGICAL_NAME,
        dynamic(2, "mac_tx_data_packet_count", DOUBLE_LONG_UNSIGNED),
        dynamic(3, "mac_rx_data_packet_count", DOUBLE_LONG_UNSIGNED),
        dynamic(4, "mac_tx_cmd_packet_count", DOUBLE_LONG_UNSIGNED),
        dynamic(5, "mac_rx_cmd_packet_count", DOUBLE_LONG_UNSIGNED),
        dynamic(6, "mac_csma_fail_count", DOUBLE_LONG_UNSIGNED),
        dynamic(7, "mac_csma_no_ack_count", DOUBLE_LONG_UNSIGNED),
        dynamic(8, "mac_bad_crc_count", DOUBLE_LONG_UNSIGNED),
        dynamic(9, "mac_tx_data_broadcast_count", DOUBLE_LONG_UNSIGNED),
        dynamic(10, "mac_rx_data_broadcast_count", DOUBLE_LONG_UNSIGNED),
    ),
    (Method(1, "reset", INTEGER),),
    "single",
)

VERSIONS = (G3_MAC_LAYER_COUNTERS_1,)
