"""Compact data (class 62): captured values in one octet-string without types.

Source: Blue Book, Compact data; one public implementation has the names, another the types. Of version 1 the book has
objects with restriction and columns; two implementations write them without, so both are taken. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, next_version, static
from dlmskit.cosem.protection import RESTRICTED_COLUMNS
from dlmskit.cosem.types import CAPTURE_OBJECT, INTEGER, OCTET_STRING, UNSIGNED, array_of, choice, enumerated

COMPACT_DATA_0 = InterfaceClass(
    62,
    0,
    "Compact data",
    (
        LOGICAL_NAME,
        dynamic(2, "compact_buffer", OCTET_STRING),
        static(3, "capture_objects", array_of(CAPTURE_OBJECT)),
        static(4, "template_id", UNSIGNED),
        static(5, "template_description", OCTET_STRING),
        static(6, "capture_method", enumerated("invoke", "implicit")),
    ),
    (Method(1, "reset", INTEGER), Method(2, "capture", INTEGER)),
    "single",
)
COMPACT_DATA_1 = next_version(
    COMPACT_DATA_0, 1, attributes=(static(3, "capture_objects", array_of(choice(CAPTURE_OBJECT, RESTRICTED_COLUMNS))),)
)

VERSIONS = (
    COMPACT_DATA_0,
    COMPACT_DATA_1,
)
