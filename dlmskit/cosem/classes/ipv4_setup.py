"""IPv4 setup (class 42): address, mask, gateway and name servers. Addresses are numbers, the first octet highest.

Source: Blue Book, IPv4 setup; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, static
from dlmskit.cosem.types import (
    BOOLEAN,
    DOUBLE_LONG_UNSIGNED,
    INTEGER,
    LONG_UNSIGNED,
    OCTET_STRING,
    UNSIGNED,
    array_of,
    structure,
)
from dlmskit.cosem.types import LOGICAL_NAME as NAME

IP_OPTION = structure(ip_option_type=UNSIGNED, ip_option_length=UNSIGNED, ip_option_data=OCTET_STRING)

IPV4_SETUP_0 = InterfaceClass(
    42,
    0,
    "IPv4 setup",
    (
        LOGICAL_NAME,
        static(2, "dl_reference", NAME),
        static(3, "ip_address", DOUBLE_LONG_UNSIGNED),
        static(4, "multicast_ip_address", array_of(DOUBLE_LONG_UNSIGNED)),
        static(5, "ip_options", array_of(IP_OPTION)),
        static(6, "subnet_mask", DOUBLE_LONG_UNSIGNED),
        static(7, "gateway_ip_address", DOUBLE_LONG_UNSIGNED),
        static(8, "use_dhcp_flag", BOOLEAN),
        static(9, "primary_dns_address", DOUBLE_LONG_UNSIGNED),
        static(10, "secondary_dns_address", DOUBLE_LONG_UNSIGNED),
    ),
    (
        Method(1, "add_mc_ip_address", DOUBLE_LONG_UNSIGNED),
        Method(2, "delete_mc_ip_address", DOUBLE_LONG_UNSIGNED),
        Method(3, "get_nbof_mc_ip_addresses", INTEGER, LONG_UNSIGNED),
    ),
)

VERSIONS = (IPV4_SETUP_0,)
