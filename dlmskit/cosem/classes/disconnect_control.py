"""Disconnect control (class 70): the supply switch. Source: Blue Book, Disconnect control."""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method
from dlmskit.enums import DataType

DISCONNECT_CONTROL_0 = InterfaceClass(
    70,
    0,
    "Disconnect control",
    (
        LOGICAL_NAME,
        Attribute(2, "output_state", DataType.BOOLEAN),
        Attribute(3, "control_state", DataType.ENUM),
        Attribute(4, "control_mode", DataType.ENUM),
    ),
    (Method(1, "remote_disconnect", DataType.INTEGER), Method(2, "remote_reconnect", DataType.INTEGER)),
)

VERSIONS = (DISCONNECT_CONTROL_0,)
