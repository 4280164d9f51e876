"""Profile generic (class 7): a ring buffer of captured attributes. Source: Blue Book, Profile generic."""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method
from dlmskit.enums import DataType

PROFILE_GENERIC_1 = InterfaceClass(
    7,
    1,
    "Profile generic",
    (
        LOGICAL_NAME,
        Attribute(2, "buffer", DataType.ARRAY),
        Attribute(3, "capture_objects", DataType.ARRAY),
        Attribute(4, "capture_period", DataType.DOUBLE_LONG_UNSIGNED),
        Attribute(5, "sort_method", DataType.ENUM),
        Attribute(6, "sort_object", DataType.STRUCTURE),
        Attribute(7, "entries_in_use", DataType.DOUBLE_LONG_UNSIGNED),
        Attribute(8, "profile_entries", DataType.DOUBLE_LONG_UNSIGNED),
    ),
    (Method(1, "reset", DataType.INTEGER), Method(2, "capture", DataType.INTEGER)),
)

VERSIONS = (PROFILE_GENERIC_1,)
