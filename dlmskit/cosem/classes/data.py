"""Data (class 1): one value. Source: Blue Book, Data."""

from dlmskit.cosem.interface import LOGICAL_NAME, Attribute, InterfaceClass

DATA_0 = InterfaceClass(1, 0, "Data", (LOGICAL_NAME, Attribute(2, "value")))

VERSIONS = (DATA_0,)
