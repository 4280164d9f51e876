"""Which interface classes there are: number, name, versions, and the file that declares their attributes.

A version in `seen_once` is named by one source only, and so is a name that is not `verified`. Source: Blue Book; the
tables of several public implementations, which were compared.
"""

from __future__ import annotations

import msgspec


class Named(msgspec.Struct, frozen=True):
    """What is known of a class without its attributes."""

    name: str
    versions: tuple[int, ...]
    module: str | None = None
    seen_once: tuple[int, ...] = ()
    verified: bool = True


def _of(name: str, versions: str, module: str | None = None, *, verified: bool = True) -> Named:
    """Versions as ``"0 1 2?"``; one with a question mark is named by one source only."""
    marked = [(int(each.rstrip("?")), each.endswith("?")) for each in versions.split()]
    seen_once = tuple(number for number, once in marked if once)
    return Named(name, tuple(number for number, _ in marked), module, seen_once, verified)


NAMES: dict[int, Named] = {
    1: _of("Data", "0", "data"),
    3: _of("Register", "0", "register"),
    4: _of("Extended register", "0", "extended_register"),
    5: _of("Demand register", "0", "demand_register"),
    6: _of("Register activation", "0", "register_activation"),
    7: _of("Profile generic", "0 1", "profile_generic"),
    8: _of("Clock", "0", "clock"),
    9: _of("Script table", "0", "script_table"),
    10: _of("Schedule", "0", "schedule"),
    11: _of("Special days table", "0", "special_days_table"),
    12: _of("Association SN", "0? 2 4", "association_sn"),
    15: _of("Association LN", "0 1 2 3", "association_ln"),
    17: _of("SAP assignment", "0", "sap_assignment"),
    18: _of("Image transfer", "0", "image_transfer"),
    19: _of("IEC local port setup", "1", "iec_local_port_setup"),
    20: _of("Activity calendar", "0", "activity_calendar"),
    21: _of("Register monitor", "0", "register_monitor"),
    22: _of("Single action schedule", "0", "single_action_schedule"),
    23: _of("IEC HDLC setup", "0 1", "iec_hdlc_setup"),
    24: _of("IEC twisted pair (1) setup", "0 1?", "iec_twisted_pair_setup"),
    25: _of("M-Bus slave port setup", "0", "mbus_slave_port_setup"),
    26: _of("Utility tables", "0", "utility_tables"),
    27: _of("Modem configuration", "0 1", "modem_configuration"),
    28: _of("Auto answer", "0 2", "auto_answer"),
    29: _of("Auto connect", "0? 1? 2", "auto_connect"),
    30: _of("Data protection", "0", "data_protection", verified=False),
    40: _of("Push setup", "0 1 2 3?", "push_setup"),
    41: _of("TCP-UDP setup", "0", "tcp_udp_setup"),
    42: _of("IPv4 setup", "0", "ipv4_setup"),
    43: _of("MAC address setup", "0", "mac_address_setup"),
    44: _of("PPP setup", "0", "ppp_setup"),
    45: _of("GPRS modem setup", "0", "gprs_modem_setup"),
    46: _of("SMTP setup", "0", "smtp_setup"),
    47: _of("GSM diagnostic", "0 1 2", "gsm_diagnostic"),
    48: _of("IPv6 setup", "0", "ipv6_setup"),
    50: _of("S-FSK Phy&MAC setup", "0? 1?"),
    51: _of("S-FSK Active initiator", "0", "sfsk_active_initiator"),
    52: _of("S-FSK MAC synchronization timeouts", "0", "sfsk_mac_synchronization_timeouts"),
    53: _of("S-FSK MAC counters", "0"),
    55: _of("IEC 61334-4-32 LLC setup", "1?"),
    56: _of("S-FSK Reporting system list", "0"),
    57: _of("ISO/IEC 8802-2 LLC Type 1 setup", "0", "llc_type_1_setup"),
    58: _of("ISO/IEC 8802-2 LLC Type 2 setup", "0", "llc_type_2_setup"),
    59: _of("ISO/IEC 8802-2 LLC Type 3 setup", "0"),
    61: _of("Register table", "0", "register_table"),
    62: _of("Compact data", "0? 1", "compact_data"),
    63: _of("Status mapping", "0", "status_mapping"),
    64: _of("Security setup", "0 1", "security_setup"),
    65: _of("Parameter monitor", "0 1?", "parameter_monitor"),
    66: _of("Measurement data monitoring", "0?"),
    67: _of("Sensor manager", "0?"),
    68: _of("Arbitrator", "0", "arbitrator"),
    70: _of("Disconnect control", "0 1 2?", "disconnect_control"),
    71: _of("Limiter", "0", "limiter"),
    72: _of("M-Bus client", "0 1 2?", "mbus_client"),
    73: _of("Wireless Mode Q channel", "1"),
    74: _of("M-Bus master port setup", "0", "mbus_master_port_setup"),
    76: _of("DLMS server M-Bus port setup", "0", "dlms_server_mbus_port_setup", verified=False),
    77: _of("M-Bus diagnostic", "0", "mbus_diagnostic"),
    80: _of("61334-4-32 LLC SSCS setup", "0", "llc_sscs_setup"),
    81: _of("PRIME NB OFDM PLC Physical layer counters", "0", "prime_physical_layer_counters"),
    82: _of("PRIME NB OFDM PLC MAC setup", "0", "prime_mac_setup"),
    83: _of("PRIME NB OFDM PLC MAC functional parameters", "0", "prime_mac_functional_parameters"),
    84: _of("PRIME NB OFDM PLC MAC counters", "0", "prime_mac_counters"),
    85: _of("PRIME NB OFDM PLC MAC network administration data", "0", "prime_mac_network_administration"),
    86: _of("PRIME NB OFDM PLC Application identification", "0", "prime_application_identification", verified=False),
    90: _of("G3-PLC MAC layer counters", "1", "g3_mac_layer_counters"),
    91: _of("G3-PLC MAC setup", "2 3 4?", "g3_mac_setup"),
    92: _of("G3-PLC 6LoWPAN adaptation layer setup", "0 1 2 3 4?", "g3_6lowpan_setup"),
    95: _of("Wi-SUN setup", "0?"),
    96: _of("Wi-SUN diagnostic", "0?"),
    97: _of("RPL diagnostic", "0?"),
    98: _of("MPL diagnostic", "0?"),
    100: _of("NTP setup", "0", "ntp_setup"),
    101: _of("ZigBee SAS startup", "0?"),
    102: _of("ZigBee SAS join", "0?"),
    103: _of("ZigBee SAS APS fragmentation", "0?"),
    104: _of("ZigBee network control", "0?"),
    105: _of("ZigBee tunnel setup", "0?"),
    111: _of("Account", "0", "account"),
    112: _of("Credit", "0", "credit"),
    113: _of("Charge", "0", "charge"),
    115: _of("Token gateway", "0", "token_gateway"),
    116: _of("IEC 62055-41 attributes", "0", "iec_62055_41_attributes"),
    122: _of("Function control", "0", "function_control"),
    123: _of("Array manager", "0", "array_manager"),
    124: _of("Communication port protection", "0", "communication_port_protection"),
    126: _of("SCHC-LPWAN setup", "", verified=False),
    127: _of("SCHC-LPWAN diagnostic", "", verified=False),
    128: _of("LoRaWAN setup", "", verified=False),
    129: _of("LoRaWAN diagnostic", "", verified=False),
    130: _of("ISO/IEC 14908 identification", "0?"),
    131: _of("ISO/IEC 14908 protocol setup", "0?"),
    132: _of("ISO/IEC 14908 protocol status", "0?"),
    133: _of("ISO/IEC 14908 diagnostic", "0?"),
    140: _of("HS-PLC ISO/IEC 12139-1 MAC setup", "0?"),
    141: _of("HS-PLC ISO/IEC 12139-1 CPAS setup", "0?"),
    142: _of("HS-PLC ISO/IEC 12139-1 IP SSAS setup", "0?"),
    143: _of("HS-PLC ISO/IEC 12139-1 HDLC SSAS setup", "0?"),
    151: _of("LTE monitoring", "0 1", "lte_monitoring"),
    152: _of("CoAP setup", "0", "coap_setup"),
    153: _of("CoAP diagnostic", "0"),
    160: _of("G3-PLC Hybrid RF MAC layer counters", "0?"),
    161: _of("G3-PLC Hybrid RF MAC setup", "1?"),
    162: _of("G3-PLC Hybrid 6LoWPAN adaptation layer setup", "1?"),
    170: _of("Attestation", "0?"),
    9000: _of("Extended data", "0?", "extended_data", verified=False),
}
"""By class_id"""

ALIASES = {2: 46}
"""Other numbers that are taken for a class on input: some implementations have SMTP setup as class 2"""
