"""Utility tables (class 26): a table of ANSI C12.19.

Source: Blue Book, Utility tables; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, dynamic, static
from dlmskit.cosem.types import DOUBLE_LONG_UNSIGNED, LONG_UNSIGNED, OCTET_STRING

UTILITY_TABLES_0 = InterfaceClass(
    26,
    0,
    "Utility tables",
    (
        LOGICAL_NAME,
        static(2, "table_id", LONG_UNSIGNED),
        dynamic(3, "length", DOUBLE_LONG_UNSIGNED),
        dynamic(4, "buffer", OCTET_STRING, selectors=(1, 2)),
    ),
)

VERSIONS = (UTILITY_TABLES_0,)
