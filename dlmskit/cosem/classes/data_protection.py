"""Data protection (class 30): attributes and methods that are read, written and invoked under protection.

Source: Blue Book, Data protection; British commands agree on method 1. The rest is shown by one source.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, dynamic, static
from dlmskit.cosem.protection import PROTECTION_PARAMETERS, REQUIRED_PROTECTION, RESTRICTED_OBJECT
from dlmskit.cosem.types import ANY, OCTET_STRING, array_of, structure

OBJECT_LIST = array_of(RESTRICTED_OBJECT)

DATA_PROTECTION_0 = InterfaceClass(
    30,
    0,
    "Data protection",
    (
        LOGICAL_NAME,
        dynamic(2, "protection_buffer", OCTET_STRING),
        static(3, "protection_object_list", OBJECT_LIST),
        static(4, "protection_parameters_get", PROTECTION_PARAMETERS),
        static(5, "protection_parameters_set", PROTECTION_PARAMETERS),
        static(6, "required_protection", REQUIRED_PROTECTION),
    ),
    (
        Method(
            1,
            "get_protected_attributes",
            structure(object_list=OBJECT_LIST, get_protection_parameters=PROTECTION_PARAMETERS),
            structure(get_protection_parameters=PROTECTION_PARAMETERS, protected_attributes=OCTET_STRING),
        ),
        Method(
            2,
            "set_protected_attributes",
            structure(
                object_list=OBJECT_LIST,
                set_protection_parameters=PROTECTION_PARAMETERS,
                protected_attributes=OCTET_STRING,
            ),
        ),
        Method(3, "invoke_protected_method", ANY, ANY),
    ),
    "single",
)

VERSIONS = (DATA_PROTECTION_0,)
