"""61334-4-32 LLC SSCS setup (class 80): addresses of a PRIME service node.

Source: Blue Book, 61334-4-32 LLC SSCS setup; one public implementation has the types. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, static
from dlmskit.cosem.types import INTEGER, LONG_UNSIGNED

LLC_SSCS_SETUP_0 = InterfaceClass(
    80,
    0,
    "61334-4-32 LLC SSCS setup",
    (
        LOGICAL_NAME,
        static(2, "service_node_address", LONG_UNSIGNED),
        static(3, "base_node_address", LONG_UNSIGNED),
    ),
    (Method(1, "reset", INTEGER),),
    "single",
)

VERSIONS = (LLC_SSCS_SETUP_0,)
