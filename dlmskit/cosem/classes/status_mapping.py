"""Status mapping (class 63): what the bits of a status word mean.

Source: Blue Book, Status mapping; one public implementation has the names. Single source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, dynamic, static
from dlmskit.cosem.types import LONG_UNSIGNED, UNSIGNED, array_of, choice, structure

STATUS_MAPPING_0 = InterfaceClass(
    63,
    0,
    "Status mapping",
    (
        LOGICAL_NAME,
        dynamic(2, "status_word"),
        static(
            3,
            "mapping_table",
            structure(ref_table_id=UNSIGNED, ref_table_mapping=choice(LONG_UNSIGNED, array_of(LONG_UNSIGNED))),
        ),
    ),
    confidence="single",
)

VERSIONS = (STATUS_MAPPING_0,)
