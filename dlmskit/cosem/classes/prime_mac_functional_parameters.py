"""PRIME NB OFDM PLC MAC functional parameters (class 83).

Source: Blue Book, PRIME MAC functional parameters; two public implementations, which may not be independent here.
Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, dynamic
from dlmskit.cosem.types import LONG, LONG_UNSIGNED, OCTET_STRING, UNSIGNED, enumerated

PRIME_MAC_FUNCTIONAL_PARAMETERS_0 = InterfaceClass(
    83,
    0,
    "PRIME NB OFDM PLC MAC functional parameters",
    (
        LOGICAL_NAME,
        dynamic(2, "mac_lnid", LONG),
        dynamic(3, "mac_lsid", UNSIGNED),
        dynamic(4, "mac_sid", UNSIGNED),
        dynamic(5, "mac_sna", OCTET_STRING),
        dynamic(6, "mac_state", enumerated("disconnected", "terminal", "switch", "base")),
        dynamic(7, "mac_scp_length", LONG),
        dynamic(8, "mac_node_hierarchy_level", UNSIGNED),
        dynamic(9, "mac_beacon_slot_count", UNSIGNED),
        dynamic(10, "mac_beacon_rx_slot", UNSIGNED),
        dynamic(11, "mac_beacon_tx_slot", UNSIGNED),
        dynamic(12, "mac_beacon_rx_frequency", UNSIGNED),
        dynamic(13, "mac_beacon_tx_frequency", UNSIGNED),
        dynamic(14, "mac_capabilities", LONG_UNSIGNED),
    ),
    confidence="single",
)

VERSIONS = (PRIME_MAC_FUNCTIONAL_PARAMETERS_0,)
