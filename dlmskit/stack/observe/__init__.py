"""The passive observer: explained layers from octets, and native operations from a recorded conversation.

`explain(octets)` explains octets that stand alone; `Observer` watches the directions of a line.
"""

from dlmskit.stack.observe.apdus import KeyLookup, Message
from dlmskit.stack.observe.layer import Field, Layer, Problem
from dlmskit.stack.observe.observer import Observer

__all__ = ["Field", "KeyLookup", "Layer", "Message", "Observer", "Problem"]
