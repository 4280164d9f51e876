"""Data (class 1): one value. Source: Blue Book, Data; object lists of Dutch, British and Indian meters agree."""

from dlmskit.cosem.interface import LOGICAL_NAME, InterfaceClass, dynamic

DATA_0 = InterfaceClass(1, 0, "Data", (LOGICAL_NAME, dynamic(2, "value")))

VERSIONS = (DATA_0,)
