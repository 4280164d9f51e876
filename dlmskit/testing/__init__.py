"""Strategies of `hypothesis` for tests of code that uses dlmskit; needs the extra ``test``.

::

    @given(testing.APDUS)                       any APDU
    @given(testing.apdus_of(GetRequestNormal))  any APDU of one class
    @given(testing.DATA)                        any Data
    @given(testing.TABLES)                      a Data of rows that all have the same columns
    @given(testing.ALMOST_DATA)                 octets that are nearly a Data
    @given(testing.OBIS)                        any OBIS code
    @given(testing.attribute_data(attribute))   any Data that fits an attribute of an interface class
"""

from __future__ import annotations

from dlmskit.testing.apdus import ANY as APDUS
from dlmskit.testing.apdus import CLASSES, DATA, OBIS
from dlmskit.testing.apdus import of_class as apdus_of
from dlmskit.testing.tables import TABLES
from dlmskit.testing.trees import date_times, mutated, noise
from dlmskit.testing.values import attribute_data, data_of, parameter_data

DATE_TIMES = date_times
ALMOST_DATA = mutated() | noise
"""octets that are nearly a Data, or begin like one"""

__all__ = [
    "ALMOST_DATA",
    "APDUS",
    "CLASSES",
    "DATA",
    "DATE_TIMES",
    "OBIS",
    "TABLES",
    "apdus_of",
    "attribute_data",
    "data_of",
    "parameter_data",
]
