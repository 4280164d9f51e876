"""G3-PLC 6LoWPAN adaptation layer setup (class 92): routes, tables and timers.

Source: Blue Book, G3-PLC 6LoWPAN adaptation layer setup; one public implementation has the structures. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, dynamic, next_version, static
from dlmskit.cosem.types import (
    BIT_STRING,
    BOOLEAN,
    LONG_UNSIGNED,
    OCTET_STRING,
    UNSIGNED,
    array_of,
    enumerated,
    structure,
)

ROUTING_CONFIGURATION = structure(
    adp_net_traversal_time=UNSIGNED,
    adp_routing_table_entry_ttl=LONG_UNSIGNED,
    adp_kr=UNSIGNED,
    adp_km=UNSIGNED,
    adp_kc=UNSIGNED,
    adp_kq=UNSIGNED,
    adp_kh=UNSIGNED,
    adp_krt=UNSIGNED,
    adp_rreq_retries=UNSIGNED,
    adp_rreq_rerr_wait=UNSIGNED,
    adp_blacklist_table_entry_ttl=LONG_UNSIGNED,
    adp_unicast_rreq_gen_enable=BOOLEAN,
    adp_rlc_enabled=BOOLEAN,
    adp_add_rev_link_cost=UNSIGNED,
)
ROUTE = structure(
    destination_address=LONG_UNSIGNED,
    next_hop_address=LONG_UNSIGNED,
    route_cost=LONG_UNSIGNED,
    hop_count=UNSIGNED,
    weak_link_count=UNSIGNED,
    valid_time=LONG_UNSIGNED,
)
CONTEXT = structure(
    cid=BIT_STRING, context_length=UNSIGNED, context=OCTET_STRING, c=BOOLEAN, valid_lifetime=LONG_UNSIGNED
)

G3_6LOWPAN_SETUP_0 = InterfaceClass(
    92,
    0,
    "G3-PLC 6LoWPAN adaptation layer setup",
    (
        LOGICAL_NAME,
        static(2, "adp_max_hops", UNSIGNED),
        static(3, "adp_weak_lqi_value", UNSIGNED),
        static(4, "adp_security_level", UNSIGNED),
        static(5, "adp_prefix_table", array_of(UNSIGNED)),
        static(6, "adp_routing_configuration", array_of(ROUTING_CONFIGURATION)),
        static(7, "adp_broadcast_log_table_entry_ttl", LONG_UNSIGNED),
        dynamic(8, "adp_routing_table", array_of(ROUTE)),
        dynamic(9, "adp_context_information_table", array_of(CONTEXT)),
        dynamic(
            10,
            "adp_blacklist_table",
            array_of(structure(blacklisted_neighbour_address=LONG_UNSIGNED, valid_time=LONG_UNSIGNED)),
        ),
        dynamic(
            11,
            "adp_broadcast_log_table",
            array_of(structure(source_address=LONG_UNSIGNED, sequence_number=UNSIGNED, valid_time=LONG_UNSIGNED)),
        ),
        dynamic(12, "adp_group_table", array_of(LONG_UNSIGNED)),
        static(13, "adp_max_join_wait_time", LONG_UNSIGNED),
        static(14, "adp_path_discovery_time", UNSIGNED),
        static(15, "adp_active_key_index", UNSIGNED),
        static(16, "adp_metric_type", UNSIGNED),
    ),
    confidence="single",
)
G3_6LOWPAN_SETUP_1 = next_version(
    G3_6LOWPAN_SETUP_0,
    1,
    attributes=(
        static(17, "adp_coord_short_address", LONG_UNSIGNED),
        static(18, "adp_disable_default_routing", BOOLEAN),
        static(19, "adp_device_type", enumerated("pan-device", "pan-coordinator", "not-defined")),
    ),
)
G3_6LOWPAN_SETUP_2 = next_version(
    G3_6LOWPAN_SETUP_1,
    2,
    attributes=(
        static(20, "adp_default_coord_route_enabled", BOOLEAN),
        static(21, "adp_destination_address", array_of(LONG_UNSIGNED)),
    ),
)
G3_6LOWPAN_SETUP_3 = next_version(
    G3_6LOWPAN_SETUP_2,
    3,
    attributes=(static(22, "adp_low_lqi", UNSIGNED), static(23, "adp_high_lqi", UNSIGNED)),
)

VERSIONS = (
    G3_6LOWPAN_SETUP_0,
    G3_6LOWPAN_SETUP_1,
    G3_6LOWPAN_SETUP_2,
    G3_6LOWPAN_SETUP_3,
)
