"""IEC 62056-21 dialogues over whole messages: the client, and the meter's side.

A message is the octets as on the line without block check; see `dlmskit.link.iec21` for who does what.
"""

from dlmskit.session.iec21.client import Iec21ClientSession
from dlmskit.session.iec21.meter import Iec21MeterSession, RegisterServer
from dlmskit.session.iec21.receiver import Iec21ReceiverSession, ReadOutReceived
from dlmskit.session.iec21.settings import Iec21DialogueSettings

__all__ = [
    "Iec21ClientSession",
    "Iec21DialogueSettings",
    "Iec21MeterSession",
    "Iec21ReceiverSession",
    "ReadOutReceived",
    "RegisterServer",
]
