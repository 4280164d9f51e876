"""Disconnect control (class 70): the supply switch.

Source: Blue Book, Disconnect control; two public implementations agree, and give version 1 the
members of version 0.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, next_version, static
from dlmskit.cosem.types import BOOLEAN, INTEGER, enumerated

DISCONNECT_CONTROL_0 = InterfaceClass(
    70,
    0,
    "Disconnect control",
    (
        LOGICAL_NAME,
        dynamic(2, "output_state", BOOLEAN),
        dynamic(3, "control_state", enumerated("disconnected", "connected", "ready-for-reconnection")),
        static(4, "control_mode", enumerated("none", *(f"mode-{number}" for number in range(1, 7)))),
    ),
    (Method(1, "remote_disconnect", INTEGER), Method(2, "remote_reconnect", INTEGER)),
)
DISCONNECT_CONTROL_1 = next_version(DISCONNECT_CONTROL_0, 1)

VERSIONS = (DISCONNECT_CONTROL_0, DISCONNECT_CONTROL_1)
