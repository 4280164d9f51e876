"""Image transfer (class 18): a firmware image in blocks, its verification and activation.

Source: Blue Book, Image transfer; object lists of Dutch meters agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import (
    BIT_STRING,
    BOOLEAN,
    DOUBLE_LONG_UNSIGNED,
    INTEGER,
    OCTET_STRING,
    array_of,
    enumerated,
    structure,
)

STATUS = enumerated(
    "image-transfer-not-initiated",
    "image-transfer-initiated",
    "image-verification-initiated",
    "image-verification-successful",
    "image-verification-failed",
    "image-activation-initiated",
    "image-activation-successful",
    "image-activation-failed",
)
TO_ACTIVATE = structure(
    image_to_activate_size=DOUBLE_LONG_UNSIGNED,
    image_to_activate_identification=OCTET_STRING,
    image_to_activate_signature=OCTET_STRING,
)

IMAGE_TRANSFER_0 = InterfaceClass(
    18,
    0,
    "Image transfer",
    (
        LOGICAL_NAME,
        static(2, "image_block_size", DOUBLE_LONG_UNSIGNED),
        dynamic(3, "image_transferred_blocks_status", BIT_STRING),
        dynamic(4, "image_first_not_transferred_block_number", DOUBLE_LONG_UNSIGNED),
        static(5, "image_transfer_enabled", BOOLEAN),
        dynamic(6, "image_transfer_status", STATUS),
        dynamic(7, "image_to_activate_info", array_of(TO_ACTIVATE)),
    ),
    (
        Method(1, "image_transfer_initiate", structure(image_identifier=OCTET_STRING, image_size=DOUBLE_LONG_UNSIGNED)),
        Method(
            2,
            "image_block_transfer",
            structure(image_block_number=DOUBLE_LONG_UNSIGNED, image_block_value=OCTET_STRING),
        ),
        Method(3, "image_verify", INTEGER),
        Method(4, "image_activate", INTEGER),
    ),
)

VERSIONS = (IMAGE_TRANSFER_0,)
