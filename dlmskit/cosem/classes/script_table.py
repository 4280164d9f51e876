"""Script table (class 9): named lists of writes and method invocations.

Source: Blue Book, Script table; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, static
from dlmskit.cosem.types import ANY, INTEGER, LONG_UNSIGNED, array_of, enumerated, structure
from dlmskit.cosem.types import LOGICAL_NAME as NAME

ACTION = structure(
    service_id=enumerated("write-attribute", "execute-method", first=1),
    class_id=LONG_UNSIGNED,
    logical_name=NAME,
    index=INTEGER,
    parameter=ANY,
)

SCRIPT_TABLE_0 = InterfaceClass(
    9,
    0,
    "Script table",
    (
        LOGICAL_NAME,
        static(2, "scripts", array_of(structure(script_identifier=LONG_UNSIGNED, actions=array_of(ACTION)))),
    ),
    (Method(1, "execute", LONG_UNSIGNED),),
)

VERSIONS = (SCRIPT_TABLE_0,)
