"""Push setup (class 40): what a meter sends on its own, where to and when.

Source: Blue Book, Push setup; object lists of Dutch meters agree on version 0. The object list of version 1, with a
restriction and without columns, is shown by one source only.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, next_version, static
from dlmskit.cosem.protection import PROTECTION_PARAMETERS, RESTRICTED_COLUMNS, RESTRICTED_OBJECT
from dlmskit.cosem.types import (
    CAPTURE_OBJECT,
    DATE_TIME,
    DATE_TIME_OCTETS,
    DOUBLE_LONG_UNSIGNED,
    INTEGER,
    LONG_UNSIGNED,
    TEXT_OCTETS,
    UNSIGNED,
    WINDOW,
    array_of,
    enumerated,
    structure,
)
from dlmskit.cosem.types import LOGICAL_NAME as NAME

TRANSPORT_SERVICE = enumerated("tcp", "udp", "ftp", "smtp", "sms", "hdlc", "m-bus", "zigbee")
MESSAGE = enumerated("a-xdr-encoded-xdlms-apdu", "xml-encoded-xdlms-apdu")

PUSH_SETUP_0 = InterfaceClass(
    40,
    0,
    "Push setup",
    (
        LOGICAL_NAME,
        static(2, "push_object_list", array_of(CAPTURE_OBJECT)),
        static(
            3,
            "send_destination_and_method",
            structure(transport_service=TRANSPORT_SERVICE, destination=TEXT_OCTETS, message=MESSAGE),
        ),
        static(4, "communication_window", array_of(WINDOW)),
        static(5, "randomisation_start_interval", LONG_UNSIGNED),
        static(6, "number_of_retries", UNSIGNED),
        static(7, "repetition_delay", LONG_UNSIGNED),
    ),
    (Method(1, "push", INTEGER),),
)
PUSH_SETUP_1 = next_version(
    PUSH_SETUP_0,
    1,
    attributes=(
        static(2, "push_object_list", array_of(RESTRICTED_OBJECT)),
        static(8, "port_reference", NAME),
        static(9, "push_client_sap", INTEGER),
        static(10, "push_protection_parameters", PROTECTION_PARAMETERS),
    ),
    confidence="single",
)
PUSH_SETUP_2 = next_version(
    PUSH_SETUP_1,
    2,
    attributes=(
        static(2, "push_object_list", array_of(RESTRICTED_COLUMNS)),
        static(
            7,
            "repetition_delay",
            structure(
                repetition_delay_min=LONG_UNSIGNED,
                repetition_delay_exponent=LONG_UNSIGNED,
                repetition_delay_max=LONG_UNSIGNED,
            ),
        ),
        static(
            11,
            "push_operation_method",
            enumerated("unconfirmed-retry-on-failure", "unconfirmed-retry-on-missing-confirmation", "confirmed"),
        ),
        static(
            12,
            "confirmation_parameters",
            structure(confirmation_start_date=DATE_TIME_OCTETS, confirmation_interval=DOUBLE_LONG_UNSIGNED),
        ),
        dynamic(13, "last_confirmation_date_time", DATE_TIME),
    ),
    methods=(Method(2, "reset", INTEGER),),
    confidence="agreed",
)

VERSIONS = (PUSH_SETUP_0, PUSH_SETUP_1, PUSH_SETUP_2)
