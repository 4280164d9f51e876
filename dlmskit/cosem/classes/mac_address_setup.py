"""MAC address setup (class 43): the address of a device on its network.

Source: Blue Book, MAC address setup; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import OCTET_STRING

MAC_ADDRESS_SETUP_0 = InterfaceClass(43, 0, "MAC address setup", (LOGICAL_NAME, static(2, "mac_address", OCTET_STRING)))

VERSIONS = (MAC_ADDRESS_SETUP_0,)
