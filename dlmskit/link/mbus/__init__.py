"""DLMS/COSEM over wired M-Bus: long frames, and the APDU that they carry in parts."""

from dlmskit.link.mbus.frame import LENGTH_MODULO_256, MBusFrame
from dlmskit.link.mbus.link import MBusLink
from dlmskit.link.mbus.parts import PartJoiner
from dlmskit.link.mbus.reader import MBusReader

__all__ = ["LENGTH_MODULO_256", "MBusFrame", "MBusLink", "MBusReader", "PartJoiner"]
