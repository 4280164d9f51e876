"""IEC HDLC setup (class 23): speed, windows, field lengths and time-outs of an HDLC port.

Source: Blue Book, IEC HDLC setup; two public implementations agree. In version 0 the lengths are one octet.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, next_version, static
from dlmskit.cosem.types import COMM_SPEED, LONG_UNSIGNED, UNSIGNED

IEC_HDLC_SETUP_0 = InterfaceClass(
    23,
    0,
    "IEC HDLC setup",
    (
        LOGICAL_NAME,
        static(2, "comm_speed", COMM_SPEED),
        static(3, "window_size_transmit", UNSIGNED),
        static(4, "window_size_receive", UNSIGNED),
        static(5, "max_info_field_length_transmit", UNSIGNED),
        static(6, "max_info_field_length_receive", UNSIGNED),
        static(7, "inter_octet_time_out", LONG_UNSIGNED),
        static(8, "inactivity_time_out", LONG_UNSIGNED),
        static(9, "device_address", LONG_UNSIGNED),
    ),
)
IEC_HDLC_SETUP_1 = next_version(
    IEC_HDLC_SETUP_0,
    1,
    attributes=(
        static(5, "max_info_field_length_transmit", LONG_UNSIGNED),
        static(6, "max_info_field_length_receive", LONG_UNSIGNED),
    ),
)

VERSIONS = (
    IEC_HDLC_SETUP_0,
    IEC_HDLC_SETUP_1,
)
