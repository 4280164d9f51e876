"""Profile generic (class 7): a ring buffer of captured attributes.

Source: Blue Book, Profile generic; object lists of Dutch meters agree, version 0 included. What version 0 says of the
methods is not at hand: it has those that a later version kept.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, next_version, static
from dlmskit.cosem.types import (
    ANY,
    CAPTURE_OBJECT,
    DOUBLE_LONG_UNSIGNED,
    INTEGER,
    array_of,
    enumerated,
)

SORT_METHOD = enumerated("fifo", "lifo", "largest", "smallest", "nearest-to-zero", "farthest-from-zero", first=1)

PROFILE_GENERIC_0 = InterfaceClass(
    7,
    0,
    "Profile generic",
    (
        LOGICAL_NAME,
        dynamic(2, "buffer", array_of(ANY), selectors=(1, 2)),
        static(3, "capture_objects", array_of(CAPTURE_OBJECT)),
        static(4, "capture_period", DOUBLE_LONG_UNSIGNED),
        static(5, "sort_method", SORT_METHOD),
        static(6, "sort_object", CAPTURE_OBJECT),
        dynamic(7, "entries_in_use", DOUBLE_LONG_UNSIGNED),
        static(8, "profile_entries", DOUBLE_LONG_UNSIGNED),
    ),
    (Method(1, "reset", INTEGER), Method(2, "capture", INTEGER)),
)
PROFILE_GENERIC_1 = next_version(PROFILE_GENERIC_0, 1)

VERSIONS = (PROFILE_GENERIC_0, PROFILE_GENERIC_1)
