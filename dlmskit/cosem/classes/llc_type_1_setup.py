"""ISO/IEC 8802-2 LLC Type 1 setup (class 57).

Source: Blue Book, ISO/IEC 8802-2 LLC Type 1 setup; no source at hand has the types. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import LONG_UNSIGNED

LLC_TYPE_1_SETUP_0 = InterfaceClass(
    57,
    0,
    "ISO/IEC 8802-2 LLC Type 1 setup",
    (LOGICAL_NAME, static(2, "max_octets_ui_pdu", LONG_UNSIGNED)),
    confidence="single",
)

VERSIONS = (LLC_TYPE_1_SETUP_0,)
