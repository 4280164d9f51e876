"""Modem configuration (class 27): speed and initialization of a modem.

Source: Blue Book, Modem configuration; two public implementations agree on version 1. Version 0 is taken to have the
same members.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, next_version, static
from dlmskit.cosem.types import COMM_SPEED, LONG_UNSIGNED, TEXT_OCTETS, array_of, structure

MODEM_CONFIGURATION_0 = InterfaceClass(
    27,
    0,
    "Modem configuration",
    (
        LOGICAL_NAME,
        static(2, "comm_speed", COMM_SPEED),
        static(
            3,
            "initialization_string",
            array_of(structure(request=TEXT_OCTETS, response=TEXT_OCTETS, delay_after_response=LONG_UNSIGNED)),
        ),
        static(4, "modem_profile", array_of(TEXT_OCTETS)),
    ),
    confidence="single",
)
MODEM_CONFIGURATION_1 = next_version(MODEM_CONFIGURATION_0, 1, confidence="agreed")

VERSIONS = (
    MODEM_CONFIGURATION_0,
    MODEM_CONFIGURATION_1,
)
