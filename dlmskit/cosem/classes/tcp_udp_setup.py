"""TCP-UDP setup (class 41): the port and its connections.

Source: Blue Book, TCP-UDP setup; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import LOGICAL_NAME as NAME
from dlmskit.cosem.types import LONG_UNSIGNED, UNSIGNED

TCP_UDP_SETUP_0 = InterfaceClass(
    41,
    0,
    "TCP-UDP setup",
    (
        LOGICAL_NAME,
        static(2, "tcp_udp_port", LONG_UNSIGNED),
        static(3, "ip_reference", NAME),
        static(4, "mss", LONG_UNSIGNED),
        static(5, "nb_of_sim_conn", UNSIGNED),
        static(6, "inactivity_time_out", LONG_UNSIGNED),
    ),
)

VERSIONS = (TCP_UDP_SETUP_0,)
