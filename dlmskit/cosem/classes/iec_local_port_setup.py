"""IEC local port setup (class 19): the optical port and its opening after IEC 62056-21.

Source: Blue Book, IEC local port setup; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import COMM_SPEED, OCTET_STRING, TEXT_OCTETS, enumerated

IEC_LOCAL_PORT_SETUP_1 = InterfaceClass(
    19,
    1,
    "IEC local port setup",
    (
        LOGICAL_NAME,
        static(2, "default_mode", enumerated("iec-62056-21", "hdlc-direct", "not-specified")),
        static(3, "default_baud", COMM_SPEED),
        static(4, "prop_baud", COMM_SPEED),
        static(5, "response_time", enumerated("20-ms", "200-ms")),
        static(6, "device_addr", TEXT_OCTETS),
        static(7, "pass_p1", OCTET_STRING, secret=True),
        static(8, "pass_p2", OCTET_STRING, secret=True),
        static(9, "pass_w5", OCTET_STRING, secret=True),
    ),
)

VERSIONS = (IEC_LOCAL_PORT_SETUP_1,)
