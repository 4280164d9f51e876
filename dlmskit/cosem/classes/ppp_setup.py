"""PPP setup (class 44): options and login of a point-to-point connection.

Source: Blue Book, PPP setup; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import ANY, UNSIGNED, array_of, structure
from dlmskit.cosem.types import LOGICAL_NAME as NAME

OPTIONS = array_of(structure(option_type=UNSIGNED, option_length=UNSIGNED, option_data=ANY))

PPP_SETUP_0 = InterfaceClass(
    44,
    0,
    "PPP setup",
    (
        LOGICAL_NAME,
        static(2, "phy_reference", NAME),
        static(3, "lcp_options", OPTIONS),
        static(4, "ipcp_options", OPTIONS),
        static(5, "ppp_authentication", ANY, secret=True),
    ),
)

VERSIONS = (PPP_SETUP_0,)
