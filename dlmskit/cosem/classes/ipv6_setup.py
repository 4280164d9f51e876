"""IPv6 setup (class 48): addresses, gateways and neighbor discovery.

Source: Blue Book, IPv6 setup; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, static
from dlmskit.cosem.types import (
    DOUBLE_LONG_UNSIGNED,
    LONG_UNSIGNED,
    UNSIGNED,
    OctetString,
    array_of,
    enumerated,
    structure,
)
from dlmskit.cosem.types import LOGICAL_NAME as NAME

IPV6_ADDRESS = OctetString(size=16)
ADDRESSES = array_of(IPV6_ADDRESS)
DISCOVERY = structure(rs_max_retry=UNSIGNED, rs_retry_wait_time=LONG_UNSIGNED, ra_send_period=DOUBLE_LONG_UNSIGNED)
ADDRESS = structure(ipv6_address_type=enumerated("unicast", "multicast", "gateway"), ipv6_address=IPV6_ADDRESS)

IPV6_SETUP_0 = InterfaceClass(
    48,
    0,
    "IPv6 setup",
    (
        LOGICAL_NAME,
        static(2, "dl_reference", NAME),
        static(3, "address_config_mode", enumerated("auto-configuration", "dhcpv6", "manual", "neighbour-discovery")),
        static(4, "unicast_ipv6_addresses", ADDRESSES),
        static(5, "multicast_ipv6_addresses", ADDRESSES),
        static(6, "gateway_ipv6_addresses", ADDRESSES),
        static(7, "primary_dns_address", IPV6_ADDRESS),
        static(8, "secondary_dns_address", IPV6_ADDRESS),
        static(9, "traffic_class", UNSIGNED),
        static(10, "neighbor_discovery_setup", array_of(DISCOVERY)),
    ),
    (Method(1, "add_ipv6_address", ADDRESS), Method(2, "remove_ipv6_address", ADDRESS)),
)

VERSIONS = (IPV6_SETUP_0,)
