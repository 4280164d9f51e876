"""M-Bus client (class 72): an M-Bus device that is connected to the meter.

Source: Blue Book, M-Bus client; object lists of Dutch meters agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, next_version, static
from dlmskit.cosem.types import (
    ANY,
    DOUBLE_LONG_UNSIGNED,
    INTEGER,
    LONG_UNSIGNED,
    OCTET_STRING,
    UNSIGNED,
    array_of,
    enumerated,
    structure,
)
from dlmskit.cosem.types import LOGICAL_NAME as NAME

CAPTURE_DEFINITION = array_of(structure(data_information_block=OCTET_STRING, value_information_block=OCTET_STRING))

MBUS_CLIENT_0 = InterfaceClass(
    72,
    0,
    "M-Bus client",
    (
        LOGICAL_NAME,
        static(2, "mbus_port_reference", NAME),
        static(3, "capture_definition", CAPTURE_DEFINITION),
        static(4, "capture_period", DOUBLE_LONG_UNSIGNED),
        dynamic(5, "primary_address", UNSIGNED),
        dynamic(6, "identification_number", DOUBLE_LONG_UNSIGNED),
        dynamic(7, "manufacturer_id", LONG_UNSIGNED),
        dynamic(8, "version", UNSIGNED),
        dynamic(9, "device_type", UNSIGNED),
        dynamic(10, "access_number", UNSIGNED),
        dynamic(11, "status", UNSIGNED),
        dynamic(12, "alarm", UNSIGNED),
    ),
    (
        Method(1, "slave_install", UNSIGNED),
        Method(2, "slave_deinstall", INTEGER),
        Method(3, "capture", INTEGER),
        Method(4, "reset_alarm", INTEGER),
        Method(5, "synchronize_clock", INTEGER),
        Method(
            6,
            "data_send",
            array_of(structure(data_information_block=OCTET_STRING, value_information_block=OCTET_STRING, data=ANY)),
        ),
        Method(7, "set_encryption_key", OCTET_STRING),
        Method(8, "transfer_key", OCTET_STRING),
    ),
)
MBUS_CLIENT_1 = next_version(
    MBUS_CLIENT_0,
    1,
    attributes=(
        dynamic(13, "configuration", LONG_UNSIGNED),
        dynamic(
            14,
            "encryption_key_status",
            enumerated(
                "no-encryption-key",
                "encryption-key-set",
                "encryption-key-transferred",
                "encryption-key-set-and-transferred",
                "encryption-key-in-use",
            ),
        ),
    ),
)

VERSIONS = (
    MBUS_CLIENT_0,
    MBUS_CLIENT_1,
)
