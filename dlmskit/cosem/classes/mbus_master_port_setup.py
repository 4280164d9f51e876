"""M-Bus master port setup (class 74): the speed of a port to M-Bus devices.

Source: Blue Book, M-Bus master port setup; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import COMM_SPEED

MBUS_MASTER_PORT_SETUP_0 = InterfaceClass(
    74, 0, "M-Bus master port setup", (LOGICAL_NAME, static(2, "comm_speed", COMM_SPEED))
)

VERSIONS = (MBUS_MASTER_PORT_SETUP_0,)
