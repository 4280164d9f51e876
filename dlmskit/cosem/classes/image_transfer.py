"""Image transfer (class 18): a firmware image in blocks, its verification and activation.

Source: Blue Book, Image transfer.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method
from dlmskit.enums import DataType

IMAGE_TRANSFER_0 = InterfaceClass(
    18,
    0,
    "Image transfer",
    (
        LOGICAL_NAME,
        Attribute(2, "image_block_size", DataType.DOUBLE_LONG_UNSIGNED),
        Attribute(3, "image_transferred_blocks_status", DataType.BIT_STRING),
        Attribute(4, "image_first_not_transferred_block_number", DataType.DOUBLE_LONG_UNSIGNED),
        Attribute(5, "image_transfer_enabled", DataType.BOOLEAN),
        Attribute(6, "image_transfer_status", DataType.ENUM),
        Attribute(7, "image_to_activate_info", DataType.ARRAY),
    ),
    (
        Method(1, "image_transfer_initiate", DataType.STRUCTURE),
        Method(2, "image_block_transfer", DataType.STRUCTURE),
        Method(3, "image_verify", DataType.INTEGER),
        Method(4, "image_activate", DataType.INTEGER),
    ),
)

VERSIONS = (IMAGE_TRANSFER_0,)
