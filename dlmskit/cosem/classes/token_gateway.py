"""Token gateway (class 115): tokens that carry credit or commands, and what became of them.

Source: Blue Book, Token gateway; British commands and two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method, dynamic
from dlmskit.cosem.types import BIT_STRING, DATE_TIME_OCTETS, OCTET_STRING, array_of, enumerated, structure

STATUS = enumerated(
    "format-ok",
    "authentication-ok",
    "validation-ok",
    "token-executed",
    "format-failure",
    "authentication-failure",
    "validation-failure",
    "token-execution-failure",
    "token-received-and-not-yet-processed",
)

TOKEN_GATEWAY_0 = InterfaceClass(
    115,
    0,
    "Token gateway",
    (
        LOGICAL_NAME,
        Attribute(2, "token", OCTET_STRING, secret=True),
        dynamic(3, "token_time", DATE_TIME_OCTETS),
        dynamic(4, "token_description", array_of(OCTET_STRING)),
        dynamic(5, "token_delivery_method", enumerated("remote", "local", "manual")),
        dynamic(6, "token_status", structure(status_code=STATUS, data_value=BIT_STRING)),
    ),
    (Method(1, "enter", OCTET_STRING, structure(status_code=STATUS, data_value=BIT_STRING)),),
)

VERSIONS = (TOKEN_GATEWAY_0,)
