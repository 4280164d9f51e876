"""HDLC frame format type 3 as DLMS/COSEM uses it: no octet stuffing, the length field rules.

Source: IEC 62056-46 (frame format after ISO/IEC 13239).
"""

from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.client import HdlcClientLink
from dlmskit.link.hdlc.control import Control, FrameKind
from dlmskit.link.hdlc.frame import HdlcFrame
from dlmskit.link.hdlc.line import HdlcServerLine
from dlmskit.link.hdlc.parameters import HdlcParameters
from dlmskit.link.hdlc.push import HdlcPushLink
from dlmskit.link.hdlc.server import HdlcServerLink
from dlmskit.link.hdlc.stream import Dropped, FrameReader

__all__ = [
    "Control",
    "Dropped",
    "FrameKind",
    "FrameReader",
    "HdlcAddress",
    "HdlcClientLink",
    "HdlcFrame",
    "HdlcParameters",
    "HdlcPushLink",
    "HdlcServerLine",
    "HdlcServerLink",
]
