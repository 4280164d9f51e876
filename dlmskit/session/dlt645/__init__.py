"""DL/T 645-2007 dialogues over whole messages: the client, and the meter's side.

A message is the address octets, the control octet and the data; see `dlmskit.link.dlt645` for who does what.
"""

from dlmskit.session.dlt645.client import Dlt645ClientSession, Dlt645Settings
from dlmskit.session.dlt645.message import BROADCAST, EVERY, Dlt645Message, Function
from dlmskit.session.dlt645.meter import Dlt645MeterSession, IdentifierServer

__all__ = [
    "BROADCAST",
    "EVERY",
    "Dlt645ClientSession",
    "Dlt645Message",
    "Dlt645MeterSession",
    "Dlt645Settings",
    "Function",
    "IdentifierServer",
]
