"""G3-PLC MAC setup (class 91): addresses, keys and tables of the MAC layer.

Source: Blue Book, G3-PLC MAC setup; one public implementation has the structures. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method, dynamic, next_version, static
from dlmskit.cosem.types import (
    BIT_STRING,
    BOOLEAN,
    DOUBLE_LONG_UNSIGNED,
    ENUM,
    INTEGER,
    LONG_UNSIGNED,
    OCTET_STRING,
    UNSIGNED,
    array_of,
    structure,
)

NEIGHBOUR = structure(
    short_address=LONG_UNSIGNED,
    payload_modulation_scheme=BOOLEAN,
    tone_map=BIT_STRING,
    modulation=ENUM,
    tx_gain=INTEGER,
    tx_res=ENUM,
    tx_coeff=BIT_STRING,
    lqi=UNSIGNED,
    phase_differential=INTEGER,
    tmr_valid_time=UNSIGNED,
    neighbour_valid_time=UNSIGNED,
)
POSITION = structure(short_address=LONG_UNSIGNED, lqi=UNSIGNED, valid_time=UNSIGNED)

G3_MAC_SETUP_2 = InterfaceClass(
    91,
    2,
    "G3-PLC MAC setup",
    (
        LOGICAL_NAME,
        dynamic(2, "mac_short_address", LONG_UNSIGNED),
        dynamic(3, "mac_rc_coord", LONG_UNSIGNED),
        dynamic(4, "mac_pan_id", LONG_UNSIGNED),
        Attribute(5, "mac_key_table", array_of(structure(key_id=UNSIGNED, key=OCTET_STRING)), secret=True),
        dynamic(6, "mac_frame_counter", DOUBLE_LONG_UNSIGNED),
        static(7, "mac_tone_mask", BIT_STRING),
        static(8, "mac_tmr_ttl", UNSIGNED),
        static(9, "mac_max_frame_retries", UNSIGNED),
        static(10, "mac_neighbour_table_entry_ttl", UNSIGNED),
        dynamic(11, "mac_neighbour_table", array_of(NEIGHBOUR)),
        static(12, "mac_high_priority_window_size", UNSIGNED),
        static(13, "mac_csma_fairness_limit", UNSIGNED),
        static(14, "mac_beacon_randomization_window_length", UNSIGNED),
        static(15, "mac_a", UNSIGNED),
        static(16, "mac_k", UNSIGNED),
        static(17, "mac_min_cw_attempts", UNSIGNED),
        static(18, "mac_cenelec_legacy_mode", UNSIGNED),
        static(19, "mac_fcc_legacy_mode", UNSIGNED),
        static(20, "mac_max_be", UNSIGNED),
        static(21, "mac_max_csma_backoffs", UNSIGNED),
        static(22, "mac_min_be", UNSIGNED),
        static(23, "mac_broadcast_max_cw_enabled", BOOLEAN),
        static(24, "mac_transmit_atten", UNSIGNED),
        dynamic(25, "mac_pos_table", array_of(POSITION)),
    ),
    (Method(1, "mac_get_neighbour_table_entry", LONG_UNSIGNED, array_of(NEIGHBOUR)),),
    "single",
)
G3_MAC_SETUP_3 = next_version(
    G3_MAC_SETUP_2,
    3,
    attributes=(static(26, "mac_duplicate_detection_ttl", UNSIGNED),),
    methods=(Method(2, "mac_get_pos_table_entry", LONG_UNSIGNED, array_of(POSITION)),),
)

VERSIONS = (
    G3_MAC_SETUP_2,
    G3_MAC_SETUP_3,
)
