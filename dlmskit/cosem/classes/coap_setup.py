"""CoAP setup (class 152): transmission parameters of CoAP.

Source: Blue Book, CoAP setup; one public implementation has the types. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import ENUM, LONG_UNSIGNED, TEXT_OCTETS, UNSIGNED
from dlmskit.cosem.types import LOGICAL_NAME as NAME

COAP_SETUP_0 = InterfaceClass(
    152,
    0,
    "CoAP setup",
    (
        LOGICAL_NAME,
        static(2, "udp_reference", NAME),
        static(3, "ack_timeout", LONG_UNSIGNED),
        static(4, "ack_random_factor", LONG_UNSIGNED),
        static(5, "max_retransmit", LONG_UNSIGNED),
        static(6, "nstart", LONG_UNSIGNED),
        static(7, "delay_ack_timeout", LONG_UNSIGNED),
        static(8, "exponential_back_off", LONG_UNSIGNED),
        static(9, "probing_rate", LONG_UNSIGNED),
        static(10, "coap_uri_path", TEXT_OCTETS),
        static(11, "transport_mode", ENUM),
        static(12, "wrapper_version"),
        static(13, "token_length", UNSIGNED),
    ),
    confidence="single",
)

VERSIONS = (COAP_SETUP_0,)
