"""Register activation (class 6): which registers count in which tariff.

Source: Blue Book, Register activation; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.types import LOGICAL_NAME as NAME
from dlmskit.cosem.types import LONG_UNSIGNED, TEXT_OCTETS, UNSIGNED, array_of, structure

OBJECT_DEFINITION = structure(class_id=LONG_UNSIGNED, logical_name=NAME)
MASK = structure(mask_name=TEXT_OCTETS, index_list=array_of(UNSIGNED))

REGISTER_ACTIVATION_0 = InterfaceClass(
    6,
    0,
    "Register activation",
    (
        LOGICAL_NAME,
        static(2, "register_assignment", array_of(OBJECT_DEFINITION)),
        static(3, "mask_list", array_of(MASK)),
        dynamic(4, "active_mask", TEXT_OCTETS),
    ),
    (
        Method(1, "add_register", OBJECT_DEFINITION),
        Method(2, "add_mask", MASK),
        Method(3, "delete_mask", TEXT_OCTETS),
    ),
)

VERSIONS = (REGISTER_ACTIVATION_0,)
