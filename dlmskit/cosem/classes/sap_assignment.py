"""SAP assignment (class 17): the logical devices of a physical device. Source: Blue Book, SAP assignment."""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass, Method
from dlmskit.enums import DataType

SAP_ASSIGNMENT_0 = InterfaceClass(
    17,
    0,
    "SAP assignment",
    (LOGICAL_NAME, Attribute(2, "sap_assignment_list", DataType.ARRAY)),
    (Method(1, "connect_logical_device", DataType.STRUCTURE),),
)

VERSIONS = (SAP_ASSIGNMENT_0,)
