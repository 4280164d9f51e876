"""The passive observer: explained layers from octets, and native operations from a recorded conversation."""

from dlmskit.stack.observe.apdus import KeyLookup, Message
from dlmskit.stack.observe.layer import Field, Layer, Problem
from dlmskit.stack.observe.observer import Observer
from dlmskit.stack.observe.operations import ObservedOperation, converse, operations

__all__ = [
    "Field",
    "KeyLookup",
    "Layer",
    "Message",
    "ObservedOperation",
    "Observer",
    "Problem",
    "converse",
    "operations",
]
