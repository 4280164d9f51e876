"""PRIME NB OFDM PLC MAC network administration data (class 85).

Source: Blue Book, PRIME MAC network administration data; one public implementation has the structures. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic
from dlmskit.cosem.types import INTEGER, LONG, OCTET_STRING, array_of, structure

PRIME_MAC_NETWORK_ADMINISTRATION_0 = InterfaceClass(
    85,
    0,
    "PRIME NB OFDM PLC MAC network administration data",
    (
        LOGICAL_NAME,
        dynamic(
            2,
            "mac_list_multicast_entries",
            array_of(structure(mcast_entry_lcid=INTEGER, mcast_entry_members=LONG)),
        ),
        dynamic(3, "mac_list_switch_table", array_of(LONG)),
        dynamic(
            4,
            "mac_list_direct_table",
            array_of(
                structure(
                    dconn_entry_src_sid=LONG,
                    dconn_entry_src_lnid=LONG,
                    dconn_entry_src_lcid=LONG,
                    dconn_entry_dst_sid=LONG,
                    dconn_entry_dst_lnid=LONG,
                    dconn_entry_dst_lcid=LONG,
                    dconn_entry_did=OCTET_STRING,
                )
            ),
        ),
        dynamic(
            5,
            "mac_list_available_switches",
            array_of(
                structure(
                    slist_entry_sna=OCTET_STRING,
                    slist_entry_lsid=LONG,
                    slist_entry_level=INTEGER,
                    slist_entry_rx_lvl=INTEGER,
                    slist_entry_rx_snr=INTEGER,
                )
            ),
        ),
        dynamic(
            6,
            "mac_list_phy_comm",
            array_of(
                structure(
                    phy_comm_eui=OCTET_STRING,
                    phy_comm_tx_pwr=INTEGER,
                    phy_comm_tx_cod=INTEGER,
                    phy_comm_rx_cod=INTEGER,
                    phy_comm_rx_lvl=INTEGER,
                    phy_comm_snr=INTEGER,
                    phy_comm_tx_pwr_mod=INTEGER,
                    phy_comm_tx_cod_mod=INTEGER,
                    phy_comm_rx_cod_mod=INTEGER,
                )
            ),
        ),
    ),
    (Method(1, "reset", INTEGER),),
    "single",
)

VERSIONS = (PRIME_MAC_NETWORK_ADMINISTRATION_0,)
