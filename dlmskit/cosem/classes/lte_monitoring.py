"""LTE monitoring (class 151): timers and quality of a connection to an LTE network.

Source: Blue Book, LTE monitoring; one public implementation has the structures. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, dynamic
from dlmskit.cosem.types import DOUBLE_LONG_UNSIGNED, INTEGER, LONG_UNSIGNED, UNSIGNED, enumerated, structure

LTE_MONITORING_0 = InterfaceClass(
    151,
    0,
    "LTE monitoring",
    (
        LOGICAL_NAME,
        dynamic(
            2,
            "lte_network_parameters",
            structure(
                t3402=LONG_UNSIGNED,
                t3412=LONG_UNSIGNED,
                rsrq=UNSIGNED,
                rsrp=UNSIGNED,
                q_rx_lev_min=INTEGER,
            ),
        ),
    ),
    confidence="single",
)
LTE_MONITORING_1 = InterfaceClass(
    151,
    1,
    "LTE monitoring",
    (
        LOGICAL_NAME,
        dynamic(
            2,
            "lte_network_parameters",
            structure(
                t3402=LONG_UNSIGNED,
                t3412=LONG_UNSIGNED,
                t3412ext2=DOUBLE_LONG_UNSIGNED,
                t3324=LONG_UNSIGNED,
                t_edrx=DOUBLE_LONG_UNSIGNED,
                t_ptw=LONG_UNSIGNED,
                q_rx_lev_min=INTEGER,
                q_rx_lev_min_ce=INTEGER,
                q_rx_lev_min_ce1=INTEGER,
            ),
        ),
        dynamic(
            3,
            "lte_quality_of_service",
            structure(
                rsrq=INTEGER, rsrp=INTEGER, snr=INTEGER, coverage_enhancement=enumerated("normal", "mode-a", "mode-b")
            ),
        ),
    ),
    confidence="single",
)

VERSIONS = (
    LTE_MONITORING_0,
    LTE_MONITORING_1,
)
