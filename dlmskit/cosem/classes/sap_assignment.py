"""SAP assignment (class 17): the logical devices of a physical device.

Source: Blue Book, SAP assignment; two public implementations agree.
"""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, Method, static
from dlmskit.cosem.types import LONG_UNSIGNED, TEXT_OCTETS, array_of, structure

ASSIGNMENT = structure(sap=LONG_UNSIGNED, logical_device_name=TEXT_OCTETS)

SAP_ASSIGNMENT_0 = InterfaceClass(
    17,
    0,
    "SAP assignment",
    (LOGICAL_NAME, static(2, "sap_assignment_list", array_of(ASSIGNMENT))),
    (Method(1, "connect_logical_device", ASSIGNMENT),),
)

VERSIONS = (SAP_ASSIGNMENT_0,)
