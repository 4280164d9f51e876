"""S-FSK Active initiator (class 51): which concentrator the meter belongs to.

Source: Blue Book, S-FSK Active initiator; no source at hand has the types. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic
from dlmskit.cosem.types import LONG, LONG_UNSIGNED, OCTET_STRING, UNSIGNED, structure

SFSK_ACTIVE_INITIATOR_0 = InterfaceClass(
    51,
    0,
    "S-FSK Active initiator",
    (
        LOGICAL_NAME,
        dynamic(
            2,
            "active_initiator",
            structure(system_title=OCTET_STRING, mac_address=LONG_UNSIGNED, l_sap_selector=UNSIGNED),
        ),
    ),
    (Method(1, "reset_new_not_synchronized", LONG),),
    "single",
)

VERSIONS = (SFSK_ACTIVE_INITIATOR_0,)
