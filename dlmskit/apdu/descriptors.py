"""What a request of the logical name services points at.

Source: Green Book, COSEMpdu: Cosem-Attribute-Descriptor, Cosem-Method-Descriptor, Selective-Access-Descriptor.
"""

from __future__ import annotations

from dlmskit.apdu.sequence import Sequence
from dlmskit.apdu.wire import Integer8, Unsigned8, Unsigned16
from dlmskit.codec.data import Data
from dlmskit.obis import Obis


class AttributeDescriptor(Sequence, frozen=True):
    """One attribute of one object; `attribute_id` is signed, 0 means all attributes."""

    class_id: Unsigned16
    instance_id: Obis
    attribute_id: Integer8


class MethodDescriptor(Sequence, frozen=True):
    """One method of one object."""

    class_id: Unsigned16
    instance_id: Obis
    method_id: Integer8


class SelectiveAccess(Sequence, frozen=True):
    """A part of an attribute: the selector's number and its parameters."""

    access_selector: Unsigned8
    access_parameters: Data


class AttributeWithSelection(Sequence, frozen=True):
    """An attribute, whole or in part."""

    attribute: AttributeDescriptor
    access_selection: SelectiveAccess | None = None
