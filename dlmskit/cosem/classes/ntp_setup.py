"""NTP setup (class 100): the time server and the keys that prove it.

Source: Blue Book, NTP setup; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, static
from dlmskit.cosem.types import (
    BOOLEAN,
    DOUBLE_LONG_UNSIGNED,
    INTEGER,
    LONG_UNSIGNED,
    OCTET_STRING,
    TEXT_OCTETS,
    array_of,
    enumerated,
    structure,
)

NTP_SETUP_0 = InterfaceClass(
    100,
    0,
    "NTP setup",
    (
        LOGICAL_NAME,
        static(2, "activated", BOOLEAN),
        static(3, "server_address", TEXT_OCTETS),
        static(4, "server_port", LONG_UNSIGNED),
        static(5, "authentication_method", enumerated("no-security", "shared-secrets", "ifs-autokey")),
        static(
            6, "authentication_keys", array_of(structure(key_id=DOUBLE_LONG_UNSIGNED, key=OCTET_STRING)), secret=True
        ),
        static(7, "client_key", OCTET_STRING, secret=True),
    ),
    (
        Method(1, "synchronize", INTEGER),
        Method(2, "add_authentication_key", structure(key_id=DOUBLE_LONG_UNSIGNED, key=OCTET_STRING)),
        Method(3, "delete_authentication_key", DOUBLE_LONG_UNSIGNED),
    ),
)

VERSIONS = (NTP_SETUP_0,)
