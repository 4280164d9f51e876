"""GPRS modem setup (class 45): access point, PIN and quality of service.

Source: Blue Book, GPRS modem setup; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import LONG_UNSIGNED, TEXT_OCTETS, UNSIGNED, structure

QUALITY = structure(
    precedence=UNSIGNED, delay=UNSIGNED, reliability=UNSIGNED, peak_throughput=UNSIGNED, mean_throughput=UNSIGNED
)

GPRS_MODEM_SETUP_0 = InterfaceClass(
    45,
    0,
    "GPRS modem setup",
    (
        LOGICAL_NAME,
        static(2, "apn", TEXT_OCTETS),
        static(3, "pin_code", LONG_UNSIGNED, secret=True),
        static(4, "quality_of_service", structure(default=QUALITY, requested=QUALITY)),
    ),
)

VERSIONS = (GPRS_MODEM_SETUP_0,)
