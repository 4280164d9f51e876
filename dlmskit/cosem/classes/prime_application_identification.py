"""PRIME NB OFDM PLC Application identification (class 86).

Source: Blue Book, PRIME application identification; one public implementation has the types. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import LONG_UNSIGNED, TEXT_OCTETS

PRIME_APPLICATION_IDENTIFICATION_0 = InterfaceClass(
    86,
    0,
    "PRIME NB OFDM PLC Application identification",
    (
        LOGICAL_NAME,
        static(2, "firmware_version", TEXT_OCTETS),
        static(3, "vendor_id", LONG_UNSIGNED),
        static(4, "product_id", LONG_UNSIGNED),
    ),
    confidence="single",
)

VERSIONS = (PRIME_APPLICATION_IDENTIFICATION_0,)
