"""IEC 62055-41 attributes (class 116): what identifies a prepayment meter to a token vending system.

Source: Blue Book, IEC 62055-41 attributes; one public implementation has the types. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, static
from dlmskit.cosem.types import DOUBLE_LONG_UNSIGNED, LONG64_UNSIGNED, UNSIGNED, VISIBLE_STRING, array_of, structure

IEC_62055_41_ATTRIBUTES_0 = InterfaceClass(
    116,
    0,
    "IEC 62055-41 attributes",
    (
        LOGICAL_NAME,
        static(
            2,
            "meter_pan",
            structure(
                issuer_id=DOUBLE_LONG_UNSIGNED, decoder_reference_number=LONG64_UNSIGNED, pan_check_digit=UNSIGNED
            ),
        ),
        static(3, "commodity", VISIBLE_STRING),
        static(4, "token_carrier_types", array_of(UNSIGNED)),
        static(5, "encryption_algorithm", UNSIGNED),
        static(6, "supply_group_code", DOUBLE_LONG_UNSIGNED),
        static(7, "tariff_index", UNSIGNED),
        static(8, "key_revision_number", UNSIGNED),
        static(9, "key_type", UNSIGNED),
        static(10, "key_expiry_number", UNSIGNED),
        static(11, "no_of_kct_supported", UNSIGNED),
        static(12, "sts_certificate_number", VISIBLE_STRING),
    ),
    confidence="single",
)

VERSIONS = (IEC_62055_41_ATTRIBUTES_0,)
