"""Security setup (class 64): policy, suite and system titles of an association. Source: Blue Book, Security setup."""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method
from dlmskit.enums import DataType

SECURITY_SETUP_0 = InterfaceClass(
    64,
    0,
    "Security setup",
    (
        LOGICAL_NAME,
        Attribute(2, "security_policy", DataType.ENUM),
        Attribute(3, "security_suite", DataType.ENUM),
        Attribute(4, "client_system_title", DataType.OCTET_STRING),
        Attribute(5, "server_system_title", DataType.OCTET_STRING),
    ),
    (Method(1, "security_activate", DataType.ENUM), Method(2, "global_key_transfer", DataType.ARRAY)),
)

VERSIONS = (SECURITY_SETUP_0,)
