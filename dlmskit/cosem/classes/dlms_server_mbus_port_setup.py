"""DLMS server M-Bus port setup (class 76): an M-Bus port over which a meter serves DLMS.

Source: Blue Book, DLMS server M-Bus port setup; one public implementation has the types. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, dynamic, static
from dlmskit.cosem.types import DOUBLE_LONG_UNSIGNED, ENUM, LONG_UNSIGNED, UNSIGNED, WINDOW, array_of
from dlmskit.cosem.types import LOGICAL_NAME as NAME

DLMS_SERVER_MBUS_PORT_SETUP_0 = InterfaceClass(
    76,
    0,
    "DLMS server M-Bus port setup",
    (
        LOGICAL_NAME,
        static(2, "m_bus_profile_selection", NAME),
        dynamic(3, "m_bus_port_communication_status", ENUM),
        static(4, "m_bus_data_header_type", ENUM),
        static(5, "primary_address", UNSIGNED),
        static(6, "identification_number", DOUBLE_LONG_UNSIGNED),
        static(7, "manufacturer_id", LONG_UNSIGNED),
        static(8, "m_bus_version", UNSIGNED),
        static(9, "device_type", UNSIGNED),
        static(10, "max_pdu_size", LONG_UNSIGNED),
        static(11, "listening_window", array_of(WINDOW)),
    ),
    confidence="single",
)

VERSIONS = (DLMS_SERVER_MBUS_PORT_SETUP_0,)
