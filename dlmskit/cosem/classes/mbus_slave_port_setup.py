"""M-Bus slave port setup (class 25): a port of a meter that is itself an M-Bus slave.

Source: Blue Book, M-Bus slave port setup; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import COMM_SPEED, UNSIGNED, enumerated

MBUS_SLAVE_PORT_SETUP_0 = InterfaceClass(
    25,
    0,
    "M-Bus slave port setup",
    (
        LOGICAL_NAME,
        static(2, "default_baud", COMM_SPEED),
        static(3, "avail_baud", COMM_SPEED),
        static(4, "addr_state", enumerated("not-assigned", "assigned")),
        static(5, "bus_address", UNSIGNED),
    ),
)

VERSIONS = (MBUS_SLAVE_PORT_SETUP_0,)
