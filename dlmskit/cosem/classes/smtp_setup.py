"""SMTP setup (class 46): the mail server and the login that a meter sends with.

Source: Blue Book, SMTP setup; one public implementation has the names. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import LONG_UNSIGNED, OCTET_STRING, TEXT_OCTETS

SMTP_SETUP_0 = InterfaceClass(
    46,
    0,
    "SMTP setup",
    (
        LOGICAL_NAME,
        static(2, "server_port", LONG_UNSIGNED),
        static(3, "user_name", TEXT_OCTETS),
        static(4, "login_password", OCTET_STRING, secret=True),
        static(5, "server_address", TEXT_OCTETS),
        static(6, "sender_address", TEXT_OCTETS),
    ),
    confidence="single",
)

VERSIONS = (SMTP_SETUP_0,)
