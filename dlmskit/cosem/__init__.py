"""The object model of the meter: interface classes as declarations, units, selective access and an OBIS catalogue."""

from __future__ import annotations

from dlmskit.cosem.catalogue import describe
from dlmskit.cosem.classes import INTERFACE_CLASSES, interface_class
from dlmskit.cosem.interface import InterfaceClass
from dlmskit.cosem.quantity import Quantity, scale
from dlmskit.cosem.units import Unit, unit_of

__all__ = ["INTERFACE_CLASSES", "InterfaceClass", "Quantity", "Unit", "describe", "interface_class", "scale", "unit_of"]
