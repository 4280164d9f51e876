"""Restrictions and protection parameters, which Push setup and Data protection share.

Source: Blue Book, both classes.
"""

from dlmskit.cosem.types import (
    CAPTURE_OBJECT,
    DATE_TIME_OCTETS,
    DOUBLE_LONG_UNSIGNED,
    INTEGER,
    LOGICAL_NAME,
    LONG_UNSIGNED,
    NULL_DATA,
    OCTET_STRING,
    array_of,
    choice,
    enumerated,
    flags,
    structure,
)
from dlmskit.enums import DataType

RESTRICTION = structure(
    restriction_type=enumerated("none", "by-date", "by-entry"),
    restriction_value=choice(
        NULL_DATA,
        structure(from_date=DATE_TIME_OCTETS, to_date=DATE_TIME_OCTETS),
        structure(from_entry=DOUBLE_LONG_UNSIGNED, to_entry=DOUBLE_LONG_UNSIGNED),
    ),
)
RESTRICTED_OBJECT = structure(
    class_id=LONG_UNSIGNED,
    logical_name=LOGICAL_NAME,
    attribute_index=INTEGER,
    data_index=LONG_UNSIGNED,
    restriction=RESTRICTION,
)
RESTRICTED_COLUMNS = structure(
    class_id=LONG_UNSIGNED,
    logical_name=LOGICAL_NAME,
    attribute_index=INTEGER,
    data_index=LONG_UNSIGNED,
    restriction=RESTRICTION,
    columns=array_of(CAPTURE_OBJECT),
)
KEY_INFO = structure(
    key_info_type=enumerated("identified-key", "wrapped-key", "agreed-key"),
    key_info_options=choice(
        enumerated("global-unicast-encryption-key", "global-broadcast-encryption-key"),
        structure(kek_id=enumerated("master-key"), key_ciphered_data=OCTET_STRING),
        structure(key_parameters=OCTET_STRING, key_ciphered_data=OCTET_STRING),
    ),
)
PROTECTION_PARAMETERS = array_of(
    structure(
        protection_type=enumerated(
            "authentication", "encryption", "authentication-and-encryption", "digital-signature", first=1
        ),
        protection_options=structure(
            transaction_id=OCTET_STRING,
            originator_system_title=OCTET_STRING,
            recipient_system_title=OCTET_STRING,
            other_information=OCTET_STRING,
            key_info=choice(NULL_DATA, KEY_INFO),
        ),
    )
)
REQUIRED_PROTECTION = flags(
    "bit-0",
    "bit-1",
    "authenticated-request",
    "encrypted-request",
    "digitally-signed-request",
    "authenticated-response",
    "encrypted-response",
    "digitally-signed-response",
    tag=DataType.UNSIGNED,
)
