"""IEC 62056-21 on a line: message boundaries, block check, parity, echo and line rates.

How the parts share the work, for whoever pumps them:

* `dlmskit.codec.iec21` holds the grammar (messages, data sets, rate characters), because link and session both need it.
  Its names are exported here too.
* A *message* between link and session is the octets as on the line without the block check character: ``/?!`` CR LF,
  ``/XXX5...`` CR LF, ``ACK 0 5 1`` CR LF, ``SOH P1 STX (..) ETX``, ``STX .. ETX``, ``ACK``, ``NAK``.
* The session owns the whole dialogue, sign-on included, and never asks for line changes. `Iec21Link` follows the
  sign-on that passes through it and emits the line requests itself: `SetLine(300, ..)` before a request message,
  `Drain` and `SetLine(rate, ..)` after the option select message. `Connected` comes at once from `open`. So
  ``ClientStack(Iec21Link(), Iec21ClientSession(..))`` is pumped like every other stack.
* Line requests are ordered with the octets: `data_to_send` holds back what belongs after a line request until
  `next_event` has given that request, and `next_event` holds a line request back until `data_to_send` has given what
  belongs before it. A pump that alternates both until both are empty does the right thing.
* `ModeELink(inner)` signs on by itself (option ``2``), switches the line and then is the HDLC link `inner`;
  `ModeEMeterLink(inner, identification)` is its other end.
"""

from dlmskit.codec.iec21 import (
    Ack,
    Command,
    DataMessage,
    DataSet,
    DataValue,
    Identification,
    Message,
    Nak,
    OptionSelect,
    Request,
    Telegram,
)
from dlmskit.link.iec21.link import Iec21Link
from dlmskit.link.iec21.mode_e import ModeELink
from dlmskit.link.iec21.mode_e_meter import ModeEMeterLink

__all__ = [
    "Ack",
    "Command",
    "DataMessage",
    "DataSet",
    "DataValue",
    "Identification",
    "Iec21Link",
    "Message",
    "ModeELink",
    "ModeEMeterLink",
    "Nak",
    "OptionSelect",
    "Request",
    "Telegram",
]
