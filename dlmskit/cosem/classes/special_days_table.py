"""Special days table (class 11): dates on which another day profile applies.

Source: Blue Book, Special days table; British commands and object lists of Dutch meters agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, static
from dlmskit.cosem.types import DATE_OCTETS, LONG_UNSIGNED, UNSIGNED, array_of, structure

ENTRY = structure(index=LONG_UNSIGNED, specialday_date=DATE_OCTETS, day_id=UNSIGNED)

SPECIAL_DAYS_TABLE_0 = InterfaceClass(
    11,
    0,
    "Special days table",
    (LOGICAL_NAME, static(2, "entries", array_of(ENTRY))),
    (Method(1, "insert", ENTRY), Method(2, "delete", LONG_UNSIGNED)),
)

VERSIONS = (SPECIAL_DAYS_TABLE_0,)
