"""M-Bus diagnostic (class 77): reception and transmissions of an M-Bus link.

Source: Blue Book, M-Bus diagnostic; an object list of Dutch meters agrees.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic
from dlmskit.cosem.types import (
    ANY,
    DATE_TIME,
    DATE_TIME_OCTETS,
    DOUBLE_LONG_UNSIGNED,
    INTEGER,
    UNSIGNED,
    array_of,
    choice,
    enumerated,
    structure,
)

MBUS_DIAGNOSTIC_0 = InterfaceClass(
    77,
    0,
    "M-Bus diagnostic",
    (
        LOGICAL_NAME,
        dynamic(2, "received_signal_strength", UNSIGNED),
        dynamic(3, "channel_id", UNSIGNED),
        dynamic(4, "link_status", enumerated("none", "normal", "temporarily-interrupted", "permanently-interrupted")),
        dynamic(
            5,
            "broadcast_frames_counter",
            array_of(structure(client_id=UNSIGNED, counter=DOUBLE_LONG_UNSIGNED, time_stamp=ANY)),
        ),
        dynamic(6, "transmissions_counter", DOUBLE_LONG_UNSIGNED),
        dynamic(7, "fcs_ok_frames_counter", DOUBLE_LONG_UNSIGNED),
        dynamic(8, "fcs_nok_frames_counter", DOUBLE_LONG_UNSIGNED),
        dynamic(9, "capture_time", structure(attribute_id=UNSIGNED, time_stamp=choice(DATE_TIME, DATE_TIME_OCTETS))),
    ),
    (Method(1, "reset", INTEGER),),
)

VERSIONS = (MBUS_DIAGNOSTIC_0,)
