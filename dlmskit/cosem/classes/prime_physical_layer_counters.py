"""PRIME NB OFDM PLC Physical layer counters (class 81).

Source: Blue Book, PRIME physical layer counters; two public implementations, which may not be independent here.
Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic
from dlmskit.cosem.types import INTEGER, LONG_UNSIGNED

PRIME_PHYSICAL_LAYER_COUNTERS_0 = InterfaceClass(
    81,
    0,
    "PRIME NB OFDM PLC Physical layer counters",
    (
        LOGICAL_NAME,
        dynamic(2, "phy_stats_crc_incorrect_count", LONG_UNSIGNED),
        dynamic(3, "phy_stats_crc_fail_count", LONG_UNSIGNED),
        dynamic(4, "phy_stats_tx_drop_count", LONG_UNSIGNED),
        dynamic(5, "phy_stats_rx_drop_count", LONG_UNSIGNED),
    ),
    (Method(1, "reset", INTEGER),),
    "single",
)

VERSIONS = (PRIME_PHYSICAL_LAYER_COUNTERS_0,)
