"""Array manager (class 123): entries of arrays of other objects, one by one.

Source: Blue Book, Array manager; one public implementation has the structures. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, static
from dlmskit.cosem.types import ANY, ATTRIBUTE_VALUE, LONG_UNSIGNED, UNSIGNED, array_of, structure

ENTRY_RANGE = structure(array_object_id=UNSIGNED, from_index=LONG_UNSIGNED, to_index=LONG_UNSIGNED)
ENTRY_AT = structure(array_object_id=UNSIGNED, index=LONG_UNSIGNED, entry=ANY)

ARRAY_MANAGER_0 = InterfaceClass(
    123,
    0,
    "Array manager",
    (
        LOGICAL_NAME,
        static(
            2,
            "array_object_list",
            array_of(structure(array_object_id=UNSIGNED, array_object_element=ATTRIBUTE_VALUE)),
        ),
    ),
    (
        Method(1, "retrieve_number_of_entries", UNSIGNED, LONG_UNSIGNED),
        Method(2, "retrieve_entries", ENTRY_RANGE, array_of(ANY)),
        Method(3, "insert_entry", ENTRY_AT),
        Method(4, "update_entry", ENTRY_AT),
        Method(5, "remove_entries", ENTRY_RANGE),
    ),
    "single",
)

VERSIONS = (ARRAY_MANAGER_0,)
